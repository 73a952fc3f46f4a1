import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { ConfigurationError, ConnectionError } from "../errors.ts";

/** Folders of copies, in the state folder: what is in them is as private as the snapshot itself. */
const prefix = ".copy-";

/** A copy that is older was left by a process that died while it made one, ms. */
const staleMs = 3_600_000;

/** SQLite copies so many pages in one step: all of them, under one look at the file. */
const everyPage = 0x7fff_ffff;

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
      await db.backup(join(place, `${connection}.db`), { progress: () => everyPage });
    } finally {
      db.close();
    }
    return place;
  } catch (error) {
    rmSync(place, { recursive: true, force: true });
    throw error;
  }
}

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
