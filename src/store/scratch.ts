import Database from "better-sqlite3";
import type { Db } from "./database.ts";

/**
 * A database for one piece of work that would not fit into memory: private, on the disk as soon as it grows, and gone when it is closed or the
 * process dies (https://www.sqlite.org/inmemorydb.html#temp_db). Close it.
 */
export function openScratch(): Db {
  const db = new Database("");
  db.pragma("journal_mode = OFF");
  db.pragma("synchronous = OFF");
  // Never committed: nothing has to reach the disk before the cache is full.
  db.exec("begin");
  return db;
}
