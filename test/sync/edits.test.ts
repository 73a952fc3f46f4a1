import { describe, expect, test } from "vitest";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();

const mapping = (rows: string) => `
users:
  match: [externalId, userName]
  attributes:
    externalId: user.id
    displayName: user.name
    active: user.enabled
    ${rows.replaceAll("\n", "\n    ")}
groups:
  match: [externalId, displayName]
  attributes:
    displayName: group.name
    externalId: group.id
`;

const plain = mapping("userName: user.login\ntitle: user.title");

/** 20 people with a title, p0000 to p0002 in Sales. */
async function managed(options: WorldOptions = {}): Promise<World> {
  const w = world({ mapping: plain, ...options });
  w.directory.people("p", 20);
  for (let n = 0; n < 20; n++)
    w.directory.person(`p${String(n).padStart(4, "0")}`, {
      title: "Clerk",
      department: n < 3 ? "Sales" : "IT",
    });
  await w.sync();
  w.calls.length = 0;
  return w;
}

describe("an edit is held, however few it touches,", () => {
  test("where it deactivates; what the directory changed meanwhile goes on", async () => {
    const w = await managed();
    w.options = { mapping: plain, scope: { users: 'user.department == "IT"' } };
    w.directory.person("p0005", { enabled: false }).person("new", { department: "IT" });
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: { deactivate: 1, create: 1 },
      holds: [
        {
          class: "configuration",
          waiting: 3,
          message: "the edit of the configuration deactivates 3 of 20 people",
        },
      ],
    });
  });

  test("where it renames", async () => {
    const w = await managed();
    w.options = {
      mapping: mapping(
        "userName: >-\n  user.title == 'Boss' ? 'boss@example.com' : user.login\ntitle: user.title",
      ),
    };
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
    w.options = {
      mapping: mapping(
        "userName: >-\n  user.id == 'p0003' ? 'three@example.com' : user.login\ntitle: user.title",
      ),
    };
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: {},
      holds: [
        {
          class: "configuration",
          message:
            "the edit of the configuration gives another name, external id or e-mail address to 1 of 20 people and groups",
        },
      ],
    });
  });

  test("where it clears; other values that it changes are written", async () => {
    const w = await managed();
    w.options = {
      mapping: mapping("userName: user.login\ntitle: >-\n  user.id == 'p0003' ? '' : user.title + '!'"),
    };
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: { update: 19 },
      holds: [{ message: "the edit of the configuration clears title of 1 of 20 people and groups" }],
    });
  });

  test("where it takes people out of groups", async () => {
    const w = world();
    w.directory.people("p", 20).group("inner", ["p0001"]).group("outer", ["p0002", "p0003", "inner"]);
    await w.sync();
    w.directory.leave("outer", "p0003");
    w.options = { policy: { groups: { push: true, nested: "direct", removed: "keep" } } };
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: { "remove member": 1 },
      holds: [{ class: "configuration", message: "the edit of the configuration ends 1 of 4 memberships" }],
    });
    w.approve();
    expect((await w.sync()).applied).toEqual({ "remove member": 1 });
    expect((await w.groups())["outer"]).toEqual(["p0002@example.com"]);
  });

  test("where it deletes", async () => {
    const w = await managed();
    w.directory.remove("p0004");
    await w.sync();
    w.options = { mapping: plain, policy: { whenDeleted: "delete" } };
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: {},
      holds: [{ message: "the edit of the configuration deletes 1 of 19 people and groups" }],
    });
  });

  test("where it means other people by an assignment", async () => {
    const w = world();
    w.directory.people("p", 6).group("one", ["p0000", "p0001"]).group("two", ["p0001", "p0002"]);
    w.options = { scope: { assigned: { groups: ["one", "two"], transitive: false } } };
    await w.sync();
    w.options = { scope: { assigned: { groups: ["two"], transitive: false } } };
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      holds: [{ class: "configuration", waiting: 1 }],
    });
  });
});

describe("a held edit", () => {
  const sales = { mapping: plain, scope: { users: 'user.department == "IT"' } };

  test("goes when a person says yes, and counts for no other limit", async () => {
    const w = await managed({ limits: { neverHoldBelow: 3, deactivations: 0.05 } });
    w.options = { ...sales, limits: { neverHoldBelow: 3, deactivations: 0.05 } };
    await w.sync();
    w.approve();
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 3 } });
    for (const id of ["p0005", "p0006", "p0007"]) w.directory.remove(id);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 3 } });
  });

  test("is gone when the edit is taken back", async () => {
    const w = await managed();
    w.options = sales;
    await w.sync();
    w.options = { mapping: plain };
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {}, holds: [] });
    w.directory.person("p0001", { enabled: false });
    expect((await w.sync()).applied).toEqual({ deactivate: 1 });
  });

  test("is held still after another edit that changes nothing of it, and in later cycles", async () => {
    const w = await managed();
    w.options = sales;
    await w.sync();
    w.options = {
      ...sales,
      mapping: mapping("userName: user.login\ntitle: user.title\nnickName: user.name"),
    };
    expect(await w.sync()).toMatchObject({ holds: [{ class: "configuration", waiting: 3 }] });
    expect(await w.sync({ full: true })).toMatchObject({ holds: [{ class: "configuration", waiting: 3 }] });
  });

  test("keeps nobody whom the directory itself switches off, deletes, or whose time comes", async () => {
    const w = await managed();
    w.directory.person("p0002", { expires: new Date(w.clock.time + 3_600_000).toISOString() });
    await w.sync();
    w.options = sales;
    await w.sync();
    w.directory.person("p0000", { enabled: false }).remove("p0001");
    w.clock.pass(2 * 3_600_000);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 3 } });
  });

  test("is seen also where the same cycle reads attributes that were never asked for", async () => {
    const w = world({ mapping: mapping("userName: user.login") });
    w.directory.people("p", 20);
    await w.sync();
    for (let n = 0; n < 20; n++)
      w.directory.person(`p${String(n).padStart(4, "0")}`, { title: n === 7 ? "Boss" : "Clerk" });
    w.options = { mapping: mapping('userName: >-\n  user.title == "Clerk" ? user.login : "x-" + user.id') };
    expect(await w.sync()).toMatchObject({ holds: [{ class: "configuration", waiting: 1 }], applied: {} });
  });

  test("waits still when it was made during a pilot that ended since", async () => {
    const w = await managed();
    w.directory.group("pilot", ["p0009"]);
    w.options = { mapping: plain, pilot: { users: [], groups: ["pilot"] } };
    await w.sync();
    w.options = { ...sales, pilot: { users: [], groups: ["pilot"] } };
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
    w.options = sales;
    expect(await w.sync()).toMatchObject({ applied: {}, holds: [{ class: "configuration", waiting: 3 }] });
  });

  test("is not blamed for what time alone does in the same cycle", async () => {
    const w = await managed();
    w.directory.person("p0002", { expires: new Date(w.clock.time + 3_600_000).toISOString() });
    await w.sync();
    w.clock.pass(2 * 3_600_000);
    w.options = { mapping: mapping("userName: user.login\ntitle: user.title\nnickName: user.name") };
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 1, update: 19 } });
  });

  test("is seen by the sync of one person too", async () => {
    const w = await managed();
    w.options = sales;
    expect(await w.sync({ user: "p0001@example.com" })).toMatchObject({ outcome: "held", applied: {} });
  });

  test("survives a read that breaks off, and an edit that was taken back meanwhile leaves nothing behind", async () => {
    const w = await managed();
    w.options = sales;
    const broken = { page: 1, error: new Error("the line is cut") };
    w.directory.failAfterPage = broken;
    await w.sync({ full: true }).catch(() => {});
    w.directory.failAfterPage = undefined;
    expect(await w.sync()).toMatchObject({ holds: [{ class: "configuration", waiting: 3 }] });
    w.directory.failAfterPage = broken;
    w.options = { mapping: plain };
    await w.sync({ full: true }).catch(() => {});
    w.directory.failAfterPage = undefined;
    expect(await w.sync()).toMatchObject({ outcome: "done", holds: [] });
  });
});

describe("nothing is held", () => {
  test("by a first run, nor by an edit before it", async () => {
    const w = world({ mapping: plain });
    w.directory.people("p", 5);
    await w.plan();
    w.options = { mapping: plain, scope: { users: 'user.id != "p0001"' } };
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { create: 4 } });
  });

  test("by an edit that changes nobody, or only adds", async () => {
    const w = await managed();
    w.options = {
      mapping: mapping("userName: user.login\ntitle: user.title\nnickName: user.name"),
      policy: { newUsers: "inactive" },
    };
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { update: 20 } });
  });
});
