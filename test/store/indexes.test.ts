import Database from "better-sqlite3";
import { afterEach, expect, test, vi } from "vitest";
import { ItemError } from "../../src/errors.ts";
import { World } from "../world.ts";

/** Indexes that hold everybody: good for counting, and as bad as the table itself for anything else. */
const holdsEverybody =
  /USING (COVERING )?INDEX (resource_present|resource_managed|resource_target|resource_label)\b/;

/** Statements that look at everything on purpose: once a run at most, or on an admin's explicit wish. */
const visitsEverything: readonly RegExp[] = [
  /^select count\(\*\) from resource where presence/, // the totals of a report
  /^select count\(\*\) from membership where applied = 1/, // the base of the guard, when removals are pending
  /^select count\(\*\) as n from resource where kind/, // the embedded directory's own table
  /^insert or ignore into dirty select id from resource where kind = 'group'/, // an edit of policy.groups.nested
  /^select id from resource where presence = 'present' and kind = \?/, // who was not named, after a read of everybody
  /order by seq desc limit 1$/, // the newest row, from the end of the table
  /^select value from meta|^insert into meta|from run |from quarantine|from cursor|from hold |sqlite_/,
  /^delete from temp|^delete from dirty|^delete from quarantine/,
];

const big = /\b(resource|membership|edge|reference|wide|audit)\b/;

let world: World | undefined;
afterEach(() => {
  world?.end();
  vi.restoreAllMocks();
});

/** Parameters that make SQLite plan a statement again for each value; a plus before them keeps the plan. */
const plannedAgain = /\blimit [:?]|left join wide w on w\.id = r\.id where r\.id = [:?]/;

test("every statement of a cycle reaches the big tables through an index, and keeps its plan", async () => {
  const statements = new Set<string>();
  const prepare = Database.prototype.prepare;
  vi.spyOn(Database.prototype, "prepare").mockImplementation(function (this: Database.Database, sql: string) {
    statements.add(sql.replace(/\s+/g, " ").trim());
    return prepare.call(this, sql);
  });
  const w = new World();
  world = w;
  w.directory
    .people("p", 40)
    .person("ann", { manager: "p0001", title: "A" })
    .group("inner", ["ann"])
    .group("team", ["p0001", "inner"]);
  await w.sync();
  w.directory
    .person("ann", { title: "B" })
    .remove("p0002")
    .remove("p0003")
    .join("team", "p0005")
    .leave("inner", "ann");
  for (let n = 4; n < 30; n++) w.directory.remove(`p00${String(n).padStart(2, "0")}`);
  await w.sync();
  w.approve();
  await w.sync({ full: true });
  await w.plan();
  await w.sync({ user: "ann@example.com" });
  w.before = (call) => {
    if (call.method === "patch" || call.method === "changeMembers")
      throw new ItemError("invalid-value", "no");
    if (call.method === "create") throw new ItemError("seats", "no licence");
  };
  w.directory.person("ann", { title: "C", manager: "p0031" }).leave("team", "p0001").people("q", 3);
  w.directory.person("p0032", { enabled: false });
  for (let day = 0; day < 3; day++) {
    w.clock.pass(24 * 3_600_000);
    await w.sync();
  }
  const failing = w.store();
  const ann = failing.people.find("ann@example.com")[0]?.id ?? 0;
  expect(failing.failures.counts()).toMatchObject({ objects: 2, seats: 3 });
  expect(failing.failures.overdueRemovals(w.clock.now())?.count).toBeGreaterThan(0);
  failing.failures.oldestDeactivation();
  failing.failures.objects(10);
  failing.failures.parts(10);
  failing.failures.partsOf(ann);
  failing.failures.seats(10);
  failing.failures.unresolved();
  failing.failures.release(w.clock.now(), ann);
  failing.failures.release(w.clock.now());
  failing.close();
  w.before = () => {};
  w.options = {
    policy: { groups: { push: true, nested: "direct", removed: "keep" } },
    scope: { assigned: { groups: ["team"], transitive: true } },
  };
  w.directory.join("team", "p0006");
  await w.sync();
  w.options = {
    pilot: { groups: ["team"], users: ["ann@example.com"] },
    policy: { deleteAfterMs: 86_400_000 },
  };
  await w.sync();
  w.directory.leave("team", "p0006").remove("p0001");
  await w.sync();
  await w.sync();
  await w.planOutside();
  await w.sync({ reconcile: true });
  const looking = w.store();
  looking.findings.open(10);
  looking.findings.of(1);
  looking.findings.countOpen();
  looking.close();
  vi.restoreAllMocks();

  const db = new Database(`${w.folder}/staff.db`, { readonly: false });
  db.exec("create temp table inside (id integer primary key)");
  db.exec("create temp table assigned (id integer primary key)");
  const scans: string[] = [];
  let looked = 0;
  for (const sql of statements) {
    if (!big.test(sql) || visitsEverything.some((known) => known.test(sql))) continue;
    const explained = explain(db, sql);
    if (explained === undefined) continue;
    const plan = explained.all(...dummies(sql)) as { detail: string }[];
    looked += 1;
    for (const { detail } of plan) {
      if (
        /^SCAN (r|m|e|f|w|a|o|v|g|resource|membership|edge|reference|wide|audit)\b/.test(detail) &&
        !/USING (COVERING )?INDEX \w+_(pending|ready|waiting|piloted|foreign|seats|due|failing|problem|doubt|hold|assigned)\b/.test(
          detail,
        )
      ) {
        scans.push(`${detail} <- ${sql}`);
      }
      const isLookUp = /target_id (=|\?)|target_id = |label = /.test(sql);
      if (holdsEverybody.test(detail) && !isLookUp && !sql.startsWith("select count(*)"))
        scans.push(`${detail} <- ${sql}`);
    }
  }
  db.close();
  expect(looked).toBeGreaterThan(40);
  expect(scans).toEqual([]);
  expect([...statements].filter((sql) => plannedAgain.test(sql))).toEqual([]);
});

/** Undefined for a statement of another database: claims, or the target's own. */
function explain(db: Database.Database, sql: string): Database.Statement | undefined {
  try {
    return db.prepare(`explain query plan ${sql}`);
  } catch {
    return undefined;
  }
}

/** Values for whatever parameters a statement has. */
function dummies(sql: string): unknown[] {
  const named = [...sql.matchAll(/[:@](\w+)/g)].map((match) => match[1]);
  const positional = (sql.match(/\?/g) ?? []).length;
  const values: unknown[] = Array.from({ length: positional }, () => 1);
  return named.length > 0 ? [...values, Object.fromEntries(named.map((name) => [name, 1]))] : values;
}
