import { join } from "node:path";
import Database from "better-sqlite3";

/** What a connection's snapshot, in the state folder of `folder`, answers to a question. */
export function askSnapshot<Row>(folder: string, connection: string, sql: string): readonly Row[] {
  const db = new Database(join(folder, "state", `${connection}.db`), { readonly: true });
  try {
    return db.prepare(sql).all() as Row[];
  } finally {
    db.close();
  }
}
