import { chmodSync, copyFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { BusyError, ConfigurationError, ConnectionError, ItemError } from "../../src/errors.ts";
import { takeLock } from "../../src/store/lock.ts";
import { Store } from "../../src/store/store.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();

async function synced(): Promise<World> {
  const w = world();
  w.directory.person("ann").person("ben").group("team", ["ann"]);
  await w.sync();
  return w;
}

describe("a state file", () => {
  test("is readable by its owner alone", async () => {
    const w = await synced();
    takeLock(join(w.folder, "staff.lock"), "staff").release();
    for (const name of ["staff.db", "staff.lock", "targets/directory.db", "targets/directory.directory.db"]) {
      expect(statSync(join(w.folder, name)).mode & 0o077, name).toBe(0);
    }
  });

  test("of a newer version is refused and not touched", async () => {
    const w = await synced();
    const file = join(w.folder, "staff.db");
    const db = new Database(file);
    db.pragma("user_version = 99");
    db.close();
    const before = readFileSync(file);
    expect(() => w.store()).toThrow(/written by a newer rollcall \(schema 99/);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test("that is no database is refused with what to do", async () => {
    const w = await synced();
    writeFileSync(
      join(w.folder, "staff.db"),
      "this is not a database, but long enough to be taken for one".repeat(20),
    );
    expect(() => w.store()).toThrow(ConnectionError);
  });

  test("that does not exist is not made by a command that only looks", () => {
    const w = world();
    const options = {
      folder: w.folder,
      connection: "staff",
      target: "directory",
      clock: w.clock,
      create: false,
    };
    expect(() => Store.open(options)).toThrow(ConfigurationError);
  });

  test("put back from a backup is refused: its links and cursor are of the past", async () => {
    const w = world();
    w.directory.person("ann");
    await w.sync();
    const backup = join(w.folder, "backup.db");
    const db = new Database(join(w.folder, "staff.db"));
    db.exec(`vacuum into '${backup}'`);
    db.close();
    w.directory.person("ben");
    await w.sync();
    copyFileSync(backup, join(w.folder, "staff.db"));
    expect(() => w.store()).toThrow(
      /older \(serial 1\) than what was already applied to the target \(serial 2\)/,
    );
  });

  test("belongs to one directory and one target for ever", async () => {
    const w = await synced();
    const store = w.store();
    expect(() => store.meta.bind("source", "another-directory", "staff")).toThrow(
      /belongs to the source test-directory/,
    );
    store.close();
  });
});

describe("the lock", () => {
  test("lets one process work on a connection and tells the other at once", () => {
    const w = world();
    const file = join(w.folder, "staff.lock");
    const lock = takeLock(file, "staff");
    expect(() => takeLock(file, "staff")).toThrow(BusyError);
    lock.release();
    takeLock(file, "staff").release();
  });
});

describe("claims", () => {
  test("keep two connections off one account", async () => {
    const w = await synced();
    const other = Store.open({
      folder: w.folder,
      connection: "other",
      target: "directory",
      clock: w.clock,
      create: true,
    });
    const id = (await w.users()).get("ann@example.com")?.id ?? "";
    expect(() => other.claims.take("user", id, "someone", 1)).toThrow(ItemError);
    expect(() => other.claims.take("user", id, "someone", 1)).toThrow(/belongs to ann of connection staff/);
    expect(other.claims.mayWrite("user", id)).toBe(false);
    other.close();
  });
});

describe("the audit trail", () => {
  test("has an attempt with before, after, reason and outcome for every write", async () => {
    const w = await synced();
    w.directory.person("ann", { title: "Engineer" });
    await w.sync();
    const store = w.store();
    const entries = store.audit.entries({ limit: 100 });
    expect(entries.map(({ action, outcome }) => [action, outcome])).toEqual([
      ["create", "done"],
      ["create", "done"],
      ["create", "done"],
      ["add members", "done"],
      ["update", "done"],
    ]);
    expect(entries.at(-1)).toMatchObject({
      label: "ann@example.com",
      reason: "in scope",
      before: { title: null },
      after: { title: "Engineer" },
    });
    store.close();
  });

  test("can be added to, never changed, and a change behind its back breaks the chain where it was made", async () => {
    const w = await synced();
    const db = new Database(join(w.folder, "staff.db"));
    expect(() => db.exec("update audit set reason = 'other' where seq = 2")).toThrow(/append-only/);
    expect(() => db.exec("delete from audit where seq = 2")).toThrow(/append-only/);
    db.exec("drop trigger audit_is_never_changed; update audit set reason = 'other' where seq = 2");
    db.close();
    const store = w.store();
    expect(store.audit.firstBreak()).toBe(2);
    store.close();
  });

  test("notices values that were changed beside it", async () => {
    const w = await synced();
    const db = new Database(join(w.folder, "staff.db"));
    db.exec("update audit_payload set after = '{}' where seq = 1");
    db.close();
    const store = w.store();
    expect(store.audit.firstBreak()).toBe(1);
    store.close();
  });

  test("notices values that were erased without a word", async () => {
    const w = await synced();
    const db = new Database(join(w.folder, "staff.db"));
    db.exec("delete from audit_payload");
    db.close();
    const store = w.store();
    expect(store.audit.firstBreak()).toBe(1);
    store.close();
  });
});

test("a state folder that may not be written to is named", () => {
  const w = world();
  const folder = join(w.folder, "file");
  writeFileSync(folder, "");
  chmodSync(folder, 0o400);
  const options = {
    folder: join(folder, "state"),
    connection: "staff",
    target: "directory",
    clock: w.clock,
    create: true,
  };
  expect(() => Store.open(options)).toThrow(/cannot make the state folder/);
});
