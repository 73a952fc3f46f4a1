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
