import { describe, expect, test } from "vitest";
import type { Policy } from "../../src/config/config.ts";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();
const { signal } = new AbortController();
const ann = "ann@example.com";
const rule = 'user.department != "HR"';

/** Nine people, Ann among them, who is in the team. */
async function begun(policy: Partial<Policy>, more: WorldOptions = {}): Promise<World> {
  const w = world({ policy, ...more });
  w.directory.people("p", 8);
  for (let n = 0; n < 8; n++) w.directory.person(`p000${n}`, { department: "IT" });
  w.directory.person("ann", { department: "IT" }).group("team", ["ann", "p0001"]);
  await w.sync();
  w.calls.length = 0;
  return w;
}

const stateOf = async (w: World, name = ann) => {
  const user = (await w.users()).get(name);
  return user === undefined ? "none" : user["active"] === false ? "off" : "on";
};
const isInTeam = async (w: World) => (await w.groups())["team"]?.includes(ann);

/** How somebody ceases to be wanted, and what is left of them at the target. */
const leavings = {
  whenDisabled: (w: World) => w.directory.person("ann", { enabled: false }),
  whenOutOfScope: (w: World) => w.directory.person("ann", { department: "HR" }),
  whenDeleted: (w: World) => w.directory.remove("ann"),
} as const;
/** And how they come back. */
const returns = (w: World) =>
  w.directory.person("ann", { enabled: true, department: "IT" }).join("team", "ann");

describe("somebody who", () => {
  test.each([
    ["whenDisabled", "deactivate", "off", true],
    ["whenDisabled", "keep", "on", true],
    ["whenOutOfScope", "deactivate", "off", false],
    ["whenOutOfScope", "delete", "none", false],
    ["whenOutOfScope", "keep", "on", true],
    ["whenDeleted", "deactivate", "off", false],
    ["whenDeleted", "delete", "none", false],
    ["whenDeleted", "keep", "on", true],
  ] as const)("%s: %s ends up %s (in the groups: %s)", async (key, value, state, isMember) => {
    const w = await begun({ [key]: value }, { scope: { users: rule } });
    leavings[key](w);
    await w.sync();
    expect([await stateOf(w), await isInTeam(w)]).toEqual([state, isMember]);
    w.calls.length = 0;
    await w.sync();
    expect(w.written).toEqual([]);
  });

  test.each(["whenDisabled", "whenOutOfScope", "whenDeleted"] as const)(
    "returns after %s gets the same account and the memberships back",
    async (key) => {
      const w = await begun({}, { scope: { users: rule } });
      const { id } = (await w.users()).get(ann) ?? {};
      leavings[key](w);
      await w.sync();
      expect(await stateOf(w)).toBe("off");
      returns(w);
      expect((await w.sync()).applied).toMatchObject({ reactivate: 1 });
      expect((await w.users()).get(ann)).toMatchObject({ id, active: true });
      expect(await isInTeam(w)).toBe(true);
    },
  );

  test("is kept after deletion, and returns, is followed again in the same account", async () => {
    const w = await begun({ whenDeleted: "keep" });
    const { id } = (await w.users()).get(ann) ?? {};
    w.directory.remove("ann");
    await w.sync();
    w.directory.person("ann", { title: "Boss" }).join("team", "ann");
    await w.sync();
    expect((await w.users()).get(ann)).toMatchObject({ id, title: "Boss" });
    expect((await w.users()).size).toBe(9);
  });

  test("is both disabled and out of scope by a rule is out of scope", async () => {
    const w = await begun({ whenDisabled: "keep" }, { scope: { users: rule } });
    w.directory.person("ann", { enabled: false, department: "HR" });
    await w.sync();
    expect(await stateOf(w)).toBe("off");
  });
});

describe("where a connection is limited to assigned people, and who is out of scope is deleted", () => {
  const limited: WorldOptions = { scope: { assigned: { groups: ["app"], transitive: false } } };
  const assigned = async (policy: Partial<Policy>): Promise<World> => {
    const w = world({ ...limited, policy: { whenOutOfScope: "delete", ...policy } });
    w.directory.people("p", 9).person("ann").group("app", ["ann", "p0001", "p0002"]);
    w.directory.group("team", ["ann", "p0001"]);
    await w.sync();
    return w;
  };

  test.each([true, false])(
    "somebody who loses the assignment by being disabled is deactivated, not deleted (full: %s)",
    async (full) => {
      const w = await assigned({});
      const { id } = (await w.users()).get(ann) ?? {};
      w.directory.person("ann", { enabled: false }).leave("app", "ann").leave("team", "ann");
      expect((await w.sync({ full })).applied).toMatchObject({ deactivate: 1 });
      expect(await stateOf(w)).toBe("off");
      await w.sync({ full });
      expect(await stateOf(w)).toBe("off");
      w.directory.person("ann", { enabled: true }).join("app", "ann").join("team", "ann");
      expect((await w.sync({ full })).applied).toMatchObject({ reactivate: 1 });
      expect((await w.users()).get(ann)).toMatchObject({ id, active: true });
      expect(await isInTeam(w)).toBe(true);
    },
  );

  test("it makes no difference which of the two is read first", async () => {
    const w = await assigned({});
    w.directory.person("ann", { enabled: false });
    await w.sync();
    w.directory.leave("app", "ann");
    await w.sync();
    expect(await stateOf(w)).toBe("off");
  });

  test("a directory that tells of the assignment before it tells that somebody is disabled deletes nobody by that", async () => {
    const w = await assigned({});
    const open = w.directory.source.bind(w.directory);
    w.directory.source = () => {
      const source = open();
      return {
        ...source,
        async read(kind, id, signal) {
          if (id === "ann") w.directory.person("ann", { enabled: false });
          return source.read(kind, id, signal);
        },
      };
    };
    w.directory.leave("app", "ann");
    expect((await w.sync()).applied).toMatchObject({ deactivate: 1 });
    expect(await stateOf(w)).toBe("off");
  });

  test("whoever is not disabled, and loses the assignment, is deleted", async () => {
    const w = await assigned({});
    w.directory.leave("app", "ann");
    expect((await w.sync()).applied).toMatchObject({ delete: 1 });
  });

  test("somebody who is enabled again without the assignment is deleted", async () => {
    const w = await assigned({});
    w.directory.person("ann", { enabled: false }).leave("app", "ann");
    await w.sync();
    w.directory.person("ann", { enabled: true });
    expect((await w.sync()).applied).toMatchObject({ delete: 1 });
  });

  test("somebody who is disabled keeps the account where the policy says so", async () => {
    const w = await assigned({ whenDisabled: "keep" });
    w.directory.person("ann", { enabled: false }).leave("app", "ann");
    // The group itself is pushed too.
    expect((await w.sync()).applied).toEqual({ "remove member": 1 });
    expect(await stateOf(w)).toBe("on");
  });

  test("people who are disabled and were never assigned are not in scope, and get nothing", async () => {
    const w = await assigned({});
    w.directory.person("eve", { enabled: false });
    const { totals, applied } = await w.sync();
    expect(applied).toEqual({});
    expect(totals.users).toMatchObject({ present: 11, inScope: 3 });
  });
});

describe("accounts that exist already", () => {
  const withAnn = async (w: World) => {
    const target = await w.target();
    await target.users.create({ schemas: [], userName: ann, active: true } as never, { signal });
    await target.close();
  };

  test.each([
    ["review", "held", {}],
    ["adopt", "done", { adopt: 1 }],
    ["leave", "done", {}],
  ] as const)("%s: a later match is %s", async (existingAccounts, outcome, applied) => {
    const w = world({ policy: { existingAccounts } });
    w.directory.person("ben");
    await w.sync();
    await withAnn(w);
    w.directory.person("ann");
    expect(await w.sync()).toMatchObject({ outcome, applied });
    expect((await w.users()).size).toBe(2);
  });
});

describe("groups", () => {
  const groups = { push: true, nested: "flatten", removed: "keep" } as const;

  test("are not pushed by policy, and those that were stay as they are", async () => {
    const w = await begun({});
    w.options = { policy: { groups: { ...groups, push: false } } };
    w.directory.leave("team", "ann").group("new", ["ann"]);
    expect((await w.sync()).applied).toEqual({});
    expect(Object.keys(await w.groups())).toEqual(["team"]);
    expect(await isInTeam(w)).toBe(true);
  });

  test.each([
    ["flatten", 2],
    ["direct", 1],
  ] as const)("nested: %s gives the outer group %i members", async (nested, members) => {
    const w = world({ policy: { groups: { ...groups, nested } } });
    w.directory.people("p", 3).group("inner", ["p0000"]).group("outer", ["p0001", "inner"]);
    await w.sync();
    expect((await w.groups())["outer"]).toHaveLength(members);
  });

  test.each([
    ["keep", ["team"]],
    ["delete", []],
  ] as const)("removed: %s leaves %j", async (removed, left) => {
    const w = await begun({ groups: { ...groups, removed } });
    w.directory.remove("team");
    await w.sync();
    expect(Object.keys(await w.groups())).toEqual(left);
  });
});

test("newUsers: inactive is for the creation: somebody who returns is switched on", async () => {
  const w = await begun({ newUsers: "inactive" });
  expect(await stateOf(w)).toBe("off");
  w.directory.person("ann", { enabled: false });
  await w.sync();
  w.directory.person("ann", { enabled: true, title: "Boss" });
  await w.sync();
  expect((await w.users()).get(ann)).toMatchObject({ title: "Boss", active: true });
});

test("who is left out by default is let in by the key of their class, and by no other", async () => {
  const w = world();
  w.directory.people("p", 4).person("robot", { excluded: true });
  await w.sync();
  expect((await w.users()).has("robot@example.com")).toBe(false);
  const { items } = await w.plan();
  expect(items).toEqual([]);
  w.options = { scope: { include: ["robots"] } };
  expect((await w.sync()).applied).toEqual({ create: 1 });
  w.options = {};
  expect(await w.sync()).toMatchObject({ applied: {}, holds: [{ class: "configuration", waiting: 1 }] });
  w.approve();
  expect((await w.sync()).applied).toEqual({ deactivate: 1 });
});

describe("mode: dry-run", () => {
  test("records what it would do, writes nothing, and does it once the mode is sync", async () => {
    const w = world({ mode: "dry-run" });
    w.directory.people("p", 3).group("team", ["p0001"]);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {}, plan: { actions: { create: 3 } } });
    w.directory.person("p0001", { title: "Boss" });
    await w.sync();
    expect(w.written).toEqual([]);
    w.options = {};
    w.directory.failAfterPage = undefined;
    expect((await w.sync()).applied).toEqual({ create: 3, "create group": 1, "add member": 1 });
    expect((await w.users()).get("p0001@example.com")?.["title"]).toBe("Boss");
    expect(w.directory.polls).toEqual(["full", "delta", "delta"]);
  });

  test("holds what is over its limit like a sync, and an approval given meanwhile counts", async () => {
    const w = await begun({});
    w.options = { mode: "dry-run" };
    for (let n = 0; n < 8; n++) w.directory.remove(`p000${n}`);
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {} });
    w.approve();
    w.options = {};
    expect((await w.sync()).applied).toMatchObject({ deactivate: 8 });
  });
});
