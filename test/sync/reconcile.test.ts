import { describe, expect, test } from "vitest";
import { TransientError } from "../../src/errors.ts";
import { worlds } from "../world.ts";
import { atTarget, byHand, day, exactly, found, inSync, named, set } from "./by-hand.ts";

const world = worlds();
const manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";

describe("a value changed at the target by hand", () => {
  test("is shown with old and new, put right, and says so in the audit trail", async () => {
    const w = await inSync(world);
    await byHand(w, "user", "ann@example.com", set("title", "Boss"));
    const report = await w.sync({ reconcile: true });
    expect(report.outcome).toBe("done");
    expect(report.reconcile).toMatchObject({
      found: exactly({ changed: 1 }),
      examples: [
        { type: "changed", label: "ann@example.com", path: "title", ours: "Engineer", theirs: "Boss" },
      ],
      users: { seen: 10, ours: 10, unmanaged: 0 },
      groups: { seen: 1, ours: 1, unmanaged: 0 },
    });
    expect(report.applied).toEqual({ update: 1 });
    expect((await w.users()).get("ann@example.com")?.["title"]).toBe("Engineer");
    const store = w.store();
    expect(store.audit.entries({ run: report.run, limit: 10 })).toMatchObject([
      {
        action: "update",
        reason: "changed at the target by hand",
        before: { title: "Boss" },
        after: { title: "Engineer" },
      },
    ]);
    expect(store.findings.countOpen()).toEqual({});
    expect(store.findings.of(store.people.find("ann@example.com")[0]?.id ?? 0)).toMatchObject([
      { type: "changed", path: "title", isOpen: 0 },
    ]);
    store.close();
    expect((await w.sync({ reconcile: true })).reconcile?.found).toEqual({});
  });

  test("is a plan that writes nothing to the target, and the next sync does it", async () => {
    const w = await inSync(world);
    await byHand(w, "user", "ann@example.com", set("title", "Boss"));
    const { report, items } = await w.plan({ reconcile: true });
    expect(found(report)).toEqual({ changed: 1 });
    expect(items).toMatchObject([
      {
        action: "update",
        label: "ann@example.com",
        reason: "changed at the target by hand",
        values: [{ path: "title", before: "Boss", after: "Engineer" }],
      },
    ]);
    expect(w.written).toEqual([]);
    expect((await w.sync()).applied).toEqual({ update: 1 });
    expect((await w.users()).get("ann@example.com")?.["title"]).toBe("Engineer");
  });

  test("in the target's own spelling is no change", async () => {
    const w = await inSync(world);
    await byHand(
      w,
      "user",
      "ann@example.com",
      set("userName", "ANN@example.com"),
      set("title", " Engineer "),
    );
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ outcome: "done", applied: {} });
    expect(found(report)).toEqual({});
    expect(w.written).toEqual([]);
  });

  test("at a path that we do not manage, or set at creation only, is nobody's concern", async () => {
    const mapping = `
users:
  match: [externalId, userName]
  attributes:
    userName: user.login
    externalId: user.id
    title: { value: user.title, write: onCreate }
    active: user.enabled
groups:
  match: [externalId]
  attributes:
    displayName: group.name
    externalId: group.id
`;
    const w = await inSync(world, { mapping });
    await byHand(w, "user", "ann@example.com", set("title", "Boss"), set("nickName", "Annie"));
    const report = await w.sync({ reconcile: true });
    expect(report.outcome).toBe("done");
    expect(found(report)).toEqual({});
    expect(w.written).toEqual([]);
  });

  test("that the directory changed too is written as the directory says now", async () => {
    const w = await inSync(world);
    await byHand(w, "user", "ann@example.com", set("title", "Boss"));
    w.directory.person("ann", { title: "Director" });
    const { items } = await w.plan({ reconcile: true });
    expect(items).toMatchObject([{ values: [{ path: "title", before: "Boss", after: "Director" }] }]);
    expect((await w.sync()).applied).toEqual({ update: 1 });
    expect((await w.users()).get("ann@example.com")?.["title"]).toBe("Director");
  });

  test("is put right also when the directory goes back to what was applied before", async () => {
    const w = await inSync(world, { limits: { neverHoldBelow: 0, clearedValues: 0 } });
    w.directory.clear("ann", "title");
    expect((await w.sync()).outcome).toBe("held");
    await byHand(w, "user", "ann@example.com", set("title", "Boss"));
    await w.sync({ reconcile: true });
    w.directory.person("ann", { title: "Engineer" });
    expect((await w.sync()).applied).toEqual({ update: 1 });
    expect((await w.users()).get("ann@example.com")?.["title"]).toBe("Engineer");
  });

  test("of somebody who is kept as they are stays as it is, and leaves nothing pending", async () => {
    const w = await inSync(world, { policy: { whenDisabled: "keep" } });
    w.directory.person("ann", { enabled: false });
    await w.sync();
    await byHand(w, "user", "ann@example.com", set("title", "Boss"), set("active", false));
    expect(await w.sync({ reconcile: true })).toMatchObject({
      outcome: "done",
      reconcile: { found: exactly({}) },
    });
    const store = w.store();
    expect(store.people.totals("user").pending).toBe(0);
    store.close();
  });

  test("is not what the directory changed and nobody has written yet", async () => {
    const w = await inSync(world);
    w.options = { mode: "dry-run" };
    w.directory.person("ann", { title: "Director" });
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ plan: { actions: { update: 1 } }, reconcile: { found: exactly({}) } });
    expect(w.calls.some(({ method }) => method === "get")).toBe(false);
  });

  test("of somebody who is out of scope stays as it is", async () => {
    const w = await inSync(world, { scope: { users: 'user.title != "Guest"' } });
    w.directory.person("ann", { title: "Guest" });
    await w.sync();
    await byHand(w, "user", "ann@example.com", set("title", "Boss"));
    expect(found(await w.sync({ reconcile: true }))).toEqual({});
  });
});

describe("a manager changed at the target by hand", () => {
  test("is put right, whoever is named instead", async () => {
    const w = await inSync(world);
    w.directory.person("ann", { manager: "p0001" });
    await w.sync();
    const ids = await atTarget(w, async (target) => ({
      p1: (await named(target, "user", "p0001@example.com")).id,
      p2: (await named(target, "user", "p0002@example.com")).id,
    }));
    for (const wrong of [{ value: ids.p2 }, { value: "of-nobody" }]) {
      await byHand(w, "user", "ann@example.com", set(manager, wrong));
      const report = await w.sync({ reconcile: true });
      expect(found(report)).toEqual({ changed: 1 });
      expect(report.applied).toEqual({ "set reference": 1 });
      const ann = (await w.users()).get("ann@example.com") as Record<string, unknown>;
      expect(JSON.stringify(ann)).toContain(ids.p1);
      w.clock.pass(40 * day);
    }
  });

  test("where there is to be none is taken away, and says why", async () => {
    const w = await inSync(world);
    const id = await atTarget(w, async (target) => (await named(target, "user", "p0001@example.com")).id);
    await byHand(w, "user", "ann@example.com", set(manager, { value: id }));
    const { items } = await w.plan({ reconcile: true });
    expect(items).toMatchObject([{ action: "reference", reason: "changed at the target by hand" }]);
    expect((await w.sync()).applied).toEqual({ "set reference": 1 });
    expect(JSON.stringify((await w.users()).get("ann@example.com"))).not.toContain(id);
    expect(found(await w.sync({ reconcile: true }))).toEqual({});
  });
});

describe("a group changed at the target by hand", () => {
  test("gets its name back", async () => {
    const w = await inSync(world);
    await byHand(w, "group", "team", set("displayName", "Team of mine"));
    const report = await w.sync({ reconcile: true });
    expect(found(report)).toEqual({ changed: 1 });
    expect(await w.groups()).toEqual({ team: ["ann@example.com", "p0001@example.com"] });
  });
});

describe("a look at the whole target", () => {
  test("costs its pages, and no write when nothing was changed", async () => {
    const w = await inSync(world);
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({
      outcome: "done",
      applied: {},
      reconcile: { found: exactly({}), gaps: [], problem: undefined },
    });
    expect(w.calls.map(({ kind, method }) => `${method} ${kind}`)).toEqual([
      "list user",
      "count user",
      "list group",
      "count group",
      "members group",
    ]);
  });

  test("is made once a day, which a restart neither shifts nor repeats; in between the target is asked nothing", async () => {
    const w = await inSync(world, { reconcileEveryMs: day });
    const looked: number[] = [];
    for (let hour = 6; hour <= 78; hour += 6) {
      w.clock.pass(6 * 3_600_000);
      w.calls.length = 0;
      const report = await w.sync();
      if (report.reconcile !== undefined) looked.push(hour);
      else expect(w.calls).toEqual([]);
    }
    expect(looked).toEqual([24, 48, 72]);
  });

  test("is not made by itself where the configuration says never", async () => {
    const w = await inSync(world);
    w.clock.pass(90 * day);
    expect((await w.sync()).reconcile).toBeUndefined();
  });

  test("is made after a clock that was wrong for years is put right", async () => {
    const w = await inSync(world, { reconcileEveryMs: day });
    w.clock.pass(1000 * day);
    expect((await w.sync()).reconcile).toBeDefined();
    w.clock.pass(-999 * day);
    expect((await w.sync()).reconcile).toBeDefined();
    expect((await w.sync()).reconcile).toBeUndefined();
  });

  test("is not made of a directory that could not be read: the next cycle makes it", async () => {
    const w = await inSync(world);
    w.directory.failAfterPage = {
      page: 1,
      error: new TransientError("the directory went away", { outcome: "none" }),
    };
    w.directory.person("ann", { title: "Boss" });
    expect(await w.sync({ reconcile: true })).toMatchObject({ outcome: "failed", reconcile: undefined });
    w.directory.failAfterPage = undefined;
    expect((await w.sync({ reconcile: true })).reconcile).toBeDefined();
  });

  test("that breaks off stops nothing else, and is made again by the next cycle", async () => {
    const w = await inSync(world, { reconcileEveryMs: day });
    w.clock.pass(day);
    w.directory.person("ann", { title: "Boss" });
    w.before = ({ method }) => {
      if (method === "count") throw new TransientError("the target is busy", { outcome: "none" });
    };
    expect(await w.sync()).toMatchObject({
      outcome: "failed",
      problem: { message: "the target is busy" },
      applied: { update: 1 },
    });
    w.before = () => {};
    expect(await w.sync()).toMatchObject({ outcome: "done", reconcile: { problem: undefined } });
  });
});
