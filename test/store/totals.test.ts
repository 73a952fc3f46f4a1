import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test, vi } from "vitest";
import type { Kind } from "../../src/scim/resource.ts";
import { worlds } from "../world.ts";

const world = worlds();

/** Everybody is looked at: what the totals must come to. */
const counted = `select count(*) filter (where presence = 'present') as present,
    count(*) filter (where presence = 'present' and in_scope = 1) as inScope,
    count(*) filter (where applied_intent = 'active') as managedActive,
    count(*) filter (where pending) as pending,
    count(*) filter (where doubt is not null) as doubt,
    count(*) filter (where failing_since is not null or problem is not null and outside = 0) as failing,
    count(*) filter (where hold_id > 0) as held,
    count(*) filter (where pending and hold_id = 0) as rejected,
    count(*) filter (where pending and hold_id = -1) as protected
  from resource where kind = ?`;

test("what stands in status is what somebody who counts everybody comes to, and nobody is counted for it", () => {
  const w = world();
  w.store().close();
  const db = new Database(join(w.folder, "staff.db"));
  db.exec(`insert into run (id, purpose, trigger, actor, started_at, config) values (7, 'sync', 'schedule', 'test', 5000, '');
    insert into resource (kind, source_id, presence, in_scope, desired, applied, applied_intent, doubt, failing_since, problem, outside, hold_id, touched)
      select iif(n % 7 = 0, 'group', 'user'), 'n' || n, iif(n % 5 = 0, 'absent', 'present'), n % 3 > 0, iif(n % 11 = 0, x'02', x'01'), x'01',
        iif(n % 4 = 0, 'inactive', 'active'), iif(n % 13 = 0, 7, null), iif(n % 17 = 0, 5000, null), iif(n % 19 = 0, 'no', null), n % 2,
        case n % 10 when 1 then 3 when 2 then 0 when 3 then -1 end, 7
      from (with recursive c(n) as (select 1 union all select n + 1 from c where n < 2000) select n from c)`);
  const statements: string[] = [];
  const prepare = Database.prototype.prepare;
  vi.spyOn(Database.prototype, "prepare").mockImplementation(function (this: Database.Database, sql: string) {
    statements.push(sql);
    return prepare.call(this, sql);
  });
  const store = w.store();
  statements.length = 0;
  const told = (["user", "group"] as const satisfies readonly Kind[]).map((kind) =>
    store.people.totals(kind),
  );
  vi.restoreAllMocks();
  store.close();
  expect(told).toEqual(["user", "group"].map((kind) => db.prepare(counted).get(kind)));
  for (const total of told) for (const number of Object.values(total)) expect(number).toBeGreaterThan(0);
  const plans = statements.flatMap(
    (sql) => db.prepare(`explain query plan ${sql}`).all({ kind: "user" }) as { readonly detail: string }[],
  );
  const walks = plans.filter(({ detail }) => /\bresource\b/.test(detail));
  expect(walks.length).toBeGreaterThan(5);
  for (const { detail } of walks)
    expect(detail).toMatch(/INDEX resource_(pending|doubt|failing|problem|hold)\b/);
  db.close();
});
