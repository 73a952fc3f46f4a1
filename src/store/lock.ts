import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { BusyError, ConfigurationError } from "../errors.ts";
import { refuseIfMoved, refuseIfRestoring } from "./house.ts";

/** Held for the length of a cycle; the kernel lets go of it when the process dies. Local file systems only. */
export interface Lock {
  release(): void;
}

/**
 * Takes the connection's lock or throws BusyError at once. A small SQLite file held by an exclusive transaction, because Node has no flock
 * and a process that was killed must not leave a lock behind. Readers of the snapshot are not disturbed: it is another file.
 */
export function takeLock(
  file: string,
  name: string,
  /** Also where the state was handed over, or a restore was broken off: for whoever puts that right. */
  options: { readonly evenIfMoved?: boolean } = {},
): Lock {
  if (options.evenIfMoved !== true) {
    refuseIfRestoring(dirname(file));
    refuseIfMoved(dirname(file));
  }
  let db: Database.Database | undefined;
  const before = process.umask(0o077);
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    db = new Database(file, { timeout: 0 });
    db.exec("begin exclusive");
  } catch (error) {
    db?.close();
    if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY")) {
      throw new BusyError(`${name}: another rollcall is working on this connection right now`, {
        cause: error,
        hint: "wait until it is done; `rollcall status` shows what it does",
      });
    }
    throw new ConfigurationError(`${name}: cannot take the lock ${file}`, {
      cause: error,
      hint: "check the owner, mode and free space of the state folder",
    });
  } finally {
    process.umask(before);
  }
  const held = db;
  return {
    release() {
      held.close();
    },
  };
}
