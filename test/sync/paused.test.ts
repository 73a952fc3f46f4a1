import { expect, test } from "vitest";
import { CredentialsRefused } from "../../src/errors.ts";
import { type Call, type World, worlds } from "../world.ts";

const world = worlds();

function pause(w: World): void {
  const store = w.store();
  store.transaction(() => store.pause.begin({ since: w.clock.now(), actor: "ann", reason: "wrong people" }));
  store.close();
}

function resume(w: World): void {
  const store = w.store();
  store.transaction(() => store.pause.end());
  store.close();
}

/** Pauses at the first call of this kind, as another process would. */
function pauseAt(w: World, method: Call["method"], kind: Call["kind"] = "user"): void {
  let isSaid = false;
  w.before = (call) => {
    if (isSaid || call.method !== method || call.kind !== kind) return;
    isSaid = true;
    pause(w);
  };
}

test("while it is paused a sync reads and plans, and writes nothing", async () => {
  const w = world();
  w.directory.people("p", 30);
  await w.sync();
  pause(w);
  w.directory.person("ann").person("p0001", { enabled: false }).person("p0002", { title: "A" });
  w.calls.length = 0;
  const report = await w.sync();
  expect(report).toMatchObject({
    outcome: "done",
    problem: undefined,
    read: { changed: 3 },
    plan: { actions: { create: 1, update: 1, deactivate: 1 } },
    applied: {},
    pause: { actor: "ann", reason: "wrong people" },
  });
  expect(w.written).toEqual([]);
  expect((await w.plan()).report).toMatchObject({ outcome: "done", pause: { actor: "ann" } });
  expect((await w.sync({ user: "ann@example.com" })).applied).toEqual({});
  expect((await w.sync({ trigger: "schedule" })).applied).toEqual({});
  resume(w);
  expect((await w.sync()).applied).toEqual({ create: 1, update: 1, deactivate: 1 });
});

test("a pause in the midst of a window of calls stops what did not go out yet, and the next sync goes on there", async () => {
  const w = world({ capabilities: { concurrency: 4 } });
  w.directory.people("p", 100);
  pauseAt(w, "create");
  const report = await w.sync();
  const { create = 0 } = report.applied;
  expect(report).toMatchObject({ outcome: "done", problem: undefined, pause: { actor: "ann" } });
  expect(create).toBeGreaterThan(0);
  expect(create).toBeLessThanOrEqual(4);
  const store = w.store();
  expect(store.pending.doubtful()).toEqual([]);
  store.close();
  resume(w);
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { create: 100 - create } });
});

test("members of a group wait too, chunk by chunk", async () => {
  const w = world({ capabilities: { membersPerRequest: 5 } });
  w.directory.people("p", 30);
  await w.sync();
  w.directory.group(
    "team",
    [...Array(30).keys()].map((n) => `p${String(n).padStart(4, "0")}`),
  );
  pauseAt(w, "changeMembers", "group");
  const report = await w.sync();
  expect(report).toMatchObject({ outcome: "done", applied: { "create group": 1, "add member": 5 } });
  resume(w);
  await w.sync();
  expect((await w.groups())["team"]).toHaveLength(30);
});

test("references wait too", async () => {
  const w = world();
  w.directory.people("p", 30);
  await w.sync();
  pauseAt(w, "get");
  w.directory.person("p0001", { manager: "p0002" });
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
  resume(w);
  expect((await w.sync()).applied).toEqual({ "set reference": 1 });
});

test("a refused login still quarantines, and a run that may not write ends no quarantine", async () => {
  const w = world();
  w.directory.person("ann");
  await w.sync();
  w.before = () => {
    throw new CredentialsRefused("the target refuses our token (401)");
  };
  w.directory.person("ben");
  expect((await w.sync()).outcome).toBe("quarantined");
  pause(w);
  w.before = () => {};
  expect((await w.sync()).quarantine).toBeDefined();
  resume(w);
  expect((await w.sync()).quarantine).toBeUndefined();
});
