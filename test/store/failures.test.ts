import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { worlds } from "../world.ts";

const world = worlds();
const migrations = fileURLToPath(new URL("../../src/store/migrations/connection/", import.meta.url));

test("a snapshot of an earlier version keeps what is failing, and knows since when people wait to leave", () => {
  const w = world();
  const db = new Database(join(w.folder, "staff.db"));
  for (const name of ["001-snapshot", "002-retries", "003-assignment"])
    db.exec(readFileSync(`${migrations}${name}.sql`, "utf8"));
  db.pragma("user_version = 3");
  db.exec(`
    insert into run (id, purpose, trigger, actor, started_at, config) values (7, 'sync', 'schedule', 'test', 5000, '');
    insert into resource (id, kind, source_id, presence, intent, desired, applied, applied_intent, target_id, touched)
      values (1, 'user', 'ann', 'present', 'inactive', x'01', x'02', 'active', 't1', 7), (2, 'user', 'ben', 'present', 'active', x'01', x'01', 'active', 't2', 7),
             (3, 'group', 'team', 'present', 'active', x'01', x'01', 'active', 't3', 7);
    insert into membership (grp, usr, desired, applied, failures, retry_at, error) values (3, 2, 1, 0, 2, 9000, 'refused');
    insert into reference (owner, path, desired, applied, failures, retry_at, error) values (2, 'manager', 1, null, 1, 8000, 'refused');
  `);
  db.close();
  const store = w.store();
  expect(store.failures.oldestDeactivation()).toBe(5000);
  expect(store.failures.counts()).toEqual({ objects: 0, parts: 2, givenUp: 0, seats: 0 });
  expect(store.failures.parts(10)).toMatchObject([
    { type: "reference", path: "manager", failures: 1, retryAt: 8000 },
    { type: "membership", other: "ben", failures: 2, retryAt: 9000 },
  ]);
  expect(store.failures.release(10_000, 2)).toEqual({ objects: 0, parts: 2 });
  expect(store.failures.parts(10)).toMatchObject([
    { failures: 0, failingSince: 10_000, retryAt: null },
    { failures: 0, failingSince: 10_000, retryAt: null },
  ]);
  store.close();
});
