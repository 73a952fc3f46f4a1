import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { ConfigurationError, ConnectionError } from "../errors.ts";

/** Folders of copies, in the state folder: what is in them is as private as the snapshot itself. */
const prefix = ".copy-";

/** A copy that is older was left by a process that died while it made one, ms. */
const staleMs = 3_600_000;

/** A copy grows while it is worked on, and the cycles need room as well: so many times the snapshot has to be free. */
const roomFor = 2;

/**
 * Copies a snapshot into a folder of its own, as it was last committed; whoever works on the snapshot meanwhile is not kept waiting, and its file
 * stays as it is. The caller removes the folder. Throws ConfigurationError where there is no snapshot,
 * ConnectionError where the disk has no room for it.
 */
export async function copySnapshot(
  folder: string,
  connection: string,
  now: number,
  free: (folder: string) => number = freeBytes,
): Promise<string> {
  const file = join(folder, `${connection}.db`);
  if (!existsSync(file)) {
    throw new ConfigurationError(`${connection} never ran: there is no snapshot to work from`, {
      hint: `read the directory once with \`rollcall plan ${connection}\``,
    });
  }
  sweep(folder, now);
  if (free(folder) < roomFor * (bytesOf(file) + bytesOf(`${file}-wal`))) {
    throw new ConnectionError(
      `${connection}: the disk with the state folder has no room to copy the snapshot`,
      {
        hint: `free ${roomFor} times what ${file} takes; nothing else is touched by this`,
      },
    );
  }
  const place = mkdtempSync(join(folder, prefix));
  try {
    const db = new Database(file, { fileMustExist: true });
    try {
      // While somebody reads, nothing of what they may see leaves the log, and nothing younger gets into the file.
      db.exec("begin");
      db.prepare("select count(*) from sqlite_schema").get();
      await copyFiles(file, join(place, `${connection}.db`));
    } finally {
      db.close();
    }
    return place;
  } catch (error) {
    rmSync(place, { recursive: true, force: true });
    throw error;
  }
}

/**
 * The file, and then its write-ahead log: together they are the snapshot at some moment since the reader began (https://sqlite.org/wal.html, 2.2 and
 * 2.3). As long as somebody reads from the log it only grows: each page that the file lost or got meanwhile stands there, and what is still being
 * written fails its checksum. Where the file holds everything already, nobody changes it, but the log may begin anew while it is copied: its first
 * bytes are others then, and it is copied again. In a process of its own: whoever closes a file lets go of all locks that their process has on it, also
 * those of a cycle in the same daemon (https://sqlite.org/howtocorrupt.html, 2.2); and nobody there waits for the copy.
 */
async function copyFiles(from: string, to: string): Promise<void> {
  const child = spawn(process.execPath, ["-e", copying, from, to], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = `${said}${text}`.slice(-2_000);
  });
  const [code] = await once(child, "close");
  if (code === 0) return;
  throw new ConnectionError("the snapshot could not be copied", {
    cause: new Error(said),
    hint: "check the disk and the state folder: free space, owner and mode",
  });
}

/** The bytes of a log's head, which holds another salt after each beginning: https://sqlite.org/fileformat2.html, 4.1. */
const copying = `
const { closeSync, constants, copyFileSync, openSync, readSync, rmSync } = require("node:fs");
const [from, to] = process.argv.slice(1);
process.umask(0o077);
const copy = (end) => copyFileSync(from + end, to + end, constants.COPYFILE_FICLONE);
const orNone = (work) => {
  try {
    return work();
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    rmSync(to + "-wal", { force: true });
    return "";
  }
};
const head = () => orNone(() => {
  const file = openSync(from + "-wal");
  const bytes = Buffer.alloc(32);
  const length = readSync(file, bytes, 0, 32, 0);
  closeSync(file);
  return bytes.toString("hex", 0, length);
});
copy("");
for (let before, after = head(); before !== after; after = head()) {
  before = after;
  orNone(() => copy("-wal"));
}
`;

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Takes away what was left of copies. */
function sweep(folder: string, now: number): void {
  for (const name of readdirSync(folder).filter((each) => each.startsWith(prefix))) {
    const place = join(folder, name);
    const { mtimeMs } = statSync(place, { throwIfNoEntry: false }) ?? { mtimeMs: now };
    if (now - mtimeMs > staleMs) rmSync(place, { recursive: true, force: true });
  }
}
