import { describe, expect, test } from "vitest";
import { type World, type WorldOptions, worlds } from "../world.ts";
import { byHand, set } from "./by-hand.ts";

const world = worlds();

/** 20 people and root; root and p0001 are in `admins`, p0002 in `staff`. Somebody is protected from the second run on. */
async function managed(options: WorldOptions = {}): Promise<World> {
  const w = world({ ...options, protect: {} });
  w.directory
    .people("p", 20)
    .person("root", { login: "root@example.com", mail: "break@glass.example" })
    .group("admins", ["root", "p0001"])
    .group("staff", ["p0002"]);
  await w.sync();
  w.options = options;
  w.calls.length = 0;
  return w;
}

function account(w: World, name: string): Promise<unknown> {
  return w.users().then((users) => users.get(name)?.["active"]);
}

describe("a protected person", () => {
  for (const key of ["root", "root@example.com", "ROOT@example.com", "break@glass.example"]) {
    test(`named as ${key} is not switched off, and the others go on`, async () => {
      const w = await managed({ protect: { users: [key] } });
      w.directory.remove("root").remove("p0003");
      const report = await w.sync();
      expect(report).toMatchObject({ outcome: "done", applied: { deactivate: 1 }, holds: [] });
      expect(report.protected).toMatchObject({
        count: 1,
        changes: [{ label: "root@example.com", grp: 0, reason: `protect.users names "${key}"` }],
      });
      expect(await account(w, "root@example.com")).toBe(true);
    });
  }

  test("named by the id at the target is not switched off", async () => {
    const w = await managed();
    const id = (await w.users()).get("root@example.com")?.id ?? "";
    w.options = { protect: { users: [id] } };
    w.directory.person("root", { enabled: false });
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {}, protected: { count: 1 } });
  });

  test("is neither renamed nor deleted, and gets other values", async () => {
    const w = await managed({ protect: { users: ["root"] }, policy: { whenDeleted: "delete" } });
    w.directory.person("root", { title: "Guard" });
    expect((await w.sync()).applied).toEqual({ update: 1 });
    w.directory.person("root", { login: "other@example.com" });
    expect(await w.sync()).toMatchObject({ applied: {}, protected: { count: 1 } });
    w.directory.remove("root");
    expect(await w.sync()).toMatchObject({ applied: {} });
    expect(await account(w, "root@example.com")).toBe(true);
  });

  test("stays protected when the directory calls them something else", async () => {
    const w = await managed({ protect: { users: ["break@glass.example"] } });
    await w.sync();
    w.directory.person("root", { mail: "nobody@example.com" });
    expect(await w.sync()).toMatchObject({ applied: {}, protected: { count: 1 } });
    w.directory.remove("root");
    expect(await w.sync()).toMatchObject({ applied: {}, protected: { count: 1 } });
  });

  test("is in the same groups as before", async () => {
    const w = await managed({ protect: { users: ["root"] } });
    w.directory.leave("admins", "root").join("staff", "root", "p0004");
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { "add member": 1 } });
    expect(await w.groups()).toEqual({
      admins: ["p0001@example.com", "root@example.com"],
      staff: ["p0002@example.com", "p0004@example.com"],
    });
  });

  test("who exists at the target already is not taken over", async () => {
    const w = world({ protect: { users: ["root@example.com"] }, policy: { existingAccounts: "adopt" } });
    const target = await w.target();
    const options = { signal: new AbortController().signal };
    await target.users.create({ userName: "root@example.com", active: true }, options);
    await target.close();
    w.directory.people("p", 3);
    await w.sync();
    w.directory.person("root", { login: "root@example.com" });
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {}, protected: { count: 1 } });
  });

  test("is told in the plan, where nobody can approve it", async () => {
    const w = await managed({ protect: { users: ["root"] } });
    w.directory.remove("root");
    const { items } = await w.plan();
    expect(items.map(({ action, blocked }) => [action, blocked])).toEqual([
      ["deactivate", 'protected: protect.users names "root"'],
    ]);
  });

  test("is let go as soon as the entry is taken out", async () => {
    const w = await managed({ protect: { users: ["root"] } });
    w.directory.remove("root");
    await w.sync();
    w.options = {};
    expect(await w.sync()).toMatchObject({ applied: { deactivate: 1, "remove member": 1 } });
  });

  test("whose account bears a protected name at the target, as is seen right before the call, is left alone", async () => {
    const w = await managed({ protect: { users: ["glass@example.com"] } });
    w.directory.remove("p0005");
    await byHand(w, "user", "p0005@example.com", set("userName", "glass@example.com"));
    const report = await w.sync();
    expect(report).toMatchObject({ applied: {}, protected: { count: 1 } });
  });
});

test("a protected group keeps its name and its members", async () => {
  const w = await managed({
    protect: { groups: ["ADMINS"] },
    policy: { groups: { push: true, nested: "flatten", removed: "delete" } },
  });
  w.directory.group("admins", ["p0009"], { name: "Renamed" }).join("staff", "p0009");
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { "add member": 1 } });
  w.directory.remove("admins");
  await w.sync();
  expect((await w.groups())["admins"]).toEqual(["p0001@example.com", "root@example.com"]);
});

test("an entry that means nobody is told", async () => {
  const w = await managed({ protect: { users: ["root", "rot"], groups: ["Admins", "Admin"] } });
  expect((await w.sync()).unknownEntries).toEqual([
    'protect.users: nobody in the snapshot answers to "rot"; only an account of that name at the target is kept from being taken over',
    'protect.groups: no group in the snapshot answers to "Admin"; only a group of that name at the target is kept from being taken over',
  ]);
});
