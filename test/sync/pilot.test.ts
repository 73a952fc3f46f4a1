import { describe, expect, test } from "vitest";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();
const on = async (w: World) =>
  [...(await w.users())]
    .filter(([, user]) => user["active"] === true)
    .map(([name]) => name.split("@")[0])
    .sort();
const pilot = (...groups: readonly string[]): WorldOptions => ({ pilot: { groups, users: [] } });

/** Nine people, of whom two are in the pilot, and a team of one of each. */
async function begun(options: WorldOptions = {}): Promise<World> {
  const w = world({ ...pilot("Pilot"), ...options });
  w.directory.people("p", 9).group("g1", ["p0000", "p0001"], { name: "Pilot" });
  w.directory.group("team", ["p0001", "p0002"]);
  await w.sync();
  return w;
}

describe("with a pilot", () => {
  test("only its members get accounts and memberships; the others are planned, and no reason for another exit code", async () => {
    const w = await begun();
    expect(await on(w)).toEqual(["p0000", "p0001"]);
    expect(await w.groups()).toEqual({
      Pilot: ["p0000@example.com", "p0001@example.com"],
      team: ["p0001@example.com"],
    });
    const { report, items } = await w.plan();
    expect(report).toMatchObject({ outcome: "done", waiting: { outside: 7 }, plan: { actions: {} } });
    expect(items).toEqual([]);
    const waiting = await w.planOutside();
    expect(waiting).toHaveLength(7);
    expect(waiting[0]).toMatchObject({
      action: "create",
      label: "p0002@example.com",
      blocked: "not in the pilot",
    });
  });

  test("an idle cycle asks the target for nobody outside it", async () => {
    const w = await begun();
    w.calls.length = 0;
    await w.sync();
    await w.sync({ full: true });
    expect(w.calls).toEqual([]);
  });

  test("members of groups inside its groups are in it, and people who are named", async () => {
    const w = world({ pilot: { groups: ["Pilot"], users: ["p0007@example.com"] } });
    w.directory.people("p", 9).group("inner", ["p0003"]).group("g1", ["p0000", "inner"], { name: "Pilot" });
    await w.sync();
    expect(await on(w)).toEqual(["p0000", "p0003", "p0007"]);
  });

  test("who is named is meant for good, whatever the login is by now", async () => {
    const w = world({ pilot: { groups: [], users: ["p0007@example.com"] } });
    w.directory.people("p", 9);
    await w.sync();
    w.directory.person("p0007", { login: "seven@example.com" });
    w.directory.person("p0008", { login: "p0007@example.com" });
    expect((await w.sync({ full: true })).applied).toEqual({ rename: 1 });
    expect(await on(w)).toEqual(["seven"]);
  });

  test("who joins it is written, with the memberships", async () => {
    const w = await begun();
    w.directory.join("g1", "p0002");
    expect((await w.sync()).applied).toEqual({ create: 1, "add member": 2 });
    expect((await w.groups())["team"]).toEqual(["p0001@example.com", "p0002@example.com"]);
  });

  test("who leaves it keeps account and memberships as they are, whatever happens in the directory", async () => {
    const w = await begun();
    w.directory.leave("g1", "p0001");
    expect((await w.sync()).applied).toEqual({});
    w.directory.person("p0001", { title: "Boss", login: "boss@example.com" }).leave("team", "p0001");
    expect((await w.sync()).applied).toEqual({});
    w.directory.remove("p0001");
    expect(await w.sync({ full: true })).toMatchObject({ outcome: "done", applied: {} });
    expect(await on(w)).toEqual(["p0000", "p0001"]);
    expect((await w.groups())["team"]).toEqual(["p0001@example.com"]);
    expect((await w.sync()).oldestDeactivation).toBeUndefined();
  });

  test("who comes back into it is caught up with", async () => {
    const w = await begun();
    w.directory.leave("g1", "p0001");
    await w.sync();
    w.directory.person("p0001", { title: "Boss" }).leave("team", "p0001");
    await w.sync();
    w.directory.join("g1", "p0001");
    expect((await w.sync()).applied).toEqual({ update: 1, "remove member": 1 });
    expect((await w.users()).get("p0001@example.com")?.["title"]).toBe("Boss");
  });

  test.each([true, false])(
    "somebody in it who leaves the company is deactivated (full: %s)",
    async (full) => {
      const w = await begun();
      w.directory.remove("p0001");
      expect((await w.sync({ full })).applied).toMatchObject({ deactivate: 1 });
      expect(await on(w)).toEqual(["p0000"]);
    },
  );

  test("somebody in it who is disabled is deactivated, also where the directory takes the groups away by that", async () => {
    const w = await begun();
    w.directory.person("p0001", { enabled: false }).leave("g1", "p0001").leave("team", "p0001");
    expect((await w.sync()).applied).toMatchObject({ deactivate: 1 });
    expect(await on(w)).toEqual(["p0000"]);
  });

  test("somebody in it who falls out of scope is deactivated", async () => {
    const w = await begun({ scope: { users: 'user.department != "HR"' } });
    w.directory.person("p0001", { department: "HR" });
    w.directory.person("p0000", { department: "IT" });
    expect((await w.sync()).applied).toMatchObject({ deactivate: 1 });
  });

  test("somebody outside it who has an account already, and leaves the company, keeps it and is counted", async () => {
    const w = world();
    w.directory.people("p", 9).group("g1", ["p0000"], { name: "Pilot" });
    await w.sync();
    w.options = pilot("Pilot");
    await w.sync();
    w.directory.remove("p0005").remove("p0000");
    expect(await w.sync()).toMatchObject({
      outcome: "done",
      applied: { deactivate: 1, "remove member": 1 },
      waiting: { outside: 1 },
    });
    expect(await on(w)).toContain("p0005");
    expect(await w.planOutside()).toMatchObject([{ action: "deactivate", sourceId: "p0005" }]);
  });

  test("nobody outside it is matched with accounts that exist, and no hold is about them", async () => {
    const w = world(pilot("Pilot"));
    const target = await w.target();
    await target.users.create({ userName: "p0005@example.com" }, { signal: new AbortController().signal });
    await target.close();
    w.directory.people("p", 9).group("g1", ["p0000"], { name: "Pilot" });
    expect(await w.sync()).toMatchObject({ outcome: "done", firstRunHeld: false });
    expect(await on(w)).toContain("p0000");
  });

  test("a name that somebody outside it keeps is a named conflict for whoever is to get it", async () => {
    const w = await begun();
    w.directory.leave("g1", "p0001");
    await w.sync();
    w.directory.person("p0001", { login: "boss@example.com" });
    w.directory.person("p0002", { login: "p0001@example.com" }).join("g1", "p0002");
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "failing", nameWaits: [] });
    expect(report.failures[0]?.message).toContain("is linked to somebody else already");
    expect((await w.users()).size).toBe(2);
  });

  test("a mapping that fails for somebody outside it fails nobody", async () => {
    const w = await begun();
    w.directory.person("p0005", { login: "" });
    expect((await w.sync()).outcome).toBe("done");
    w.options = {};
    expect((await w.sync()).outcome).toBe("failing");
  });

  test("one person on demand is not written either", async () => {
    const w = await begun();
    w.directory.person("p0005", { title: "Boss" });
    expect((await w.sync({ user: "p0005@example.com" })).applied).toEqual({});
  });

  test("a group is not deleted, because others may be in it", async () => {
    const groups = { push: true, nested: "flatten", removed: "delete" } as const;
    const w = world({ policy: { groups } });
    w.directory.people("p", 9).group("g1", ["p0000"], { name: "Pilot" }).group("team", ["p0005"]);
    await w.sync();
    w.options = { ...pilot("Pilot"), policy: { groups } };
    w.directory.remove("team");
    expect(await w.sync()).toMatchObject({ applied: {}, waiting: { outside: 1 } });
    expect((await w.groups())["team"]).toEqual(["p0005@example.com"]);
    w.options = { policy: { groups } };
    expect((await w.sync()).applied).toEqual({ "delete group": 1 });
  });

  test("a comparison with the target puts nothing right for people outside it", async () => {
    const w = await begun();
    w.directory.leave("g1", "p0001");
    await w.sync();
    const target = await w.target();
    const signal = new AbortController().signal;
    const user = (await w.users()).get("p0001@example.com");
    const team = (await target.groups.find("displayName", "team", signal))[0];
    await target.users.patch(user?.id ?? "", [{ op: "replace", path: "displayName", value: "X" }], {
      signal,
    });
    await target.groups.changeMembers(team?.id ?? "", { add: [], remove: [user?.id ?? ""] }, { signal });
    await target.close();
    expect((await w.sync({ reconcile: true })).applied).toEqual({});
    expect((await w.users()).get("p0001@example.com")?.["displayName"]).toBe("X");
    expect((await w.groups())["team"]).toEqual([]);
  });

  test("a call without an answer is looked up although its person has left the pilot since", async () => {
    const w = await begun({ settleMs: 1000 });
    w.directory.person("p0001", { title: "Boss" });
    w.after = (call) => {
      if (call.method === "patch") w.die();
    };
    await w.sync().catch(() => {});
    w.after = () => {};
    w.directory.leave("g1", "p0001");
    await w.sync();
    const store = w.store();
    expect(store.people.totals("user").doubt).toBe(0);
    store.close();
  });
});

describe("a group of the pilot", () => {
  test("that nobody finds ends the cycle, and nobody was touched", async () => {
    const w = world(pilot("Nobody's"));
    w.directory.people("p", 9);
    await expect(w.sync()).rejects.toThrow('pilot: there is no group "Nobody\'s" in the directory');
    expect(w.calls).toEqual([]);
  });

  test.each([true, false])("that is deleted makes nobody leave the pilot (full: %s)", async (full) => {
    const w = await begun();
    w.directory.remove("g1").remove("p0000");
    w.calls.length = 0;
    await expect(w.sync({ full })).rejects.toThrow("is not in the directory any more");
    expect(w.calls).toEqual([]);
    w.directory.group("g1", ["p0001"], { name: "Pilot" });
    expect((await w.sync({ full })).applied).toMatchObject({ deactivate: 1 });
  });
});

test("without the pilot everything goes, through the guards", async () => {
  const w = world(pilot("Pilot"));
  w.directory.people("p", 60).group("g1", ["p0000"], { name: "Pilot" });
  for (let n = 0; n < 25; n++) w.directory.join("g1", `p00${String(n).padStart(2, "0")}`);
  await w.sync();
  expect(await on(w)).toHaveLength(25);
  w.options = {};
  w.clock.pass(25 * 3_600_000);
  const report = await w.sync();
  expect(report).toMatchObject({ outcome: "held", waiting: { outside: 0 } });
  expect(report.holds).toMatchObject([{ class: "creations", n: 35 }]);
  w.approve();
  expect((await w.sync()).applied).toEqual({ create: 35 });
});
