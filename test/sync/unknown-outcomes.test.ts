import { describe, expect, test } from "vitest";
import { ItemError, TransientError } from "../../src/errors.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();

const unknown = () => new TransientError("no answer", { outcome: "unknown" });

function noSpinning(w: World): void {
  let sleeps = 0;
  const sleep = w.clock.sleep.bind(w.clock);
  w.clock.sleep = async (ms, signal) => {
    if (++sleeps > 50) throw new Error("spins");
    await sleep(ms, signal);
  };
}

describe("a group whose members are in doubt", () => {
  test("and that is no longer pushed does not make a run wait for ever", async () => {
    const w = world({ settleMs: 10 * 60_000 });
    w.directory.people("p", 5).group("team", ["p0001"]);
    await w.sync();
    w.directory.join("team", "p0002");
    w.after = (call) => {
      if (call.method === "changeMembers") throw unknown();
    };
    await w.sync();
    w.after = () => {};
    w.directory.remove("team");
    w.clock.pass(60 * 60_000);
    noSpinning(w);
    expect(await w.sync()).toMatchObject({ outcome: "done" });
    const store = w.store();
    expect(store.memberships.pendingGroups(0, 10)).toEqual([]);
    store.close();
  });

  test("and that cannot be read does not make a run wait for ever", async () => {
    const w = world({ settleMs: 1000 });
    w.directory.people("p", 5).group("team", ["p0001"]);
    await w.sync();
    w.directory.join("team", "p0002");
    noSpinning(w);
    let cut = false;
    w.after = (call) => {
      if (call.method !== "changeMembers") return;
      cut = true;
      throw unknown();
    };
    w.before = (call) => {
      if (call.method === "members" && cut) throw new ItemError("forbidden", "not allowed");
    };
    expect((await w.sync()).outcome).toBe("failing");
    w.after = () => {};
    w.before = () => {};
    w.clock.pass(25 * 3_600_000);
    expect((await w.sync()).outcome).toBe("done");
  });

  test("is looked at after the settle time, also when the process died", async () => {
    const w = world({ settleMs: 60_000 });
    w.directory.people("p", 5).group("team", ["p0001"]);
    await w.sync();
    w.directory.join("team", "p0002");
    let died = 0;
    w.before = (call) => {
      if (call.method !== "changeMembers") return;
      died = w.clock.now();
      w.die();
    };
    await w.sync().catch(() => {});
    let looked = 0;
    w.before = (call) => {
      if (call.method === "members" && looked === 0) looked = w.clock.now();
    };
    expect((await w.sync()).applied).toEqual({ "add member": 1 });
    expect(looked - died).toBeGreaterThanOrEqual(60_000);
  });
});

test("a person renamed while the creation has no answer keeps that one account, where only names can be looked up", async () => {
  const w = world({
    settleMs: 1000,
    capabilities: { filter: { user: ["userName"], group: ["displayName"] }, enforcesUniqueness: false },
  });
  w.directory.person("ann");
  w.after = (call) => {
    if (call.method === "create") w.die();
  };
  await w.sync().catch(() => {});
  w.after = () => {};
  w.directory.person("ann", { login: "ann.lee@example.com" });
  w.clock.pass(5000);
  await w.sync();
  expect([...(await w.users()).keys()]).toEqual(["ann.lee@example.com"]);
});

test("a clock that was ahead does not keep a leaver's call in doubt", async () => {
  const w = world({ settleMs: 1000 });
  w.directory.people("p", 9).person("ann");
  await w.sync();
  w.directory.person("ann", { enabled: false });
  w.clock.pass(365 * 24 * 3_600_000);
  w.before = (call) => {
    if (call.method === "patch") w.die();
  };
  await w.sync().catch(() => {});
  w.before = () => {};
  w.clock.pass(-365 * 24 * 3_600_000);
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 1 } });
});

test("a clock that was ahead does not postpone the retry of a leaver", async () => {
  const w = world();
  w.directory.people("p", 9).person("ann");
  await w.sync();
  w.directory.person("ann", { enabled: false });
  w.clock.pass(365 * 24 * 3_600_000);
  w.before = (call) => {
    if (call.method === "patch") throw new ItemError("invalid-value", "refused");
  };
  await w.sync();
  w.before = () => {};
  w.clock.pass(-365 * 24 * 3_600_000);
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 1 } });
});

test("whoever was disabled while their creation had no answer keeps their groups like anybody who is disabled", async () => {
  const w = world({ settleMs: 1000 });
  w.directory.people("p", 9).group("team", ["p0001", "p0002"]);
  await w.sync();
  w.directory.person("ann").join("team", "ann");
  w.after = (call) => {
    if (call.method === "create") w.die();
  };
  await w.sync().catch(() => {});
  w.after = () => {};
  w.directory.person("ann", { enabled: false });
  w.clock.pass(5000);
  expect(await w.sync()).toMatchObject({ outcome: "done" });
  expect((await w.users()).get("ann@example.com")).toMatchObject({ active: false });
  expect((await w.groups())["team"]).toContain("ann@example.com");
});

test("who is on again by the time that a deactivation without an answer is looked at is switched on again", async () => {
  const w = world({ settleMs: 60_000 });
  w.directory.people("p", 5);
  await w.sync();
  w.directory.person("p0001", { enabled: false });
  w.after = (call) => {
    if (call.method === "patch") throw unknown();
  };
  w.before = (call) => {
    if (call.method === "get" && w.written.length > 5) w.die();
  };
  await expect(w.sync()).rejects.toThrow();
  expect((await w.users()).get("p0001@example.com")?.["active"]).toBe(false);
  w.after = () => {};
  w.before = () => {};
  w.directory.person("p0001", { enabled: true });
  w.clock.pass(60 * 60_000);
  await w.sync();
  expect((await w.users()).get("p0001@example.com")?.["active"]).toBe(true);
});

test("who is off by the time that their creation is found done is in their groups all the same", async () => {
  const w = world({ settleMs: 60_000 });
  w.directory.people("p", 3).group("team", ["p0001", "p0002"]);
  w.after = (call) => {
    if (call.method === "create") w.die();
  };
  await expect(w.sync()).rejects.toThrow();
  w.after = () => {};
  w.directory.person("p0001", { enabled: false });
  w.clock.pass(60 * 60_000);
  await w.sync();
  await w.sync();
  expect((await w.users()).get("p0001@example.com")?.["active"]).toBe(false);
  expect((await w.groups())["team"]).toEqual(["p0001@example.com", "p0002@example.com"]);
});

test("whoever was perhaps put into a group that hides its members is taken out when they leave it", async () => {
  const w = world({ settleMs: 1000, capabilities: { membersReadable: false } });
  w.directory.people("p", 5).group("team", ["p0001"]);
  await w.sync();
  w.directory.join("team", "p0002");
  w.after = (call) => {
    if (call.method === "changeMembers") throw unknown();
  };
  await w.sync();
  w.after = () => {};
  w.directory.leave("team", "p0002");
  w.clock.pass(25 * 3_600_000);
  await w.sync();
  expect((await w.groups())["team"]).toEqual(["p0001@example.com"]);
});
