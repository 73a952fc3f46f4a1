import { describe, expect, test } from "vitest";
import { TransientError } from "../../src/errors.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();

describe("the guards see everything", () => {
  test("also people whose last call has no answer yet", async () => {
    const w = world({ settleMs: 1000 });
    w.directory.people("p", 50);
    await w.sync();
    for (let n = 0; n < 50; n++) w.directory.person(`p${String(n).padStart(4, "0")}`, { title: "A" });
    w.before = (call) => {
      if (call.method === "patch") w.die();
    };
    await w.sync().catch(() => {});
    w.before = () => {};
    const store = w.store();
    expect(store.pending.doubtful().length).toBeGreaterThan(11);
    store.close();
    for (let n = 0; n < 50; n++) w.directory.person(`p${String(n).padStart(4, "0")}`, { enabled: false });
    w.clock.pass(5000);
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "held", holds: [{ class: "deactivations", waiting: 50 }] });
    expect(report.applied["deactivate"]).toBeUndefined();
    expect([...(await w.users()).values()].every((user) => user["active"] === true)).toBe(true);
  });

  test("and count a deactivation that was found done by looking", async () => {
    const w = world({ settleMs: 1000 });
    w.directory.people("p", 100);
    await w.sync();
    for (let n = 0; n < 6; n++) w.directory.remove(`p000${n}`);
    w.after = (call) => {
      if (call.method === "patch") throw new TransientError("no answer", { outcome: "unknown" });
    };
    expect((await w.sync()).applied).toEqual({ deactivate: 6 });
    w.after = () => {};
    for (let n = 10; n < 16; n++) w.directory.remove(`p00${n}`);
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {} });
  });

  test("and count who was approved with other values than they left with", async () => {
    const w = await twelveApproved();
    for (let n = 10; n < 16; n++) w.directory.person(`p00${n}`, { enabled: false, title: "Clerk" });
    for (let n = 16; n < 22; n++) w.directory.person(`p00${n}`, { enabled: true });
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 6 } });
    for (let n = 30; n < 36; n++) w.directory.person(`p00${n}`, { enabled: false });
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {} });
  });

  test("and count nobody who left as it was approved", async () => {
    const w = await twelveApproved();
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 12 } });
    for (let n = 30; n < 36; n++) w.directory.person(`p00${n}`, { enabled: false });
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 6 } });
  });

  async function twelveApproved(): Promise<World> {
    const w = world();
    w.directory.people("p", 100);
    await w.sync();
    for (let n = 10; n < 22; n++) w.directory.person(`p00${n}`, { enabled: false });
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {} });
    w.approve();
    return w;
  }
});

const thirty = Array.from({ length: 30 }, (_, n) => `p${String(n).padStart(4, "0")}`);

describe("an approval of removed memberships", () => {
  async function emptied(): Promise<World> {
    const w = world();
    w.directory.people("p", 60).group("big", thirty);
    await w.sync();
    w.directory.group("big", []);
    await w.sync();
    w.approve();
    expect((await w.sync()).applied).toEqual({ "remove member": 30 });
    return w;
  }

  test("is used up by them: the same removals are held again when they come back", async () => {
    const w = await emptied();
    w.directory.group("big", thirty);
    await w.sync();
    w.directory.group("big", []);
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {} });
  });

  test("does not make the next small removal wait", async () => {
    const w = await emptied();
    w.directory.group("other", thirty);
    await w.sync();
    w.directory.leave("other", "p0001");
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { "remove member": 1 } });
  });
});

test("deleting groups counts their members as removed memberships", async () => {
  const w = world({ policy: { groups: { push: true, nested: "flatten", removed: "delete" } } });
  w.directory.people("p", 60).group("big", thirty).group("small", ["p0001"]).group("other", thirty);
  await w.sync();
  w.directory.remove("small");
  expect((await w.sync()).applied).toEqual({ "delete group": 1 });
  w.directory.remove("big");
  expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "member-removals" }] });
  expect(Object.keys(await w.groups())).toContain("big");
  w.approve();
  expect((await w.sync()).applied).toEqual({ "delete group": 1 });
});

test("people who leave take their memberships with them: the plan says so, and no guard counts them twice", async () => {
  const w = world();
  w.directory.people("p", 60).group("trio", ["p0001", "p0002", "p0003"]).group("all", thirty);
  await w.sync();
  w.directory.remove("p0001").remove("p0002").remove("p0003");
  const { report } = await w.plan();
  expect(report.plan).toMatchObject({ actions: { deactivate: 3 }, membersToRemove: 6 });
  w.after = (call) => {
    if (call.method === "patch") w.after = () => {};
  };
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 3, "remove member": 6 } });
});
