import { expect, test } from "vitest";
import { cycle } from "../../src/cycle.ts";
import { worlds } from "../world.ts";

const world = worlds();

test("a plan says what the sync then does, whatever happened to groups and people", async () => {
  const w = world({
    policy: { groups: { push: true, nested: "flatten", removed: "delete" }, whenOutOfScope: "delete" },
    scope: { users: 'user.department != "out"' },
  });
  w.directory.people("p", 60).person("ann", { manager: "p0001" });
  w.directory.group("inner", ["p0001", "p0002"]).group("outer", ["inner", "ann"]).group("gone", ["p0003"]);
  await w.sync();
  w.directory
    .person("p0001", { department: "out" })
    .remove("gone")
    .person("new")
    .join("inner", "new")
    .person("p0004", { enabled: false });
  const { report: planned } = await w.plan();
  const done = await w.sync();
  const { actions, membersToAdd, membersToRemove } = planned.plan ?? {
    actions: {},
    membersToAdd: 0,
    membersToRemove: 0,
  };
  const { members: _groups, reference = 0, ...rest } = actions as Record<string, number>;
  const expected: Record<string, number> = { ...rest };
  if (membersToAdd > 0) expected["add member"] = membersToAdd;
  if (membersToRemove > 0) expected["remove member"] = membersToRemove;
  if (reference > 0) expected["set reference"] = reference;
  expect(done.applied).toEqual(expected);
  w.calls.length = 0;
  expect(await w.sync({ full: true })).toMatchObject({ outcome: "done", applied: {} });
  expect(w.calls).toEqual([]);
});

test("a run that is stopped in the middle of a window leaves what the next one needs", async () => {
  const w = world({ settleMs: 1000, capabilities: { concurrency: 2 } });
  w.directory.people("p", 200);
  const connection = await w.open();
  const stop = new AbortController();
  let creates = 0;
  w.after = (call) => {
    if (call.method === "create" && ++creates === 20) stop.abort();
  };
  const stopped = {
    ...connection,
    begin: (request: Parameters<typeof connection.begin>[0]) => ({
      ...connection.begin(request),
      signal: stop.signal,
    }),
  };
  const report = await cycle(stopped, { purpose: "sync", trigger: "test" });
  await connection.close();
  expect(report.outcome).toBe("interrupted");
  expect(creates).toBeLessThan(200);
  w.after = () => {};
  expect((await w.sync()).applied).toEqual({ create: 200 - creates });
  expect((await w.users()).size).toBe(200);
});

test("dry-run mode sends nothing whatever is pending, in doubt or due", async () => {
  const w = world({ settleMs: 1000 });
  w.directory.people("p", 9).person("ann", { expires: "2026-11-03T00:00:00Z" }).group("team", ["ann"]);
  await w.sync();
  w.directory.person("p0001", { title: "A" });
  w.before = (call) => {
    if (call.method === "patch") w.die();
  };
  await w.sync().catch(() => {});
  w.before = () => {};
  w.clock.pass(72 * 3_600_000);
  w.options = { settleMs: 1000, mode: "dry-run" };
  w.directory.leave("team", "ann");
  w.calls.length = 0;
  await w.sync();
  await w.sync({ user: "p0001@example.com" });
  expect(w.written).toEqual([]);
  w.options = { settleMs: 1000 };
  expect((await w.sync()).applied).toEqual({ deactivate: 1, update: 1, "remove member": 1 });
});
