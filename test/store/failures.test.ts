import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { cycle } from "../../src/cycle.ts";
import { ConfigurationError, ConnectionError } from "../../src/errors.ts";
import { worlds } from "../world.ts";

const world = worlds();

test("a disk that is full when a run begins is a sentence, not a bug", async () => {
  const w = world();
  const connection = await w.open();
  const full = {
    ...connection,
    begin: () => {
      throw new Database.SqliteError("database or disk is full", "SQLITE_FULL");
    },
  };
  const failed = cycle(full, { purpose: "sync", trigger: "on demand" });
  await expect(failed).rejects.toThrow(ConnectionError);
  await expect(failed).rejects.toThrow("the disk with the state folder is full");
  await connection.close();
});

test("a disk that is full when a run is written down is a sentence, not a bug", async () => {
  const w = world();
  w.directory.person("ann");
  const connection = await w.open();
  connection.store.runs.end = () => {
    throw new Database.SqliteError("disk I/O error", "SQLITE_IOERR");
  };
  await expect(cycle(connection, { purpose: "sync", trigger: "on demand" })).rejects.toThrow(
    "the disk with the state folder gives errors",
  );
  await connection.close();
});

test("a state that cannot be opened leaves no file open", async () => {
  const w = world();
  w.directory.person("ann");
  await w.sync();
  const claims = new Database(join(w.folder, "targets", "directory.db"));
  claims.exec("update connection set serial = serial + 5");
  claims.close();
  expect(() => w.store()).toThrow(ConfigurationError);
  expect(openFilesBelow(w.folder)).toEqual([]);
});

function openFilesBelow(folder: string): readonly string[] {
  if (!existsSync("/proc/self/fd")) return [];
  return readdirSync("/proc/self/fd")
    .map((name) => {
      try {
        return readlinkSync(`/proc/self/fd/${name}`);
      } catch {
        return "";
      }
    })
    .filter((file) => file.startsWith(folder));
}
