import Database from "better-sqlite3";
import { afterEach, expect, test, vi } from "vitest";
import { type World, worlds } from "../world.ts";

const world = worlds();

afterEach(() => {
  vi.restoreAllMocks();
});

interface Counted {
  statements: number;
  /** People of whom everything was read that is known of them. */
  read: number;
}

/** What databases are asked while `work` goes on. */
async function counted(work: () => Promise<unknown>): Promise<Counted> {
  const count = { statements: 0, read: 0 };
  const statements = Object.getPrototypeOf(new Database(":memory:").prepare("select 1"));
  for (const name of ["run", "get", "all"]) {
    const original = statements[name];
    vi.spyOn(statements, name).mockImplementation(function (this: Database.Statement, ...given: unknown[]) {
      const result = original.apply(this, given);
      count.statements += 1;
      const rows = Array.isArray(result) ? result : [result];
      count.read += rows.filter((row) => row?.kind === "user" && "appliedBody" in row).length;
      return result;
    });
  }
  await work();
  vi.restoreAllMocks();
  return count;
}

/** A first sync of people whom a plan has read before. */
async function firstSync(people: number): Promise<Counted & { readonly w: World }> {
  const w = world();
  w.directory.people("p", people);
  await w.plan();
  const count = await counted(() => w.sync());
  expect((await w.users()).size).toBe(people);
  return { ...count, w };
}

test("a first sync into an empty application reads each newcomer once, and runs sixteen statements for each", async () => {
  const few = await firstSync(100);
  const many = await firstSync(300);
  expect((many.read - few.read) / 200).toBeLessThanOrEqual(1.1);
  expect((many.statements - few.statements) / 200).toBeLessThanOrEqual(16.5);
});

test("changes that are settled together are one row of what the guards count", async () => {
  const { w } = await firstSync(100);
  const db = new Database(`${w.folder}/staff.db`, { readonly: true });
  const rows = db.prepare("select class, n from applied_change").all();
  db.close();
  expect(rows).toEqual([{ class: "creations", n: 100 }]);
});

test("a plan counts what it lists: newcomers, who fails, and who waits for a name that another gives up", async () => {
  const w = world();
  w.directory.people("p", 60).person("ann").person("ben");
  await w.sync();
  w.before = ({ method, kind }) => {
    if (kind === "user" && method === "create") throw new Error("no answer");
  };
  w.directory.person("eve");
  await w.sync();
  w.before = () => {};
  w.directory.people("q", 5).person("ann", { login: "other@example.com" });
  const apart = await w.plan();
  expect(apart.report.plan?.actions).toEqual(actionsOf(apart.items));
  w.directory.person("zoe", { login: "ann@example.com" });
  const waiting = await w.plan();
  expect(waiting.items.some(({ note }) => note?.includes("who still has"))).toBe(true);
  expect(waiting.report.plan?.actions).toEqual(actionsOf(waiting.items));
});

function actionsOf(items: Awaited<ReturnType<World["plan"]>>["items"]): Record<string, number> {
  const actions: Record<string, number> = {};
  for (const { action } of items) actions[action] = (actions[action] ?? 0) + 1;
  return actions;
}

test("whose account was in the way and is gone is looked for like everybody, also where the application is empty by now", async () => {
  const w = world();
  w.directory.people("p", 60);
  await w.plan();
  const store = w.store();
  const row = store.people.named("p7@example.com", "user")[0];
  store.outcomes.fail(w.clock.now(), row?.id ?? 0, "collision", "somebody else's", w.clock.now());
  store.close();
  w.clock.pass(3_600_000);
  expect(await w.sync()).toMatchObject({ applied: { create: 60 }, failures: [] });
});
