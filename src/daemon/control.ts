import { realpathSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { resolve } from "node:path";
import { groupId, operateGroup, viewGroup } from "./control-accounts.ts";
import { lineOf } from "./control-lines.ts";
import { claimSocket, listen, makeProofFolder } from "./control-listen.ts";
import { viewSocket } from "./control-place.ts";
import type { Access } from "./control-seat.ts";
import { Session, type SessionOptions } from "./control-session.ts";

/** So many commands may be served at a time. */
const mostSessions = 256;

export interface ControlOptions extends Pick<SessionOptions, "host" | "log" | "run"> {
  /** Of the socket: see `controlSocket`. */
  readonly path: string;
  /** Of the folder that it lies in, where that has to be made. */
  readonly folderMode: number;
  /** The configuration file of the daemon. */
  readonly config: string;
  readonly version: string;
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
      const all = [...sessions];
      for (const each of all) each.stop();
      const again = () => {
        for (const each of all) each.hurry();
      };
      if (hurry.aborted) again();
      else hurry.addEventListener("abort", again, { once: true });
      await Promise.all(all.map((each) => each.closed));
      hurry.removeEventListener("abort", again);
      await closing;
      lock.release();
    },
  };
}

function serverOf(options: ControlOptions, at: string, may: Access, sessions: Set<Session>): Server {
  const { host, log, run, version, config } = options;
  const about = { version, config: namesOf(config) };
  const server = createServer((socket) => {
    if (sessions.size >= mostSessions) {
      turnAway(socket);
      return;
    }
    const session = new Session(socket, { path: at, may, about, host, log, run });
    sessions.add(session);
    void session.closed.then(() => sessions.delete(session));
  });
  server.on("error", (error) => log.error({ error }, "the control socket failed"));
  return server;
}

function turnAway(socket: Socket): void {
  socket.on("error", () => {});
  socket.write(
    lineOf({
      type: "refused",
      message: `the daemon serves ${mostSessions} commands already`,
      hint: "try again in a moment",
    }),
  );
  socket.destroySoon();
}

/** As it was named, and as it is called without links: a command may know it by either. */
function namesOf(config: string): readonly string[] {
  return [...new Set([resolve(config), realpathSync(config)])];
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(servers.map((server) => new Promise<void>((done) => server.close(() => done()))));
}
