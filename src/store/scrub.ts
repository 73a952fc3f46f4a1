import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import type { Db } from "./database.ts";

/**
 * Writes the file anew, so that what was erased is in no page of it any more, nor in its write-ahead log. False while another process keeps old
 * pages in use. Needs room for a copy of the file.
 */
export function scrub(db: Db): boolean {
  db.exec("vacuum");
  const patience = db.pragma("busy_timeout", { simple: true });
  db.pragma("busy_timeout = 1000");
  const [{ busy } = { busy: 1 }] = db.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[];
  db.pragma(`busy_timeout = ${Number(patience)}`);
  return busy === 0;
}

/** The same for a file that is opened for nothing else. True where there is none. */
export function scrubFile(file: string): boolean {
  if (!existsSync(file)) return true;
  const db = new Database(file);
  try {
    return scrub(db);
  } finally {
    db.close();
  }
}
