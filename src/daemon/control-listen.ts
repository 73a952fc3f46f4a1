import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { createConnection, type Server } from "node:net";
import { dirname, join } from "node:path";
import { BusyError, ConfigurationError } from "../errors.ts";
import { type Lock, takeLock } from "../store/lock.ts";
import { proofFolder } from "./control-proof.ts";

/** Who may connect: a group, or the owner alone. */
export interface Admission {
  readonly gid: number | undefined;
}

/**
 * Keeps a path for one daemon for as long as it lives: a lock beside the socket, which the kernel lets go when the process dies. Whoever
 * holds it may take a socket away that a killed daemon left. Throws BusyError where another daemon listens.
 */
export async function claimSocket(path: string, folderMode: number): Promise<Lock> {
  makeFolder(dirname(path), folderMode);
  const lock = lockBeside(path);
  try {
    if (await isListening(path)) throw taken(path);
    return lock;
  } catch (error) {
    lock.release();
    throw error;
  }
}

function lockBeside(path: string): Lock {
  try {
    return takeLock(`${path}.lock`, "daemon");
  } catch (error) {
    if (error instanceof BusyError) throw taken(path, error);
    throw new ConfigurationError(`the control socket ${path} cannot be made`, {
      cause: error,
      hint: "give `control:` a path in a folder that the daemon's user may write to",
    });
  }
}

function taken(path: string, cause?: unknown): BusyError {
  return new BusyError(`another daemon listens on ${path}`, {
    cause,
    hint: "`rollcall status` shows it; two daemons on one machine need a `control:` and a `state:` of their own",
  });
}

function makeFolder(folder: string, mode: number): void {
  try {
    // A umask would keep the groups out of a folder that they may enter.
    if (mkdirSync(folder, { recursive: true, mode }) !== undefined) chmodSync(folder, mode);
  } catch (error) {
    throw new ConfigurationError(`the folder of the control socket cannot be made: ${folder}`, {
      cause: error,
      hint: "give `control:` a path in a folder that the daemon's user may write to",
    });
  }
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/**
 * Listens on a path that was claimed. Nobody can connect before owner and mode are set. False where the group may not be given, because
 * the daemon's user is not a member of it: then the owner alone may connect.
 */
export async function listen(server: Server, path: string, { gid }: Admission): Promise<boolean> {
  removeSocket(path);
  const before = process.umask(0o177);
  let ready: Promise<void>;
  try {
    // The socket is there when this returns; only the news of it comes later.
    ready = listening(server, path);
  } finally {
    process.umask(before);
  }
  await ready;
  return admit(path, gid, 0o660, 0o600);
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** What is there and is no socket is somebody's file. */
function removeSocket(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new ConfigurationError(`${path} is there already, and is no socket`, {
      hint: "give `control:` another path, or take that file away",
    });
  }
  rmSync(path);
}

/** The folder in which clients show who they are; what an earlier daemon left in it goes. */
export function makeProofFolder(socket: string, { gid }: Admission): void {
  const folder = proofFolder(socket);
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (found !== undefined && (!found.isDirectory() || found.uid !== process.geteuid?.()))
    rmSync(folder, { recursive: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  admit(folder, gid, 0o1730, 0o700);
}

function admit(path: string, gid: number | undefined, shared: number, alone: number): boolean {
  if (gid === undefined) {
    chmodSync(path, alone);
    return true;
  }
  try {
    chownSync(path, -1, gid);
    chmodSync(path, shared);
    return true;
  } catch {
    chmodSync(path, alone);
    return false;
  }
}
