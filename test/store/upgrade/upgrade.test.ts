import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openDatabase } from "../../../src/store/database.ts";
import { type World, worlds } from "../../world.ts";
import { makeOlder, migrationsOf } from "./older-state.ts";

const world = worlds();

/** A small company with somebody who left, a manager, a group and a change. */
async function lived(): Promise<World> {
  const w = world({ policy: { existingAccounts: "adopt" } });
  w.directory
    .person("ann", { title: "Boss" })
    .person("ben", { manager: "ann" })
    .person("cem")
    .group("team", ["ann", "ben"]);
  await w.sync();
  w.directory.person("ann", { title: "Chief" }).remove("cem");
  await w.sync();
  return w;
}

function versionOf(file: string): number {
  const db = new Database(file);
  try {
    return Number(db.pragma("user_version", { simple: true }));
  } finally {
    db.close();
  }
}

/** What the target holds, who is linked to what, and the chain of the trail: all that has to be as it was. */
async function stateOf(w: World): Promise<unknown> {
  const store = w.store();
  const links = [...store.people.page("user", 0, 100)].map(({ sourceId, targetId, appliedIntent }) => ({
    sourceId,
    targetId,
    appliedIntent,
  }));
  const { firstBreak } = store.audit.verify();
  const entries = store.audit
    .entries({ limit: 1_000 })
    .map(({ seq, action, outcome, before, after, reason }) => ({
      seq,
      action,
      outcome,
      before,
      after,
      reason,
    }));
  store.close();
  return { links, firstBreak, entries, users: [...(await w.users()).values()], groups: await w.groups() };
}

describe("a state of each earlier version", () => {
  test.each(
    migrationsOf("connection")
      .slice(0, -1)
      .map((name, at) => [name, at + 1] as const),
  )(
    "snapshot as of %s: it is brought forward, everything is as before, and a cycle has nothing to do",
    async (_name, version) => {
      const w = await lived();
      const before = await stateOf(w);
      const file = join(w.folder, "staff.db");
      makeOlder(file, "connection", version);
      expect(versionOf(file)).toBe(version);
      expect(await stateOf(w)).toEqual(before);
      expect(versionOf(file)).toBe(migrationsOf("connection").length);
      expect(versionOf(join(w.folder, `staff.schema-${version}.db`))).toBe(version);
      const report = await w.sync({ full: true, reconcile: true });
      expect(report).toMatchObject({ outcome: "done", applied: {} });
      expect(w.written.filter(({ method }) => method !== "create").length).toBeGreaterThan(0);
      const after = (await stateOf(w)) as { readonly firstBreak: unknown };
      expect(after.firstBreak).toBeUndefined();
    },
  );

  test.each(
    migrationsOf("target")
      .slice(0, -1)
      .map((name, at) => [name, at + 1] as const),
  )("claims as of %s: they are brought forward, and a cycle has nothing to do", async (_name, version) => {
    const w = await lived();
    const before = await stateOf(w);
    makeOlder(join(w.folder, "targets", "directory.db"), "target", version);
    expect(await stateOf(w)).toEqual(before);
    expect(await w.sync({ full: true, reconcile: true })).toMatchObject({ outcome: "done", applied: {} });
  });
});

describe("the copy from before an upgrade", () => {
  test("is for its owner alone, and only the two newest stay", async () => {
    const w = await lived();
    const file = join(w.folder, "staff.db");
    for (const version of [3, 5, 7]) {
      makeOlder(file, "connection", version);
      w.store().close();
    }
    expect(readdirSync(w.folder).filter((name) => name.includes(".schema-"))).toEqual([
      "staff.schema-5.db",
      "staff.schema-7.db",
    ]);
    expect(statSync(join(w.folder, "staff.schema-7.db")).mode & 0o777).toBe(0o600);
  });

  test("is a state that the earlier version goes on with", async () => {
    const w = await lived();
    const file = join(w.folder, "staff.db");
    makeOlder(file, "connection", 7);
    w.store().close();
    const db = new Database(join(w.folder, "staff.schema-7.db"));
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    expect(db.prepare("select count(*) from resource").pluck().get()).toBe(4);
    db.close();
  });

  test("where there is no room for it, nothing is changed, and it says what to do", async () => {
    const w = await lived();
    const file = join(w.folder, "staff.db");
    makeOlder(file, "connection", 7);
    mkdirSync(join(w.folder, "staff.schema-7.db"));
    expect(() => w.store()).toThrow(/no room for a copy of it/);
    expect(versionOf(file)).toBe(7);
    expect(readdirSync(w.folder).filter((name) => name.includes(".part"))).toEqual([]);
  });
});

test("a process that is killed in the middle of an upgrade leaves the old version as it was", async () => {
  const w = await lived();
  const file = join(w.folder, "staff.db");
  const version = migrationsOf("connection").length;
  const before = await stateOf(w);
  // A version of tomorrow, whose last step takes for ever.
  const migrations = join(w.folder, "migrations");
  cpSync(fileURLToPath(new URL("../../../src/store/migrations/", import.meta.url)), migrations, {
    recursive: true,
  });
  writeFileSync(
    join(migrations, "connection", "900-tomorrow.sql"),
    `update resource set label = 'broken'; update meta set value = 'broken';
     create table forever as with recursive n(i) as (select 1 union all select i + 1 from n where i < 1e12) select max(i) as i from n;`,
  );
  const source = fileURLToPath(new URL("../../../src/store/database.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `const { openDatabase } = await import(${JSON.stringify(source)});
       openDatabase(${JSON.stringify(file)}, "connection", { create: false, migrations: ${JSON.stringify(migrations)} });`,
    ],
    { stdio: "ignore" },
  );
  try {
    const copy = join(w.folder, `staff.schema-${version}.db`);
    while (!existsSync(copy) || !isLocked(file)) {
      expect(child.exitCode).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    const ended = child.exitCode === null ? once(child, "close") : undefined;
    child.kill("SIGKILL");
    await ended;
  }
  expect(versionOf(file)).toBe(version);
  expect(await stateOf(w)).toEqual(before);
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
  expect(() => openDatabase(file, "connection", { create: false }).close()).not.toThrow();
}, 60_000);

function isLocked(file: string): boolean {
  const db = new Database(file, { timeout: 0 });
  try {
    db.exec("begin immediate");
    db.exec("rollback");
    return false;
  } catch {
    return true;
  } finally {
    db.close();
  }
}
