import { describe, expect, test } from "vitest";
import { type World, worlds } from "../world.ts";
import {
  atTarget,
  byHand,
  createByHand,
  day,
  exactly,
  found,
  inSync,
  membersByHand,
  named,
  set,
} from "./by-hand.ts";

const world = worlds();
const manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
const ann = "ann@example.com";
const p1 = "p0001@example.com";
const p2 = "p0002@example.com";

async function idOf(w: World, name: string): Promise<string> {
  return atTarget(w, async (target) => (await named(target, "user", name)).id);
}

describe("a member changed by hand", () => {
  test("and added is removed again, with the reason in plan and audit trail", async () => {
    const w = await inSync(world);
    await membersByHand(w, "team", { add: [p2] });
    const { report, items } = await w.plan({ reconcile: true });
    expect(report.reconcile).toMatchObject({
      found: exactly({ "member-added": 1 }),
      examples: [{ type: "member-added", label: p2, group: "team" }],
    });
    expect(items).toMatchObject([
      { action: "members", reason: "changed at the target by hand", members: { add: [], remove: [p2] } },
    ]);
    const done = await w.sync();
    expect(done.applied).toEqual({ "remove member": 1 });
    expect(await w.groups()).toEqual({ team: [ann, p1] });
    const store = w.store();
    expect(store.audit.entries({ run: done.run, limit: 1 })[0]?.reason).toBe("changed at the target by hand");
    expect(store.findings.countOpen()).toEqual({});
    store.close();
  });

  test("and removed is added back", async () => {
    const w = await inSync(world);
    await membersByHand(w, "team", { remove: [ann] });
    const report = await w.sync({ reconcile: true });
    expect(found(report)).toEqual({ "member-removed": 1 });
    expect(report.applied).toEqual({ "add member": 1 });
    expect(await w.groups()).toEqual({ team: [ann, p1] });
  });

  test("as the directory then wants it is nobody's hand any more", async () => {
    const w = await inSync(world);
    await membersByHand(w, "team", { add: [p2] });
    await byHand(w, "user", ann, set(manager, { value: await idOf(w, p1) }));
    await w.plan({ reconcile: true });
    w.directory.join("team", "p0002").person("ann", { manager: "p0001" });
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
    w.directory.leave("team", "p0002").person("ann", { manager: "p0003" });
    const { run } = await w.sync();
    const store = w.store();
    expect(store.audit.entries({ run, limit: 5 }).map(({ reason }) => reason)).toEqual([
      "the directory names another object",
      "memberships changed in the directory",
    ]);
    store.close();
  });

  test("whom we do not manage is counted and stays", async () => {
    const w = await inSync(world);
    await createByHand(w, "user", { userName: "root" });
    await membersByHand(w, "team", { add: ["root"] });
    w.calls.length = 0;
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ outcome: "done", reconcile: { found: exactly({}), unmanagedMembers: 1 } });
    expect(w.written).toEqual([]);
    expect(await w.groups()).toEqual({ team: [ann, p1, "root"] });
  });

  test("who is kept as they are stays too", async () => {
    const w = await inSync(world, { policy: { whenDisabled: "keep" } });
    w.directory.person("p0002", { enabled: false });
    await w.sync();
    await membersByHand(w, "team", { add: [p2] });
    w.calls.length = 0;
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ outcome: "done", reconcile: { found: exactly({}), unmanagedMembers: 1 } });
    expect(w.written).toEqual([]);
  });

  test("of a group that we do not manage is not looked at", async () => {
    const w = await inSync(world);
    await createByHand(w, "group", { displayName: "Administrators" });
    await membersByHand(w, "Administrators", { add: [ann] });
    w.calls.length = 0;
    const report = await w.sync({ reconcile: true });
    expect(found(report)).toEqual({});
    expect(w.calls.filter(({ method }) => method === "members")).toHaveLength(1);
    expect(w.written).toEqual([]);
  });

  test("where the target shows no members is not known, and said so", async () => {
    const w = await inSync(world, { capabilities: { membersReadable: false } });
    await membersByHand(w, "team", { add: [p2] });
    w.calls.length = 0;
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({
      outcome: "done",
      reconcile: {
        found: exactly({}),
        gaps: ["the target does not show who is in its groups: memberships were not compared"],
      },
    });
    expect(w.calls.some(({ method }) => method === "members")).toBe(false);
  });

  test("that the directory takes out as well is removed once", async () => {
    const w = await inSync(world);
    w.directory.leave("team", "ann");
    await membersByHand(w, "team", { remove: [ann] });
    const report = await w.sync({ reconcile: true });
    expect(found(report)).toEqual({});
    expect(report).toMatchObject({ outcome: "done", applied: {} });
    expect(await w.groups()).toEqual({ team: [p1] });
  });
});

test("members added by hand in masses are removed only with an approval", async () => {
  const w = world();
  w.directory.people("p", 40).group("team", ["p0000", "p0001"]);
  await w.sync();
  await membersByHand(w, "team", {
    add: Array.from({ length: 12 }, (_, n) => `p00${String(n + 10).padStart(2, "0")}@example.com`),
  });
  w.calls.length = 0;
  const report = await w.sync({ reconcile: true });
  expect(report).toMatchObject({
    outcome: "held",
    applied: {},
    holds: [{ class: "member-removals", waiting: 12 }],
  });
  expect(w.written).toEqual([]);
  w.approve();
  expect((await w.sync()).applied).toEqual({ "remove member": 12 });
  expect(Object.values(await w.groups())[0]).toHaveLength(2);
});

describe("a value that another system writes too", () => {
  test("is put right twice, then left alone and told; another wanted value is written again", async () => {
    const w = await inSync(world);
    const applied: unknown[] = [];
    for (let times = 1; times <= 4; times++) {
      await byHand(w, "user", ann, set("title", "Boss"));
      applied.push((await w.sync({ reconcile: true })).applied);
      w.clock.pass(day);
    }
    expect(applied).toEqual([{ update: 1 }, { update: 1 }, {}, {}]);
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({
      outcome: "done",
      reconcile: {
        found: exactly({ contested: 1 }),
        examples: [{ type: "contested", ours: "Engineer", theirs: "Boss" }],
      },
    });
    const store = w.store();
    expect(store.findings.open(10)).toMatchObject([
      { type: "contested", path: "title", label: ann, times: 3 },
    ]);
    store.close();

    // Other values of the same person are written, and not this one with them.
    w.directory.person("ann", { mail: "ann.lee@example.com" });
    expect((await w.sync()).applied).toEqual({ update: 1 });
    expect((await w.users()).get(ann)).toMatchObject({
      title: "Boss",
      emails: [{ value: "ann.lee@example.com" }],
    });

    w.directory.person("ann", { title: "Director" });
    expect((await w.sync()).applied).toEqual({ update: 1 });
    expect((await w.users()).get(ann)?.["title"]).toBe("Director");
    expect(found(await w.sync({ reconcile: true }))).toEqual({});
    await byHand(w, "user", ann, set("title", "Boss"));
    expect((await w.sync({ reconcile: true })).applied).toEqual({ update: 1 });
  });

  test("is put right again after a month of peace", async () => {
    const w = await inSync(world);
    for (let times = 1; times <= 5; times++) {
      await byHand(w, "user", ann, set("title", "Boss"));
      expect((await w.sync({ reconcile: true })).applied).toEqual({ update: 1 });
      w.clock.pass(31 * day);
    }
  });

  test("starts over when a person asks for it", async () => {
    const w = await inSync(world);
    for (let times = 1; times <= 3; times++) {
      await byHand(w, "user", ann, set("title", "Boss"));
      await w.sync({ reconcile: true });
    }
    const store = w.store();
    expect(store.findings.startOver(store.people.find(p1)[0]?.id ?? 0)).toBe(0);
    expect(store.findings.startOver(store.people.find(ann)[0]?.id ?? 0)).toBe(1);
    expect(store.findings.countOpen()).toEqual({});
    store.close();
    expect((await w.sync()).applied).toEqual({ update: 1 });
    expect((await w.users()).get(ann)?.["title"]).toBe("Engineer");
    await byHand(w, "user", ann, set("title", "Boss"));
    expect((await w.sync({ reconcile: true })).applied).toEqual({ update: 1 });
  });

  test("starts over for references and memberships too, of everybody", async () => {
    const w = await inSync(world);
    w.directory.person("ann", { manager: "p0001" });
    await w.sync();
    for (let times = 1; times <= 3; times++) {
      await byHand(w, "user", ann, { op: "remove", path: manager });
      await membersByHand(w, "team", { remove: [ann] });
      await w.sync({ reconcile: true });
    }
    const store = w.store();
    expect(store.findings.countOpen()).toEqual({ contested: 2 });
    expect(store.findings.startOver()).toBe(2);
    store.close();
    expect((await w.sync()).applied).toEqual({ "set reference": 1, "add member": 1 });
  });

  test("and stops doing so is no longer told", async () => {
    const w = await inSync(world);
    for (let times = 1; times <= 3; times++) {
      await byHand(w, "user", ann, set("title", "Boss"));
      await w.sync({ reconcile: true });
    }
    await byHand(w, "user", ann, set("title", "Engineer"));
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ outcome: "done", applied: {}, reconcile: { found: exactly({}) } });
    const store = w.store();
    expect(store.findings.countOpen()).toEqual({});
    store.close();
  });

  test("is not what a change that was never put right comes to", async () => {
    const w = await inSync(world, { mode: "dry-run" });
    w.options = { mode: "sync" };
    await w.sync();
    w.options = { mode: "dry-run" };
    for (const title of ["Boss", "Clerk", "Cook", "Pilot"]) {
      await byHand(w, "user", ann, set("title", title));
      expect(found(await w.sync({ reconcile: true }))).toEqual({ changed: 1 });
    }
    w.options = { mode: "sync" };
    expect((await w.sync()).applied).toEqual({ update: 1 });
  });

  test("a member who is taken out again and again is left out, one who is put in is always removed", async () => {
    const w = await inSync(world);
    const applied: unknown[] = [];
    for (let times = 1; times <= 4; times++) {
      await membersByHand(w, "team", { add: [p2], remove: [ann] });
      applied.push((await w.sync({ reconcile: true })).applied);
      w.clock.pass(day);
    }
    const both = { "add member": 1, "remove member": 1 };
    expect(applied).toEqual([both, both, { "remove member": 1 }, { "remove member": 1 }]);
    expect(await w.groups()).toEqual({ team: [p1] });
    const store = w.store();
    expect(store.findings.countOpen()).toEqual({ contested: 1 });
    store.close();
  });
});

test("what a person does between two looks is shown of them alone", async () => {
  const w = await inSync(world);
  await byHand(w, "user", p1, set("displayName", "Somebody"));
  await w.sync({ reconcile: true });
  const id = await atTarget(w, async (target) => (await named(target, "user", p1)).id);
  const store = w.store();
  expect(store.findings.of(store.people.find(p1)[0]?.id ?? 0)).toMatchObject([
    { targetId: id, path: "displayName" },
  ]);
  expect(store.findings.of(store.people.find(ann)[0]?.id ?? 0)).toEqual([]);
  store.close();
});
