import { realpathSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { resolve } from "node:path";
import { groupId, operateGroup, viewGroup } from "./control-accounts.ts";
import { lineOf } from "./control-lines.ts";
import { claimSocket, listen, makeProofFolder } from "./control-listen.ts";
import { viewSocket } from "./control-place.ts";
import { proofFolder } from "./control-proof.ts";
import type { Access } from "./control-seat.ts";
import { Session, type SessionOptions } from "./control-session.ts";

/** Who has no connection's turn is given so long when the daemon ends, ms. */
const idleMs = 5_000;

/** So many commands may be served at a time of those who may do this much: who may only look keeps nobody out. */
const mostSessions: Readonly<Record<Access, number>> = { operate: 256, view: 32 };

export interface ControlOptions
  extends Pick<SessionOptions, "host" | "log" | "run" | "greetingMs" | "fileMs"> {
  /** Of the socket: see `controlSocket`. */
  readonly path: string;
  /** Of the folder that it lies in, where that has to be made. */
  readonly folderMode: number;
  /** The configuration file of the daemon. */
  readonly config: string;
  readonly version: string;
  /** How long a command may take to end when the daemon does, ms. */
  readonly patienceMs: number;
  /** The groups that may look and operate; those of the machine unless a test says otherwise. */
  readonly groups?: { readonly view: number | undefined; readonly operate: number | undefined };
}

/** The open control socket. */
export interface Control {
  readonly path: string;
  /** Commands that are served now. */
  readonly sessions: number;
  /** Lets nobody in any more, and ends what runs as a Ctrl-C would; `hurry` is the second one. Resolves when all of it has ended. */
  close(hurry: AbortSignal): Promise<void>;
}

/**
 * Serves commands over the control socket: `path` for those who may do everything, and one beside it for those who may only look. Throws
 * BusyError where another daemon listens there, ConfigurationError where it cannot be made.
 */
export async function openControl(options: ControlOptions): Promise<Control> {
  const { path, log } = options;
  const lock = await claimSocket(path, options.folderMode);
  const groups = options.groups ?? { view: await groupId(viewGroup), operate: await groupId(operateGroup) };
  const sessions = new Set<Session>();
  const servers: Server[] = [];
  const open = async (at: string, may: Access, gid: number | undefined) => {
    const server = serverOf(options, at, may, sessions);
    servers.push(server);
    if (!(await listen(server, at, { gid })))
      log.warn(
        { group: may === "view" ? viewGroup : operateGroup },
        "the control socket cannot be given to this group, because the daemon's user is no member of it: root and that user alone may use it (SupplementaryGroups= in the unit)",
      );
  };
  try {
    makeProofFolder(path, { gid: groups.operate });
    await open(path, "operate", groups.operate);
    if (groups.view !== undefined) await open(viewSocket(path), "view", groups.view);
  } catch (error) {
    await closeAll(servers);
    lock.release();
    throw error;
  }
  log.debug({ path }, "listening for commands");
  return {
    path,
    get sessions() {
      return sessions.size;
    },
    async close(hurry) {
      const closing = closeAll(servers);
      await endAll([...sessions], hurry, options.patienceMs);
      await closing;
      rmSync(proofFolder(path), { recursive: true, force: true });
      lock.release();
    },
  };
}

function serverOf(options: ControlOptions, at: string, may: Access, sessions: Set<Session>): Server {
  const { version, config, log } = options;
  const about = { version, config: namesOf(config) };
  const mine = new Set<Session>();
  const server = createServer((socket) => {
    if (mine.size >= mostSessions[may]) {
      turnAway(socket, mostSessions[may]);
      return;
    }
    const session = new Session(socket, { ...options, path: at, may, about });
    for (const each of [sessions, mine]) {
      each.add(session);
      void session.closed.then(() => each.delete(session));
    }
  });
  server.on("error", (error) => log.error({ error }, "the control socket failed"));
  return server;
}

function turnAway(socket: Socket, most: number): void {
  socket.on("error", () => {});
  socket.write(
    lineOf({
      type: "refused",
      message: `the daemon serves ${most} commands already`,
      hint: "try again in a moment",
    }),
  );
  socket.destroySoon();
}

/** As it was named, and as it is called without links: a command may know it by either. */
function namesOf(config: string): readonly string[] {
  return [...new Set([resolve(config), realpathSync(config)])];
}

/** Whoever neither reads nor answers must not keep a daemon from ending. */
async function endAll(sessions: readonly Session[], hurry: AbortSignal, patienceMs: number): Promise<void> {
  const all = Promise.all(sessions.map((each) => each.closed));
  for (const each of sessions) each.stop();
  const again = () => {
    for (const each of sessions) each.hurry();
  };
  const cut = (which: readonly Session[]) => {
    for (const each of which) each.cut();
  };
  const idle = setTimeout(
    () => cut(sessions.filter((each) => !each.isWorking)),
    Math.min(idleMs, patienceMs),
  );
  const { promise: tooLate, resolve: giveUp } = Promise.withResolvers<void>();
  const busy = setTimeout(() => {
    again();
    cut(sessions);
  }, patienceMs);
  const last = setTimeout(giveUp, patienceMs + idleMs);
  hurry.addEventListener("abort", again);
  try {
    if (hurry.aborted) again();
    await Promise.race([all, tooLate]);
  } finally {
    hurry.removeEventListener("abort", again);
    for (const timer of [idle, busy, last]) clearTimeout(timer);
  }
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(servers.map((server) => new Promise<void>((done) => server.close(() => done()))));
}
