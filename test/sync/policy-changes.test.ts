import { describe, expect, test } from "vitest";
import { ItemError } from "../../src/errors.ts";
import { worlds } from "../world.ts";

const world = worlds();

test("nested groups that are no longer flattened lose the members that came from below", async () => {
  const w = world();
  w.directory.people("p", 9).group("inner", ["p0001"]).group("outer", ["p0002", "inner"]);
  await w.sync();
  expect((await w.groups())["outer"]).toHaveLength(2);
  w.options = { policy: { groups: { push: true, nested: "direct", removed: "keep" } } };
  await w.sync();
  w.approve();
  expect((await w.sync()).applied).toEqual({ "remove member": 1 });
  expect((await w.groups())["outer"]).toEqual(["p0002@example.com"]);
  w.options = {};
  expect((await w.sync()).applied).toEqual({ "add member": 1 });
});

describe("a group", () => {
  test("deleted by policy and made again gets its members back", async () => {
    const w = world({ policy: { groups: { push: true, nested: "flatten", removed: "delete" } } });
    w.directory.people("p", 9).group("team", ["p0001", "p0002"]);
    await w.sync();
    w.directory.remove("team");
    expect((await w.sync()).applied).toEqual({ "delete group": 1 });
    w.directory.group("team", ["p0001"]);
    expect((await w.sync()).applied).toEqual({ "create group": 1, "add member": 1 });
    w.calls.length = 0;
    await w.sync();
    expect(w.calls).toEqual([]);
  });

  test("whose members were refused once is no longer failing when they are accepted", async () => {
    const w = world();
    w.directory.people("p", 9).group("team", ["p0001"]);
    w.before = (call) => {
      if (call.method === "changeMembers") throw new ItemError("mutability", "no members here");
    };
    expect((await w.sync()).outcome).toBe("failing");
    w.before = () => {};
    w.clock.pass(40 * 60_000);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { "add member": 1 } });
  });

  test("with one refused member is failing, and the member is retried on a schedule", async () => {
    const w = world();
    w.directory.people("p", 4).group("team", ["p0000", "p0001", "p0002", "p0003"]);
    await w.sync();
    const store = w.store();
    store.close();
    w.directory.person("bad").join("team", "bad");
    w.before = (call) => {
      if (call.method === "changeMembers") throw new ItemError("invalid-value", "unknown member");
    };
    expect((await w.sync()).outcome).toBe("failing");
    w.clock.pass(40 * 60_000);
    await w.sync();
    w.clock.pass(40 * 60_000);
    w.calls.length = 0;
    expect((await w.sync()).outcome).toBe("failing");
    expect(w.calls).toEqual([]);
    w.before = () => {};
    w.directory.person("new").join("team", "new");
    expect(await w.sync()).toMatchObject({ applied: { create: 1, "add member": 1 } });
    w.clock.pass(25 * 3_600_000);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { "add member": 1 } });
  });
});

test("a manager who was deleted and is restored is the manager again", async () => {
  const w = world();
  w.directory.people("p", 9).person("ann", { manager: "zoe" }).person("zoe");
  await w.sync();
  w.directory.remove("zoe");
  await w.sync();
  w.directory.person("zoe");
  expect((await w.sync()).applied).toEqual({ reactivate: 1, "set reference": 1 });
});

test("an account that is made inactive by policy stays so, also when its creation had no answer", async () => {
  const w = world({ settleMs: 1000, policy: { newUsers: "inactive" } });
  w.directory.people("p", 3).person("ann");
  w.after = (call) => {
    if (call.method === "create") w.die();
  };
  await w.sync().catch(() => {});
  w.after = () => {};
  await w.sync();
  w.directory.person("ann", { title: "Engineer" });
  await w.sync();
  const users = [...(await w.users()).values()];
  expect(users.map((user) => user["active"])).toEqual([false, false, false, false]);
});
