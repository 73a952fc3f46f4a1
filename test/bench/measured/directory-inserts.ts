/**
 * The floor of a first sync into the embedded directory: `node directory-inserts.ts DIRECTORY FILE BATCH` makes a new file of the rows that a
 * directory holds, by nothing but better-sqlite3: the same tables, indexes and pragmas, as many people to a commit.
 */
import { readFileSync, rmSync } from "node:fs";
import Database from "better-sqlite3";

const [directory = "", file = "", batch = "64"] = process.argv.slice(2);
const from = new Database(directory, { readonly: true });
const people = from.prepare("select * from resource order by seq").raw().all() as unknown[][];
const searchable = new Map<unknown, unknown[][]>();
for (const row of from.prepare("select * from searchable").raw().all() as unknown[][]) {
  const list = searchable.get(row[0]);
  if (list === undefined) searchable.set(row[0], [row]);
  else list.push(row);
}
const pragmas = ["journal_mode = wal", "synchronous = full", "foreign_keys = on", "cache_size = -65536"];
const tables = readFileSync(
  new URL("../../../src/targets/embedded/migrations/0001-directory.sql", import.meta.url),
  "utf8",
);
from.close();
for (const end of ["", "-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
const to = new Database(file);
for (const pragma of pragmas) to.pragma(pragma);
to.exec(tables);
const insert = to.prepare("insert into resource values (?, ?, ?, ?, ?, ?, ?, ?, ?)");
const insertSearchable = to.prepare("insert into searchable values (?, ?, ?)");

const began = performance.now();
const before = process.cpuUsage();
let rows = 0;
const commit = to.transaction((some: readonly unknown[][]) => {
  for (const person of some) {
    insert.run(...person);
    rows++;
    for (const row of searchable.get(person[0]) ?? []) {
      insertSearchable.run(...row);
      rows++;
    }
  }
});
const size = Number(batch);
for (let at = 0; at < people.length; at += size) commit.immediate(people.slice(at, at + size));
const { user, system } = process.cpuUsage(before);
const wall = (performance.now() - began) / 1000;
to.close();
process.stdout.write(
  `${JSON.stringify({ wall, cpu: (user + system) / 1e6, people: people.length, rows })}\n`,
);
