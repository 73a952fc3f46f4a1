/** Makes a state file as an earlier version left it: the tables of that version, with what they would hold of a state of today. */
import { readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { type EventRow, genesis, hashOf, valuesDigest } from "../../../src/store/audit-event.ts";
import type { Schema } from "../../../src/store/database.ts";

const folder = fileURLToPath(new URL("../../../src/store/migrations/", import.meta.url));

/** Names of the migrations, in order. */
export function migrationsOf(schema: Schema): readonly string[] {
  return readdirSync(join(folder, schema)).sort();
}

/** Puts a file of version `version` (how many migrations it has seen) into the place of one of today. */
export function makeOlder(file: string, schema: Schema, version: number): void {
  const young = new Database(file);
  young.pragma("wal_checkpoint(TRUNCATE)");
  const old = new Database(`${file}.old`);
  old.pragma("journal_mode = WAL");
  for (const name of migrationsOf(schema).slice(0, version))
    old.exec(readFileSync(join(folder, schema, name), "utf8"));
  old.pragma(`user_version = ${version}`);
  for (const table of tablesOf(old)) copyRows(young, old, table);
  if (schema === "connection" && !columnsOf(old, "audit").includes("form")) rewriteTrail(old);
  young.close();
  old.close();
  for (const end of ["-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
  renameSync(`${file}.old`, file);
}

function tablesOf(db: Database.Database): string[] {
  return db
    .prepare("select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'")
    .pluck()
    .all() as string[];
}

function columnsOf(db: Database.Database, table: string): string[] {
  return db.prepare("select name from pragma_table_info(?)").pluck().all(table) as string[];
}

function copyRows(from: Database.Database, to: Database.Database, table: string): void {
  const common = columnsOf(to, table).filter((name) => columnsOf(from, table).includes(name));
  if (common.length === 0) return;
  const names = common.map((name) => `"${name}"`).join(", ");
  const insert = to.prepare(
    `insert or replace into "${table}" (${names}) values (${common.map(() => "?").join(", ")})`,
  );
  const rows = from.prepare(`select ${names} from "${table}"`).raw().all() as unknown[][];
  to.transaction(() => {
    for (const row of rows) insert.run(...row);
  })();
}

/** Before events had a form, their hash covered ids and reason themselves, and every value had a salt of its own. */
function rewriteTrail(db: Database.Database): void {
  // Nor was the newest event noted.
  db.exec("delete from meta where key = 'audit_head'");
  db.exec("drop trigger audit_is_never_changed");
  let previous = genesis;
  for (const row of db.prepare("select * from audit order by seq").all() as EventRow[]) {
    const values = db.prepare("select before, after from audit_payload where seq = ?").get(row.seq) as
      | { before: string | null; after: string | null }
      | undefined;
    const salt = Buffer.alloc(16, row.seq);
    const payload = values === undefined ? null : valuesDigest(salt, values.before, values.after);
    const hash = hashOf({ ...row, form: 1, config: null, salt: null, payload, previous });
    db.prepare("update audit set payload = ?, previous = ?, hash = ? where seq = ?").run(
      payload,
      previous,
      hash,
      row.seq,
    );
    db.prepare("update audit_payload set salt = ? where seq = ?").run(salt, row.seq);
    previous = hash;
  }
  db.exec(
    "create trigger audit_is_never_changed before update on audit begin select raise(abort, 'the audit trail is append-only'); end",
  );
}
