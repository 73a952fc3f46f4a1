import { cpSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ItemError, TransientError } from "../../src/errors.ts";
import { type Call, type World, worlds } from "../world.ts";
import {
  atTarget,
  byHand,
  createByHand,
  day,
  deleteByHand,
  exactly,
  found,
  inSync,
  membersByHand,
  named,
  set,
} from "./by-hand.ts";

const world = worlds();
const ann = "ann@example.com";
const p1 = "p0001@example.com";
const p2 = "p0002@example.com";

/** Every kind of drift at once. */
async function disturb(w: World): Promise<void> {
  await byHand(w, "user", ann, set("title", "Boss"));
  await byHand(w, "user", "p0003@example.com", set("userName", "other@example.com"));
  await byHand(w, "user", "p0004@example.com", set("active", true));
  await deleteByHand(w, "user", "p0005@example.com");
  await membersByHand(w, "team", { add: [p2], remove: [p1] });
  await byHand(w, "group", "team", set("displayName", "mine"));
  await createByHand(w, "user", { userName: "root" });
}

async function disturbed(): Promise<World> {
  const w = await inSync(world);
  w.directory.person("p0004", { enabled: false });
  await w.sync();
  await disturb(w);
  w.calls.length = 0;
  return w;
}

/** The same world once more, without living through everything again. */
function copyOf(template: World): World {
  const w = world();
  cpSync(template.folder, w.folder, { recursive: true });
  w.clock.time = template.clock.time;
  Object.assign(w, { directory: template.directory });
  return w;
}

async function expectPeace(w: World): Promise<void> {
  const report = await w.sync({ reconcile: true });
  expect(report).toMatchObject({ outcome: "done", applied: {}, reconcile: { found: exactly({}) } });
  const users = await w.users();
  expect(users.size).toBe(11);
  expect(users.get(ann)).toMatchObject({ title: "Engineer", active: true });
  expect(users.get("p0004@example.com")?.["active"]).toBe(false);
  expect(users.has("p0003@example.com") && users.has("p0005@example.com") && users.has("root")).toBe(true);
  expect(await w.groups()).toEqual({ team: [ann, p1] });
}

describe("a process that dies in the middle of a look, and of what follows from it", () => {
  test("before or after any call leaves everything to the next run, nothing twice", async () => {
    const template = await disturbed();
    const whole = copyOf(template);
    await whole.sync({ reconcile: true });
    const calls = whole.calls.filter(({ method }) => method !== "list");
    expect(whole.written.length).toBeGreaterThan(5);
    await expectPeace(whole);
    for (const [at, { method }] of calls.entries()) {
      const writes = ["create", "patch", "changeMembers"].includes(method);
      for (const when of writes ? (["before", "after"] as const) : (["before"] as const)) {
        const w = copyOf(template);
        let left = at + 1;
        w[when] = () => {
          left -= 1;
          if (left === 0) w.die();
        };
        await w.sync({ reconcile: true }).catch(() => {});
        expect(left).toBeLessThanOrEqual(0);
        w[when] = () => {};
        w.clock.pass(60_000);
        await w.sync({ reconcile: true });
        await expectPeace(w);
      }
    }
  }, 60_000);

  test("while the list is read keeps the day of the last look: the next run looks again", async () => {
    const w = await inSync(world, { reconcileEveryMs: day });
    w.clock.pass(day);
    w.before = ({ method }) => {
      if (method === "count") w.die();
    };
    await w.sync().catch(() => {});
    w.before = () => {};
    expect((await w.sync()).reconcile).toBeDefined();
    expect((await w.sync()).reconcile).toBeUndefined();
  });
});

describe("what is not the time to judge", () => {
  test("a call in doubt: whatever stands there is looked up as ever", async () => {
    const w = await inSync(world, { settleMs: 60_000 });
    w.clock.pass(120_000);
    w.directory.person("ann", { title: "Director" });
    w.before = ({ method }) => {
      if (method === "patch" || (method === "get" && w.calls.some((call) => call.method === "patch")))
        throw new TransientError("no answer", { outcome: method === "patch" ? "unknown" : "none" });
    };
    await w.sync();
    w.before = () => {};
    w.clock.pass(120_000);
    await byHand(w, "user", ann, set("title", "Boss"));
    expect(found((await w.plan({ reconcile: true })).report)).toEqual({});
    const report = await w.sync({ reconcile: true });
    expect(found(report)).toEqual({});
    expect((await w.users()).get(ann)?.["title"]).toBe("Director");
  });

  test("a write of a moment ago that the list does not show yet", async () => {
    const w = await inSync(world, { settleMs: 60_000 });
    w.clock.pass(120_000);
    w.directory.person("ann", { title: "Director" });
    await w.sync();
    await byHand(w, "user", ann, set("title", "Engineer"));
    expect(found(await w.sync({ reconcile: true }))).toEqual({});
    w.clock.pass(120_000);
    expect(found(await w.sync({ reconcile: true }))).toEqual({ changed: 1 });
  });

  test("memberships of a moment ago that the target does not show yet", async () => {
    const w = await inSync(world, { settleMs: 60_000 });
    w.clock.pass(120_000);
    w.directory.join("team", "p0002");
    await w.sync();
    await membersByHand(w, "team", { remove: [p2] });
    expect(found(await w.sync({ reconcile: true }))).toEqual({});
    w.clock.pass(120_000);
    expect(found(await w.sync({ reconcile: true }))).toEqual({ "member-removed": 1 });
  });

  test("an account that is about to be deleted", async () => {
    const w = await inSync(world, {
      policy: { whenDeleted: "delete" },
      limits: { neverHoldBelow: 0, deletions: 0 },
    });
    w.directory.remove("ann");
    expect((await w.sync()).outcome).toBe("held");
    await byHand(w, "user", ann, set("title", "Boss"), set("active", false));
    expect(found(await w.sync({ reconcile: true }))).toEqual({});
  });

  test("an account that another connection has taken over", async () => {
    const w = await inSync(world, { scope: { users: 'user.title == "Engineer"' } });
    w.directory.person("ann", { title: "Guest" });
    await w.sync();
    w.options = { connection: "other", policy: { existingAccounts: "adopt" } };
    await w.sync();
    w.approve();
    await w.sync();
    expect((await w.users()).get(ann)).toMatchObject({ active: true });
    w.options = { scope: { users: 'user.title == "Engineer"' } };
    w.calls.length = 0;
    const report = await w.sync({ reconcile: true });
    expect(found(report)).toEqual({});
    expect(w.written).toEqual([]);
  });
});

describe("what is failing", () => {
  test("is compared too, and keeps its schedule", async () => {
    const w = await inSync(world);
    w.directory.person("ann", { title: "Director" });
    w.before = ({ method }) => {
      if (method === "patch")
        throw new ItemError("invalid-value", "the target does not like it", { status: 400 });
    };
    await w.sync();
    await w.sync();
    await byHand(w, "user", ann, set("displayName", "Somebody"));
    w.calls.length = 0;
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ outcome: "failing", reconcile: { found: exactly({ changed: 1 }) } });
    expect(w.written).toEqual([]);
    w.before = () => {};
    w.clock.pass(day);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { update: 1 } });
    expect((await w.users()).get(ann)).toMatchObject({ title: "Director", displayName: "ann" });
  });

  test("to be shown keeps nobody else from being compared", async () => {
    const w = await inSync(world);
    await byHand(w, "user", ann, set("title", "Boss"));
    await byHand(w, "user", p1, set("displayName", "Somebody"));
    const id = await atTarget(w, async (target) => (await named(target, "user", p1)).id);
    const refused = (call: Call) => call.method === "get" && call.id === id;
    w.before = (call) => {
      if (refused(call))
        throw new ItemError("forbidden", `our token may not read user ${id}`, { status: 403 });
    };
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ reconcile: { found: exactly({ changed: 1 }) }, applied: { update: 1 } });
    expect(report.reconcile?.gaps).toEqual([
      `some users of ours could not be read: our token may not read user ${id}`,
    ]);
  });

  test("of members is told, and the other groups are compared", async () => {
    const w = await inSync(world);
    w.directory.group("other", ["p0003"]);
    await w.sync();
    await membersByHand(w, "other", { add: [p2] });
    const id = await atTarget(w, async (target) => (await named(target, "group", "team")).id);
    w.before = (call) => {
      if (call.method === "members" && call.id === id)
        throw new ItemError("forbidden", "not for us", { status: 403 });
    };
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({
      reconcile: {
        found: exactly({ "member-added": 1 }),
        gaps: ["members of some groups could not be read: not for us"],
      },
      applied: { "remove member": 1 },
    });
  });
});
