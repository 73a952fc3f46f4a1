import { readFileSync } from "node:fs";
import Database from "better-sqlite3";

/** Tables that every run writes to: that it was, where it ended, what it noted. */
const always = ["run", "cursor", "meta", "configuration"];

/**
 * Counts what others write to a state file from now on, in pages of tables and indexes other than those of the run itself: 0 pages are 0 rows. While it
 * is open, nothing that was appended to the write-ahead log can be overwritten. What is written with the same content counts too.
 */
export class Written {
  readonly #file: string;
  readonly #db: Database.Database;

  constructor(file: string) {
    this.#file = file;
    this.#db = new Database(file);
    this.#db.pragma("wal_checkpoint(truncate)");
    this.#db.exec("begin");
    this.#db.prepare("select count(*) from run").get();
  }

  /** Pages so far. */
  pages(): number {
    const log = readFileSync(`${this.#file}-wal`);
    const size = log.length === 0 ? 0 : log.readUInt32BE(8);
    const written = new Set<number>();
    for (let at = 32; at + 24 + size <= log.length; at += 24 + size) written.add(log.readUInt32BE(at));
    this.#db.exec("commit");
    const expected = this.#pagesOfRuns();
    this.#db.exec("begin");
    return [...written].filter((page) => !expected.has(page)).length;
  }

  close(): void {
    this.#db.close();
  }

  #pagesOfRuns(): ReadonlySet<number> {
    const names = this.#db
      .prepare(`select name from sqlite_schema where tbl_name in (${always.map(() => "?").join()})`)
      .pluck()
      .all(...always) as string[];
    const pages = this.#db.prepare("select pageno from dbstat where name = ?").pluck();
    // The first page is the header, with the size of the file.
    return new Set([1, ...names.flatMap((name) => pages.all(name) as number[])]);
  }
}
