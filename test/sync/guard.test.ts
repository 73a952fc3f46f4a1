import { describe, expect, test } from "vitest";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();

async function managed(count: number, options?: WorldOptions): Promise<World> {
  const w = world(options);
  w.directory.people("p", count);
  await w.sync();
  w.calls.length = 0;
  return w;
}

function leave(w: World, count: number, from = 0): void {
  for (let n = from; n < from + count; n++) w.directory.remove(`p${String(n).padStart(4, "0")}`);
}

describe("deactivations", () => {
  // [managed people, leavers, held]
  const table: readonly (readonly [number, number, boolean])[] = [
    [2, 1, false],
    [2, 2, false],
    [4, 2, false],
    [4, 3, true],
    [12, 6, false],
    [12, 7, true],
    [50, 10, false],
    [50, 11, true],
    [400, 20, false],
    [400, 21, true],
  ];
  for (const [people, leavers, held] of table) {
    test(`of ${leavers} of ${people} people are ${held ? "held" : "done"}`, async () => {
      const w = await managed(people);
      leave(w, leavers);
      w.directory.person("new");
      const report = await w.sync();
      expect(report.outcome).toBe(held ? "held" : "done");
      expect(report.applied).toEqual(held ? { create: 1 } : { create: 1, deactivate: leavers });
    });
  }

  test("that bleed slowly are added up over the window, and forgotten after it", async () => {
    const w = await managed(100);
    leave(w, 6);
    expect((await w.sync()).applied).toEqual({ deactivate: 6 });
    leave(w, 6, 6);
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {} });
    w.clock.pass(25 * 3_600_000);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 6 } });
  });

  test("that were approved go, as they stood; somebody who came later is held anew", async () => {
    const w = await managed(50);
    leave(w, 20);
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      holds: [{ class: "deactivations", waiting: 20, n: 20, base: 50 }],
    });
    w.approve();
    leave(w, 12, 30);
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "held", applied: { deactivate: 20 }, holds: [{ waiting: 12 }] });
  });

  test("approved three days ago are held again", async () => {
    const w = await managed(50);
    leave(w, 20);
    await w.sync();
    w.approve();
    w.clock.pass(73 * 3_600_000);
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {} });
  });

  test("are no longer held when the people are back", async () => {
    const w = await managed(50);
    leave(w, 20);
    await w.sync();
    w.directory.people("p", 20);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {}, holds: [] });
  });

  test("are held for a scope that leaves nobody, while a mapping edit writes nothing", async () => {
    const w = await managed(60);
    w.options = { scope: { users: "false" } };
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "held", holds: [{ class: "configuration", waiting: 60 }] });
    expect(w.written).toEqual([]);
  });
});

describe("other classes", () => {
  test("a mapping that renames everybody is held", async () => {
    const w = await managed(60);
    w.options = {
      mapping:
        "users:\n  match: [externalId, userName]\n  attributes:\n    userName: user.id\n    externalId: user.id\n    active: user.enabled\ngroups:\n  match: [externalId]\n  attributes:\n    displayName: group.name\n    externalId: group.id\n",
    };
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      holds: [{ class: "configuration", waiting: 60 }],
    });
    expect(w.written).toEqual([]);
  });

  test("a directory that renames everybody is held", async () => {
    const w = await managed(60);
    for (let n = 0; n < 60; n++)
      w.directory.person(`p${String(n).padStart(4, "0")}`, { login: `p${n}@new.example.com` });
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      holds: [{ class: "identifier-changes", waiting: 60 }],
    });
    expect(w.written).toEqual([]);
  });

  test("a group that loses most of its members is held; the rest goes on", async () => {
    const w = world();
    w.directory
      .people("p", 40)
      .group(
        "big",
        Array.from({ length: 30 }, (_, n) => `p${String(n).padStart(4, "0")}`),
      )
      .group("other", ["p0001"]);
    await w.sync();
    w.directory.group("big", []).join("other", "p0002");
    const report = await w.sync();
    expect(report).toMatchObject({
      outcome: "held",
      applied: { "add member": 1 },
      holds: [{ class: "member-removals", waiting: 30 }],
    });
    expect((await w.groups())["big"]).toHaveLength(30);
    w.approve();
    expect((await w.sync()).applied).toEqual({ "remove member": 30 });
  });

  test("a sudden crowd of new people is held once there is a crowd to compare it with", async () => {
    const w = await managed(30);
    w.clock.pass(25 * 3_600_000);
    w.directory.people("q", 20);
    expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "creations", waiting: 20 }] });
  });
});

describe("dry-run mode", () => {
  test("records what it would do and does it when the mode changes", async () => {
    const w = world({ mode: "dry-run" });
    w.directory.people("p", 3);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {}, plan: { actions: { create: 3 } } });
    expect(w.written).toEqual([]);
    w.options = { mode: "sync" };
    expect(await w.sync()).toMatchObject({ applied: { create: 3 }, read: { type: "delta", changed: 0 } });
  });
});

describe("a plan", () => {
  test("writes nothing to the target and is what the next sync does", async () => {
    const w = await managed(20);
    w.directory.person("p0001", { title: "Engineer" }).person("new").remove("p0002");
    const { items } = await w.plan();
    expect(w.written).toEqual([]);
    expect(items.map(({ label, action, reason }) => ({ label, action, reason }))).toEqual([
      { label: "p0002@example.com", action: "deactivate", reason: "deleted in the directory" },
      { label: "p0001@example.com", action: "update", reason: "in scope" },
      { label: "new@example.com", action: "create", reason: "in scope" },
    ]);
    expect(items[1]?.values).toEqual([
      { path: "title", before: null, after: "Engineer", from: "user.title" },
    ]);
    expect((await w.sync()).applied).toEqual({ deactivate: 1, update: 1, create: 1 });
  });
});

test("a plan names the manager that somebody had and the one they get", async () => {
  const w = await managed(6);
  w.directory.person("p0001", { manager: "p0002" });
  await w.sync();
  w.directory.person("p0001", { manager: "p0003" });
  const { items } = await w.plan();
  expect(items).toMatchObject([
    {
      action: "reference",
      label: "p0001@example.com",
      values: [{ before: "p0002@example.com", after: "p0003@example.com" }],
    },
  ]);
});

describe("one person on demand", () => {
  test("is read and applied alone, whatever else is pending", async () => {
    const w = await managed(5);
    w.directory.person("p0001", { title: "A" }).person("p0002", { title: "B" });
    const report = await w.sync({ user: "p0001@example.com" });
    expect(report).toMatchObject({ outcome: "done", applied: { update: 1 }, read: { type: "one" } });
    expect((await w.users()).get("p0002@example.com")?.["title"]).toBeUndefined();
    expect((await w.sync()).applied).toEqual({ update: 1 });
  });

  test("who is new is found in the directory by login name", async () => {
    const w = await managed(2);
    w.directory.person("new");
    expect((await w.sync({ user: "new@example.com" })).applied).toEqual({ create: 1 });
  });

  test("whom nobody knows is an error of the command line", async () => {
    const w = await managed(2);
    await expect(w.sync({ user: "nobody" })).rejects.toThrow(
      'nobody in the directory or the snapshot answers to "nobody"',
    );
  });
});
