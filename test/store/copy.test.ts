import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { ConnectionError } from "../../src/errors.ts";
import { copySnapshot } from "../../src/store/copy.ts";

test("a snapshot is not copied where the copy might fill the disk", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-copy-"));
  try {
    const db = new Database(join(folder, "staff.db"));
    db.exec("create table t (a text); insert into t values (zeroblob(100000))");
    db.close();
    const size = 100_000;
    await expect(copySnapshot(folder, "staff", 0, () => 2 * size)).rejects.toThrow(ConnectionError);
    expect(readdirSync(folder)).toEqual(["staff.db"]);
    const place = await copySnapshot(folder, "staff", 0, () => 4 * size);
    expect(readdirSync(place)).toEqual(["staff.db"]);
    rmSync(place, { recursive: true });
    // What is not in the file yet is copied as well.
    writeFileSync(join(folder, "staff.db-wal"), Buffer.alloc(3 * size));
    await expect(copySnapshot(folder, "staff", 0, () => 4 * size)).rejects.toThrow("no room");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Writes into both tables at once, over and over, with a log that is taken into the file often. */
const writer = `
const Database = require("better-sqlite3");
const db = new Database(process.argv[1]);
db.pragma("busy_timeout = 5000");
db.pragma("wal_autocheckpoint = 20");
const add = ["a", "b"].map((table) => db.prepare("insert into " + table + " values (?, randomblob(3000))"));
const grow = ["a", "b"].map((table) => db.prepare("update " + table + " set text = randomblob(2500) where n % 7 = ?"));
console.log("writes");
for (let n = 0; ; n++)
  db.transaction(() => {
    for (const each of add) each.run(n);
    for (const each of grow) each.run(n % 7);
    if (n % 50 === 49) db.exec("delete from a where n % 3 = 0; delete from b where n % 3 = 0");
  })();`;

test("a copy of a snapshot that is written to meanwhile is the snapshot at some moment", async () => {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-copy-"));
  const file = join(folder, "staff.db");
  const db = new Database(file);
  db.pragma("journal_mode = wal");
  db.exec("create table a (n integer, text blob); create table b (n integer, text blob)");
  db.close();
  const child = spawn(process.execPath, ["-e", writer, file], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(child.stdout, "data");
    let before = 0;
    for (let time = 0; time < 15; time++) {
      const place = await copySnapshot(folder, "staff", Date.now());
      const copy = new Database(join(place, "staff.db"));
      expect(copy.pragma("integrity_check", { simple: true })).toBe("ok");
      const [a, b] = ["a", "b"].map((table) =>
        copy.prepare(`select max(n), count(*) from ${table}`).raw().get(),
      );
      copy.close();
      rmSync(place, { recursive: true });
      expect(a).toEqual(b);
      const newest = Number((a as readonly unknown[])[0]);
      expect(newest).toBeGreaterThanOrEqual(before);
      before = newest;
    }
    expect(before).toBeGreaterThan(0);
  } finally {
    child.kill("SIGKILL");
    await once(child, "close");
    rmSync(folder, { recursive: true, force: true });
  }
});
