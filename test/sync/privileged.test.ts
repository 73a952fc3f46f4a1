import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../src/errors.ts";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();

const privileged: WorldOptions = { privilegedGroups: ["Admins"] };

/** 20 people; p0001 and p0002 are in Admins, and approved. */
async function managed(options: WorldOptions = privileged): Promise<World> {
  const w = world(options);
  w.directory.people("p", 20).group("g1", ["p0001", "p0002"], { name: "Admins" }).group("staff", ["p0003"]);
  await w.sync();
  w.approve();
  await w.sync();
  w.calls.length = 0;
  return w;
}

describe("new members of a privileged group", () => {
  test("wait for a person's word from the first one on, and everything else goes on", async () => {
    const w = world(privileged);
    w.directory.people("p", 20).group("g1", ["p0001", "p0002"], { name: "Admins" }).group("staff", ["p0003"]);
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: { create: 20, "create group": 2, "add member": 1 },
      holds: [{ class: "privileged-additions", waiting: 2 }],
    });
    expect((await w.groups())["Admins"]).toEqual([]);
    w.approve();
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { "add member": 2 } });
  });

  test("wait also when they come by way of another group", async () => {
    const w = await managed();
    w.directory.group("inner", ["p0005"]).join("g1", "inner");
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: { "create group": 1, "add member": 1 },
      holds: [{ class: "privileged-additions", waiting: 1 }],
    });
    expect((await w.groups())["Admins"]).toEqual(["p0001@example.com", "p0002@example.com"]);
  });

  test("wait again after they left: a yes is good for one time", async () => {
    const w = await managed();
    w.directory.leave("g1", "p0002");
    expect((await w.sync()).applied).toEqual({ "remove member": 1 });
    w.directory.join("g1", "p0002");
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {} });
  });

  test("wait also in a group that was renamed, and in another one that has the name by now", async () => {
    const w = await managed();
    w.directory
      .group("g1", ["p0001", "p0002", "p0006"], { name: "Operators" })
      .group("g2", ["p0007"], { name: "Admins" });
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: { "rename group": 1, "create group": 1 },
      holds: [{ class: "privileged-additions", waiting: 2 }],
    });
  });

  test("wait also where a restored person comes back into it", async () => {
    const w = await managed();
    w.directory.person("p0001", { enabled: false }).person("p0008", { enabled: false });
    await w.sync();
    w.directory.join("g1", "p0008");
    await w.sync();
    w.directory.person("p0001", { enabled: true }).person("p0008", { enabled: true });
    await w.sync();
    await w.sync();
    expect((await w.groups())["Admins"]).toEqual(["p0001@example.com", "p0002@example.com"]);
  });
});

test("a member whose account shows up within the cycle, after the guards looked, waits as well", async () => {
  const w = await managed({ ...privileged, settleMs: 1000 });
  w.directory.person("late").join("g1", "late");
  w.after = (call) => {
    if (call.method === "create") w.die();
  };
  await w.sync().catch(() => {});
  w.after = () => {};
  w.directory.person("late", { enabled: false });
  w.clock.pass(5000);
  await w.sync();
  await w.sync();
  expect((await w.users()).has("late@example.com")).toBe(true);
  expect((await w.groups())["Admins"]).toEqual(["p0001@example.com", "p0002@example.com"]);
});

test("a name that no group has is an error, and nobody is touched", async () => {
  const w = world({ privilegedGroups: ["Adminz"] });
  w.directory.people("p", 3).group("g1", [], { name: "Admins" });
  await expect(w.sync()).rejects.toThrow(ConfigurationError);
  await expect(w.sync()).rejects.toThrow('privilegedGroups: there is no group "Adminz" in the directory');
  expect(w.written).toEqual([]);
});

describe("the last active member of a privileged group", () => {
  test("is not switched off; with another active member they go", async () => {
    const w = await managed();
    w.directory.remove("p0001");
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 1, "remove member": 1 } });
    w.directory.person("p0002", { enabled: false });
    const report = await w.sync();
    expect(report).toMatchObject({
      outcome: "done",
      applied: {},
      protected: { changes: [{ reason: "the last active member of Admins (privilegedGroups)" }] },
    });
    w.directory.join("g1", "p0009");
    await w.sync();
    w.approve();
    await w.sync();
    expect((await w.sync()).applied).toEqual({ deactivate: 1 });
  });

  test("is not taken out, nor are all of them at once", async () => {
    const w = await managed();
    w.directory.leave("g1", "p0001").person("p0002", { enabled: false });
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {}, protected: { count: 2 } });
    w.directory.person("p0002", { enabled: true });
    expect(await w.sync()).toMatchObject({ applied: { "remove member": 1 }, protected: { count: 0 } });
  });

  test("is asked about only when nothing else holds them: a crowd that leaves is held as a crowd", async () => {
    const w = await managed({ ...privileged, limits: { neverHoldBelow: 1 } });
    for (let n = 0; n < 20; n++) w.directory.person(`p${String(n).padStart(4, "0")}`, { enabled: false });
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: {},
      holds: [{ class: "deactivations", waiting: 20 }],
      protected: { count: 0 },
    });
    w.approve();
    expect(await w.sync()).toMatchObject({ applied: { deactivate: 18 }, protected: { count: 2 } });
  });

  test("keeps the group from being deleted", async () => {
    const w = await managed({
      ...privileged,
      policy: { groups: { push: true, nested: "flatten", removed: "delete" } },
    });
    w.directory.remove("g1");
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {}, protected: { count: 1 } });
    expect(Object.keys(await w.groups())).toContain("Admins");
  });
});
