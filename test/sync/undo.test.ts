import { describe, expect, test } from "vitest";
import { ItemError, TransientError } from "../../src/errors.ts";
import { Claims } from "../../src/store/claims.ts";
import type { UndoPlan } from "../../src/sync/undo.ts";
import { type World, worlds } from "../world.ts";
import { undo } from "./undo.ts";

const world = worlds();
const hour = 3_600_000;
const signal = new AbortController().signal;

function lefts(planned: UndoPlan): string[] {
  return [...planned.objects, ...planned.members].flatMap(({ left }) =>
    left.map(({ path, why }) => (path === "" ? why : `${path}: ${why}`)),
  );
}

async function active(w: World, login: string): Promise<unknown> {
  return (await w.users()).get(`${login}@example.com`)?.["active"];
}

/** Nothing is sent by the next syncs, nor by a look at the whole target. */
async function staysSo(w: World): Promise<void> {
  w.calls.splice(0);
  const before = [await w.users(), await w.groups()];
  await w.sync();
  const report = await w.sync({ reconcile: true });
  await w.sync({ full: true });
  expect(w.written).toEqual([]);
  expect(report.reconcile?.found).toEqual({});
  expect([await w.users(), await w.groups()]).toEqual(before);
}

/** Forty people and two groups; ann leads. */
async function company(options: Parameters<typeof world>[0] = {}, size = 40): Promise<World> {
  const w = world(options);
  w.directory
    .people("p", size)
    .person("ann", { title: "Engineer", manager: "p0001" })
    .person("bob", { department: "Temp" })
    .group("team", ["ann", "bob", "p0001", "p0002"]);
  await w.sync();
  return w;
}

describe("people", () => {
  test("who was deactivated is active again, in their groups, and the next sync leaves them so", async () => {
    const w = await company();
    w.directory.person("ann", { enabled: false }).remove("bob");
    const { run } = await w.sync();
    expect([await active(w, "ann"), await active(w, "bob")]).toEqual([false, false]);
    expect(await w.groups()).toEqual({ team: ["ann@example.com", "p0001@example.com", "p0002@example.com"] });
    await undo(w, run);
    expect([await active(w, "ann"), await active(w, "bob")]).toEqual([true, true]);
    expect((await w.groups())["team"]).toContain("bob@example.com");
    await staysSo(w);
  });

  test("what the directory wants otherwise is shown by a plan as rejected, with who and why, and counts toward no limit", async () => {
    const w = await company();
    for (let n = 0; n < 9; n++) w.directory.person(`p000${n}`, { enabled: false });
    const { run } = await w.sync();
    await undo(w, run);
    w.clock.pass(25 * hour);
    for (let n = 10; n < 12; n++) w.directory.person(`p00${n}`, { enabled: false });
    const { report, items } = await w.plan();
    expect(report.plan).toMatchObject({ actions: { deactivate: 2 }, blocked: 0, rejected: 9 });
    expect(items.find(({ rejected }) => rejected === true)?.blocked).toContain(`(run ${run}): wrong filter`);
    const sync = await w.sync();
    expect(sync).toMatchObject({ outcome: "done", applied: { deactivate: 2 } });
  });

  test("when the directory says something else, that is done", async () => {
    const w = await company();
    w.directory.person("ann", { enabled: false });
    const { run } = await w.sync();
    await undo(w, run);
    w.directory.person("ann", { enabled: true, title: "Lead" });
    await w.sync();
    expect((await w.users()).get("ann@example.com")).toMatchObject({ active: true, title: "Lead" });
    w.directory.person("ann", { enabled: false });
    await w.sync();
    expect(await active(w, "ann")).toBe(false);
  });

  test("values, names and the manager are as they were", async () => {
    const w = await company();
    const before = (await w.users()).get("ann@example.com");
    w.directory.person("ann", {
      login: "anna@example.com",
      title: "Lead",
      manager: "p0002",
      mail: "a@x.example",
    });
    const { run } = await w.sync();
    expect((await w.users()).get("anna@example.com")).toMatchObject({ title: "Lead" });
    const { tally } = await undo(w, run);
    expect(tally.counts).toEqual({ rename: 1, "set reference": 1 });
    const after = (await w.users()).get("ann@example.com");
    const { meta: _before, ...was } = before ?? {};
    const { meta: _after, ...is } = after ?? {};
    expect(is).toEqual(was);
    await staysSo(w);
  });

  test("a manager alone is put back too, and stays", async () => {
    const w = await company();
    const manager = async () => {
      const account = (await w.users()).get("ann@example.com");
      return JSON.stringify(account?.["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]);
    };
    const before = await manager();
    w.directory.person("ann", { manager: "p0002" });
    const { run } = await w.sync();
    expect(await manager()).not.toBe(before);
    const { tally } = await undo(w, run);
    expect(tally.counts).toEqual({ "set reference": 1 });
    expect(await manager()).toBe(before);
    await staysSo(w);
  });

  test("who was created is switched off, not deleted, and stays so", async () => {
    const w = await company();
    w.directory.person("new", { title: "Guest" }).join("team", "new");
    const { run } = await w.sync();
    await undo(w, run);
    expect((await w.users()).get("new@example.com")).toMatchObject({ active: false, title: "Guest" });
    expect((await w.groups())["team"]).not.toContain("new@example.com");
    await staysSo(w);
  });

  test("who was deleted is told, and nothing is sent", async () => {
    const w = await company({ policy: { whenDeleted: "delete" } });
    w.directory.remove("bob");
    const { run } = await w.sync();
    w.calls.splice(0);
    const { planned } = await undo(w, run);
    expect(lefts(planned).join()).toMatch(/was deleted at the target .* cannot be put back/);
    expect(w.written).toEqual([]);
  });

  test("an account that was taken over has its values back, is nobody's, and is not taken over again", async () => {
    const w = await company({ policy: { existingAccounts: "adopt" } });
    const target = await w.target();
    const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
    await target.users.create(
      { schemas, userName: "old@example.com", title: "Old", active: true },
      { signal },
    );
    await target.close();
    w.directory.person("old", { title: "New" });
    const { run } = await w.sync();
    expect((await w.users()).get("old@example.com")).toMatchObject({ title: "New", externalId: "old" });
    await undo(w, run);
    const account = (await w.users()).get("old@example.com");
    expect(account).toMatchObject({ title: "Old", active: true });
    expect(account?.externalId).toBeUndefined();
    w.calls.splice(0);
    await w.sync({ user: "ann" });
    await w.sync();
    await w.sync({ full: true });
    expect(w.written).toEqual([]);
    const store = w.store();
    expect(store.people.find("old")[0]?.targetId).toBeNull();
    store.close();
  });
});

describe("groups", () => {
  test("members who were taken out are in again, and who was put in is out", async () => {
    const w = await company();
    w.directory.leave("team", "ann").join("team", "p0003", "p0004");
    const { run } = await w.sync();
    const { tally } = await undo(w, run);
    expect(tally.counts).toEqual({ "add member": 1, "remove member": 2 });
    expect((await w.groups())["team"]).toEqual([
      "ann@example.com",
      "bob@example.com",
      "p0001@example.com",
      "p0002@example.com",
    ]);
    await staysSo(w);
  });

  test("a group has its name back; one that was created stays, and is told", async () => {
    const w = await company();
    w.directory.group("team", ["ann", "bob", "p0001", "p0002"], { name: "Renamed" }).group("fresh", ["ann"]);
    const { run } = await w.sync();
    const { planned } = await undo(w, run);
    expect(Object.keys(await w.groups()).sort()).toEqual(["fresh", "team"]);
    expect((await w.groups())["fresh"]).toEqual([]);
    expect(lefts(planned)).toEqual(["the group was created; a group cannot be switched off, so it stays"]);
    await staysSo(w);
  });

  test("at a target that does not show its members, what was last accepted counts", async () => {
    const w = await company({ capabilities: { membersReadable: false } });
    w.directory.leave("team", "ann");
    const { run } = await w.sync();
    await undo(w, run);
    expect((await w.groups())["team"]).toContain("ann@example.com");
    w.calls.splice(0);
    await w.sync();
    expect(w.written).toEqual([]);
  });
});

describe("what changed since", () => {
  test("a value that somebody changed at the target stays, the others are put back", async () => {
    const w = await company();
    w.directory.person("ann", { title: "Lead", name: "Anna" });
    const { run } = await w.sync();
    const target = await w.target();
    const id = (await w.users()).get("ann@example.com")?.id ?? "";
    await target.users.patch(id, [{ op: "replace", path: "title", value: "Boss" }], { signal });
    await target.close();
    const { planned } = await undo(w, run);
    expect(lefts(planned)).toEqual(["title: changed at the target since"]);
    expect((await w.users()).get("ann@example.com")).toMatchObject({ title: "Boss", displayName: "ann" });
  });

  test("a value that a later run wrote again stays", async () => {
    const w = await company();
    for (const title of ["Lead", "Boss", "Lead"]) {
      w.directory.person("ann", { title });
      await w.sync();
    }
    const { planned } = await undo(w, 2);
    expect(lefts(planned)).toEqual(["title: written again by run 3"]);
    expect((await w.users()).get("ann@example.com")).toMatchObject({ title: "Lead" });
  });

  test("what a later run tried and was refused is no change since", async () => {
    const w = await company();
    w.directory.person("ann", { title: "Lead" });
    const { run } = await w.sync();
    w.before = (call) => {
      if (call.method === "patch") throw new ItemError("invalid-value", "no such title");
    };
    w.directory.person("ann", { title: "Boss" });
    await w.sync();
    w.before = () => {};
    w.directory.person("ann", { title: "Lead" });
    await w.sync();
    await undo(w, run);
    expect((await w.users()).get("ann@example.com")).toMatchObject({ title: "Engineer" });
  });

  test("who was switched off for a reason that there is no more is left off when there is another one by now", async () => {
    const w = await company({ scope: { users: 'user.department != "Temp"' } });
    w.options = { scope: { users: 'user.department != "Temp" && user.title != "Engineer"' } };
    await w.sync();
    w.approve();
    const { run } = await w.sync();
    expect(await active(w, "ann")).toBe(false);
    w.directory.remove("ann");
    await w.sync();
    const { planned } = await undo(w, run);
    expect(await active(w, "ann")).toBe(false);
    expect(lefts(planned)).toEqual(["active: there is another reason by now: deleted in the directory"]);
  });

  test("who is to be active again by the directory's own word is switched on", async () => {
    const w = await company();
    w.directory.person("ann", { enabled: false });
    const { run } = await w.sync();
    w.directory.person("ann", { enabled: true });
    await w.plan();
    await undo(w, run);
    expect(await active(w, "ann")).toBe(true);
    const { items } = await w.plan();
    expect(items).toEqual([]);
  });

  test("a membership that a later run changed again stays", async () => {
    const w = await company();
    w.directory.leave("team", "ann");
    const { run } = await w.sync();
    w.directory.join("team", "ann");
    await w.sync();
    w.directory.leave("team", "ann");
    await w.sync();
    const { planned } = await undo(w, run);
    expect(lefts(planned)).toEqual([`ann@example.com: changed again by run ${run + 2}`]);
    expect((await w.groups())["team"]).not.toContain("ann@example.com");
  });

  test("an account that is gone or belongs to somebody else by now is told", async () => {
    const w = await company();
    w.directory.person("ann", { title: "Lead" }).person("bob", { title: "Lead" });
    const { run } = await w.sync();
    const target = await w.target();
    await target.users.delete((await w.users()).get("ann@example.com")?.id ?? "", { signal });
    await target.close();
    const { planned, tally } = await undo(w, run);
    expect(lefts(planned).join()).toContain("is gone at the target");
    expect(tally.counts).toEqual({ update: 1 });
  });
});

describe("one after the other", () => {
  test("an undo can be undone, and that too", async () => {
    const w = await company();
    w.directory.person("ann", { enabled: false, title: "Lead" }).leave("team", "bob").person("new");
    const { run } = await w.sync();
    const after = [await w.users(), await w.groups()] as const;
    const first = await undo(w, run);
    expect(await active(w, "ann")).toBe(true);
    const second = await undo(w, first.run);
    expect(await active(w, "ann")).toBe(false);
    expect(await w.groups()).toEqual(after[1]);
    expect((await w.users()).get("new@example.com")).toMatchObject({ active: true });
    const { items } = await w.plan();
    expect(items).toEqual([]);
    await undo(w, second.run);
    expect(await active(w, "ann")).toBe(true);
    await staysSo(w);
  });

  test("the same undo a second time does nothing", async () => {
    const w = await company();
    w.directory.person("ann", { enabled: false }).leave("team", "bob");
    const { run } = await w.sync();
    await undo(w, run);
    w.calls.splice(0);
    const { tally } = await undo(w, run);
    expect(tally.counts).toEqual({});
    expect(w.written).toEqual([]);
  });

  test("one person is put back, with their memberships, and nobody else", async () => {
    const w = await company();
    w.directory.remove("ann").remove("bob");
    const { run } = await w.sync();
    const { tally } = await undo(w, run, { user: "ann@example.com" });
    expect(tally.counts).toEqual({ reactivate: 1, "add member": 1 });
    expect([await active(w, "ann"), await active(w, "bob")]).toEqual([true, false]);
  });
});

describe("limits", () => {
  test("an undo that would itself switch off many waits, and goes when a person lets it through", async () => {
    const w = await company();
    w.clock.pass(25 * hour);
    w.directory.people("q", 30);
    await w.sync();
    w.approve();
    const { run } = await w.sync();
    const held = await undo(w, run);
    expect(held.planned.over).toMatchObject([{ class: "deactivations" }]);
    expect(held.tally.counts).toEqual({});
    const { tally } = await undo(w, run, { letThrough: ["deactivations"] });
    expect(tally.counts).toEqual({ deactivate: 30 });
  });
});

describe("who is protected", () => {
  test("keeps account and name, also from an undo", async () => {
    const w = await company();
    w.directory.person("new").person("ann", { login: "anna@example.com" }).person("bob", { title: "Lead" });
    const { run } = await w.sync();
    w.options = { protect: { users: ["new@example.com", "anna@example.com", "bob@example.com"] } };
    const { planned, tally } = await undo(w, run);
    expect(lefts(planned)).toEqual([
      'is protected: protect.users names "anna@example.com"',
      'is protected: protect.users names "new@example.com"',
    ]);
    expect(tally.counts).toEqual({ update: 1 });
    expect(await active(w, "new")).toBe(true);
  });

  test("memberships of protected groups and people stay", async () => {
    const w = await company();
    w.directory.group("other", ["p0001", "p0002"]);
    await w.sync();
    w.directory.leave("team", "ann", "bob").leave("other", "p0001");
    const { run } = await w.sync();
    w.options = { protect: { users: ["ann"], groups: ["other"] } };
    const { planned, tally } = await undo(w, run);
    expect(lefts(planned)).toEqual([
      'ann@example.com: is protected: protect.users names "ann"',
      'is protected: protect.groups names "other"',
    ]);
    expect(tally.counts).toEqual({ "add member": 1 });
  });

  test("nobody comes into a group that gives rights without a word of its own", async () => {
    const w = await company({ privilegedGroups: ["team"] });
    w.approve();
    await w.sync();
    w.directory.leave("team", "ann");
    const { run } = await w.sync();
    const held = await undo(w, run);
    expect(held.planned.over).toMatchObject([{ class: "privileged-additions" }]);
    expect(held.tally.counts).toEqual({});
    const { tally } = await undo(w, run, { letThrough: ["privileged-additions"] });
    expect(tally.counts).toEqual({ "add member": 1 });
  });
});

describe("with policies", () => {
  test("an account that was let go and is another connection's by now is left alone; one that nobody has is ours again", async () => {
    const w = await company();
    w.directory.remove("ann").remove("bob");
    const { run } = await w.sync();
    const store = w.store();
    const taken = store.people.find("ann")[0]?.targetId ?? "";
    store.close();
    const other = Claims.open(w.folder, "directory", "other");
    other.take("user", taken, "somebody", w.clock.now());
    other.close();
    const { planned } = await undo(w, run);
    expect(lefts(planned)).toContain("belongs to another connection by now");
    expect([await active(w, "ann"), await active(w, "bob")]).toEqual([false, true]);
    const after = w.store();
    const bob = after.people.find("bob")[0];
    expect(after.claims.owner("user", bob?.targetId ?? "")).toMatchObject({ connection: "staff" });
    after.close();
  });

  test("nobody outside of the pilot is written", async () => {
    const w = await company();
    w.directory.person("ann", { title: "Lead" }).leave("team", "ann").group("pilot", ["bob"]);
    const { run } = await w.sync();
    w.options = { pilot: { users: [], groups: ["pilot"] } };
    await w.sync();
    const { planned, tally } = await undo(w, run, { user: "ann@example.com" });
    expect(lefts(planned)).toEqual([
      "is outside of the pilot: nothing is written",
      "ann@example.com: is outside of the pilot",
    ]);
    expect(tally.counts).toEqual({});
  });

  test("who was switched on again by an undo is not deleted when the time of grace is over", async () => {
    const day = 24 * hour;
    const w = await company({ policy: { deleteAfterMs: 4 * day } });
    w.directory.remove("ann");
    const { run } = await w.sync();
    await undo(w, run);
    for (let n = 0; n < 6; n++) {
      w.clock.pass(day);
      await w.sync();
    }
    expect(await active(w, "ann")).toBe(true);
  });
});

describe("trouble", () => {
  test("a pause that comes meanwhile stops it before the next call, and what is left is done later", async () => {
    const w = await company();
    w.directory.person("ann", { enabled: false }).leave("team", "bob");
    const { run } = await w.sync();
    w.after = (call) => {
      if (call.method !== "patch") return;
      const store = w.store();
      store.pause.begin({ actor: "anna", reason: "wait", since: w.clock.now() });
      store.close();
    };
    await expect(undo(w, run)).rejects.toThrow("paused by anna");
    w.after = () => {};
    expect(await active(w, "ann")).toBe(true);
    expect((await w.groups())["team"]).not.toContain("bob@example.com");
    await undo(w, run);
    expect((await w.groups())["team"]).toContain("bob@example.com");
  });

  test("what the target cannot show keeps nobody else waiting", async () => {
    const w = await company();
    w.directory.person("ann", { title: "Lead" }).person("bob", { title: "Lead" });
    const { run } = await w.sync();
    const ann = (await w.users()).get("ann@example.com")?.id;
    w.before = (call) => {
      if (call.method === "get" && call.id === ann) throw new ItemError("invalid-value", "no such record");
    };
    const { planned, tally } = await undo(w, run);
    expect(lefts(planned)).toEqual(["cannot be read at the target: no such record"]);
    expect(tally.counts).toEqual({ update: 1 });
  });

  test("names that were exchanged are exchanged back", async () => {
    const w = await company();
    w.directory.person("ann", { login: "bob@example.com" }).person("bob", { login: "ann@example.com" });
    const { run } = await w.sync();
    const { tally } = await undo(w, run);
    expect(tally.failures).toEqual([]);
    const users = await w.users();
    expect(users.get("ann@example.com")?.externalId).toBe("ann");
    expect(users.get("bob@example.com")?.externalId).toBe("bob");
    await staysSo(w);
  });

  test("a chain of names goes back in the order in which they become free", async () => {
    const w = await company();
    w.directory.person("ann", { login: "zoe@example.com" }).person("bob", { login: "ann@example.com" });
    const { run } = await w.sync();
    const { tally } = await undo(w, run);
    expect(tally.failures).toEqual([]);
    expect((await w.users()).get("ann@example.com")?.externalId).toBe("ann");
    expect((await w.users()).get("bob@example.com")?.externalId).toBe("bob");
  });

  test("who is refused is told, and is none the worse: nobody fails by an undo", async () => {
    const w = await company();
    w.directory.person("ann", { title: "Lead" }).person("bob", { title: "Lead" });
    const { run } = await w.sync();
    const ann = (await w.users()).get("ann@example.com")?.id;
    w.before = (call) => {
      if (call.method === "patch" && call.id === ann) throw new ItemError("invalid-value", "no such title");
    };
    const { tally } = await undo(w, run);
    expect(tally.failures).toMatchObject([{ label: "ann@example.com", message: "no such title" }]);
    expect(tally.counts).toEqual({ update: 1 });
    w.before = () => {};
    expect((await w.sync()).waiting.failing).toBe(0);
    expect((await w.users()).get("ann@example.com")).toMatchObject({ title: "Lead" });
    const again = await undo(w, run);
    expect(again.tally.counts).toEqual({ update: 1 });
    await staysSo(w);
  });

  test("a call without an answer that took effect is not taken back by the next sync", async () => {
    const w = await company({ settleMs: 5_000 });
    w.directory.person("ann", { enabled: false }).leave("team", "bob");
    const { run } = await w.sync();
    w.after = (call) => {
      if (call.method === "patch" || call.method === "changeMembers")
        throw new TransientError("no answer", { outcome: "unknown" });
    };
    const { tally } = await undo(w, run);
    expect(tally.unknown).toBe(2);
    w.after = () => {};
    w.clock.pass(60_000);
    await w.sync();
    expect(await active(w, "ann")).toBe(true);
    expect((await w.groups())["team"]).toContain("bob@example.com");
    await undo(w, run);
    await staysSo(w);
  });

  test.each([1, 2, 3, 4, 5].flatMap((at) => [["before", at] as const, ["after", at] as const]))(
    "a process that dies %s call %i leaves an undo that is begun again and does what is left",
    async (when, at) => {
      const w = await company({}, 12);
      w.directory
        .person("ann", { enabled: false })
        .person("p0005", { title: "Lead", manager: "p0002" })
        .leave("team", "bob")
        .join("team", "p0009");
      const { run } = await w.sync();
      let n = 0;
      w[when] = (call) => {
        if (call.method !== "patch" && call.method !== "changeMembers") return;
        n += 1;
        if (n === at) w.die();
      };
      await expect(undo(w, run)).rejects.toThrow();
      expect(n).toBeGreaterThanOrEqual(at);
      w[when] = () => {};
      await w.sync();
      await undo(w, run);
      const users = await w.users();
      expect(users.get("ann@example.com")).toMatchObject({ active: true });
      expect(users.get("p0005@example.com")).not.toHaveProperty("title");
      expect((await w.groups())["team"]).toEqual([
        "ann@example.com",
        "bob@example.com",
        "p0001@example.com",
        "p0002@example.com",
      ]);
      await staysSo(w);
    },
  );
});
