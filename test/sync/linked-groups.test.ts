import { expect, test } from "vitest";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();
const { signal } = new AbortController();
const linking = (link: Readonly<Record<string, string>>): WorldOptions => ({
  policy: { groups: { push: true, nested: "flatten", removed: "keep", link } },
});

/** A group that stands at the target already, with one member of its own. */
async function existing(w: World, displayName: string): Promise<string> {
  const target = await w.target();
  const { id } = await target.groups.create({ displayName }, { signal });
  await target.close();
  return id;
}

const sales = (w: World) => w.directory.people("p", 3).group("g1", ["p0000", "p0001"], { name: "Sales" });
const groupNames = async (w: World) => Object.keys(await w.groups()).sort();

test.each(["name", "id"])("a group is linked by the %s of both, without an approval", async (by) => {
  const w = world();
  const id = await existing(w, "Legacy Sales");
  w.options = linking(by === "id" ? { g1: id } : { Sales: "legacy sales" });
  sales(w);
  expect(await w.sync()).toMatchObject({
    outcome: "done",
    firstRunHeld: false,
    applied: { create: 3, "adopt group": 1, "add member": 2 },
  });
  expect(await groupNames(w)).toEqual(["Sales"]);
  const store = w.store();
  expect(store.people.find("g1", "group")[0]).toMatchObject({ targetId: id, origin: "adopted" });
  store.close();
  w.calls.length = 0;
  await w.sync();
  expect(w.calls).toEqual([]);
});

test("the plan says which group was found, and that nothing holds it", async () => {
  const w = world(linking({ Sales: "Legacy Sales" }));
  const id = await existing(w, "Legacy Sales");
  sales(w);
  const { items } = await w.plan();
  expect(items.find(({ kind }) => kind === "group")).toMatchObject({
    action: "adopt",
    found: { targetId: id, by: "id" },
  });
  expect(items.find(({ kind }) => kind === "group")).not.toHaveProperty("blocked");
});

test("a group that the configuration does not name is still not taken over without a person's word", async () => {
  const w = world({ ...linking({ Sales: "Legacy Sales" }) });
  await existing(w, "Legacy Sales");
  await existing(w, "team");
  sales(w).group("team", ["p0002"]);
  expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "adoptions", n: 1 }] });
});

test("where the group at the target is missing, the group fails and no second one is created; it is linked once it is there", async () => {
  const w = world(linking({ Sales: "Legacy Sales" }));
  sales(w);
  const report = await w.sync();
  expect(report).toMatchObject({ outcome: "failing", applied: { create: 3 } });
  expect(report.failures[0]?.message).toContain(
    'policy.groups.link: directory holds no group "Legacy Sales"',
  );
  for (let n = 0; n < 3; n++) {
    w.clock.pass(25 * 3_600_000);
    await w.sync();
  }
  expect(await groupNames(w)).toEqual([]);
  await existing(w, "Legacy Sales");
  w.clock.pass(25 * 3_600_000);
  expect((await w.sync()).applied).toEqual({ "adopt group": 1, "add member": 2 });
});

test("where two groups at the target have the name, the group fails until the configuration names one by id", async () => {
  const w = world(linking({ Sales: "Legacy Sales" }));
  const id = await existing(w, "Legacy Sales");
  const open = w.target.bind(w);
  w.target = async () => {
    const target = await open();
    const find = async (...given: Parameters<typeof target.groups.find>) => {
      const hits = await target.groups.find(...given);
      return hits.flatMap((hit) => [hit, { ...hit, id: "another" }]);
    };
    return { ...target, groups: Object.assign(Object.create(target.groups), { find }) };
  };
  sales(w);
  const report = await w.sync();
  expect(report.failures[0]?.message).toContain("holds 2 groups");
  w.options = linking({ Sales: id });
  expect((await w.sync()).applied).toEqual({ "adopt group": 1, "add member": 2 });
});

test("a group that another of ours is linked to is a named conflict", async () => {
  const w = world();
  sales(w);
  await w.sync();
  w.options = linking({ team: "Sales" });
  w.directory.group("team", ["p0002"]);
  const report = await w.sync();
  expect(report.failures[0]?.message).toContain("is linked to somebody else already");
  expect(await groupNames(w)).toEqual(["Sales"]);
});

test("a linked group that is deleted at the target is not made anew behind anybody's back", async () => {
  const w = world(linking({ Sales: "Legacy Sales" }));
  const id = await existing(w, "Legacy Sales");
  sales(w);
  await w.sync();
  const target = await w.target();
  await target.groups.delete(id, { signal });
  await target.close();
  w.directory.group("g1", ["p0000"], { name: "Sales EMEA" });
  for (let n = 0; n < 3; n++) {
    await w.sync();
    w.clock.pass(25 * 3_600_000);
  }
  expect(await groupNames(w)).toEqual([]);
});

test("a group of the directory that nobody finds ends the cycle, and nobody was touched", async () => {
  const w = world(linking({ Marketing: "Legacy" }));
  sales(w);
  await expect(w.sync()).rejects.toThrow('policy.groups.link: there is no group "Marketing"');
  expect(w.written).toEqual([]);
});

test("whatever the group is called later, the one that was meant stays meant", async () => {
  const w = world(linking({ Sales: "Legacy Sales" }));
  sales(w);
  await w.sync();
  await existing(w, "Legacy Sales");
  w.directory.group("g1", ["p0000"], { name: "Sales EMEA" }).group("g2", ["p0002"], { name: "Sales" });
  w.clock.pass(25 * 3_600_000);
  const { applied } = await w.sync();
  expect(applied).toMatchObject({ "adopt group": 1, "create group": 1 });
  expect(await w.groups()).toEqual({ "Sales EMEA": ["p0000@example.com"], Sales: ["p0002@example.com"] });
});

test("a group that waits for an approval is taken over once the configuration names it", async () => {
  const w = world();
  const id = await existing(w, "Sales");
  sales(w);
  expect((await w.sync()).holds).toMatchObject([{ class: "adoptions", n: 1 }]);
  w.options = linking({ Sales: id });
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { "adopt group": 1 } });
});
