import { describe, expect, test } from "vitest";
import { boundTo } from "../../src/store/approval.ts";
import { boundToReference, type Rejection } from "../../src/store/rejections.ts";
import type { Store } from "../../src/store/store.ts";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();

const leavers = Array.from({ length: 12 }, (_, n) => `p${String(n).padStart(4, "0")}`);

/** Twelve of forty people leave, and wait for a person's word. */
async function held(options?: WorldOptions): Promise<World> {
  const w = world(options);
  w.directory.people("p", 40);
  await w.sync();
  for (const id of leavers) w.directory.remove(id);
  expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ waiting: 12 }] });
  return w;
}

/** Says no to what is wanted now of these people. */
function reject(w: World, ids: readonly string[], name: Rejection["class"] = "deactivations"): void {
  inStore(w, (store) =>
    store.transaction(() => {
      const rows = ids.flatMap((id) => store.people.find(id, "user"));
      const changes = rows.map((row) => ({ resource: row.id, class: name, bound: boundTo(row) }));
      store.holds.reject(changes, { actor: "ann", reason: "a mistake", at: w.clock.now() });
    }),
  );
}

function inStore<Result>(w: World, look: (store: Store) => Result): Result {
  const store = w.store();
  try {
    return look(store);
  } finally {
    store.close();
  }
}

describe("what a person rejected", () => {
  test("is not sent, does not come up again, and is not counted with what comes later", async () => {
    const w = await held();
    reject(w, leavers);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {}, holds: [], plan: { rejected: 12 } });
    // Alone 10 are below the limit; with those that were rejected they would be over it.
    for (let n = 20; n < 30; n++) w.directory.remove(`p${String(n).padStart(4, "0")}`);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 10 }, holds: [] });
    expect((await w.users()).get("p0001@example.com")).toMatchObject({ active: true });
  });

  test("leaves the others of its hold waiting", async () => {
    const w = await held();
    reject(w, leavers.slice(0, 1));
    expect(inStore(w, (store) => store.holds.open())).toHaveLength(1);
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {}, holds: [{ waiting: 11 }] });
  });

  test("leaves the others waiting also where they alone are few enough to go", async () => {
    const w = await held();
    reject(w, leavers.slice(0, 5));
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {}, holds: [{ waiting: 7 }] });
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {}, holds: [{ waiting: 7 }] });
    reject(w, leavers.slice(5));
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
    for (let n = 20; n < 25; n++) w.directory.remove(`p${String(n).padStart(4, "0")}`);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 5 } });
  });

  test("is told in a plan with who said so, when and why", async () => {
    const w = await held();
    reject(w, leavers);
    const { report, items } = await w.plan();
    expect(items).toHaveLength(12);
    expect(items[0]).toMatchObject({
      action: "deactivate",
      rejected: true,
      blocked: "rejected by ann on 2026-11-01: a mistake",
    });
    expect(report.plan).toMatchObject({ actions: {}, blocked: 0, rejected: 12 });
  });

  test("is asked about anew when something else is wanted, or when it is wanted again after it was not", async () => {
    const w = await held({ policy: { whenDeleted: "deactivate" } });
    reject(w, leavers);
    await w.sync();
    for (const id of leavers) w.directory.person(id, { enabled: false });
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {}, holds: [{ waiting: 12 }] });
    reject(w, leavers);
    for (const id of leavers) w.directory.person(id, { enabled: true });
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
    expect(inStore(w, (store) => store.holds.rejections.count)).toBe(0);
    for (const id of leavers) w.directory.person(id, { enabled: false });
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {}, holds: [{ waiting: 12 }] });
  });

  test("of a change that no guard limits is not sent either", async () => {
    const w = world();
    w.directory.person("ann", { title: "A" });
    await w.sync();
    w.directory.person("ann", { title: "B" });
    await w.plan();
    reject(w, ["ann"], "changes");
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
    expect((await w.users()).get("ann@example.com")).toMatchObject({ title: "A" });
    w.directory.person("ann", { title: "C" });
    expect((await w.sync()).applied).toEqual({ update: 1 });
  });

  test("of one membership keeps that one, and lets the group's others through", async () => {
    const w = world();
    w.directory.people("p", 8).group("team", ["p0000", "p0001", "p0002", "p0003"]);
    await w.sync();
    w.directory.leave("team", "p0001").join("team", "p0005").join("team", "p0006");
    await w.plan();
    inStore(w, (store) =>
      store.transaction(() => {
        const [group] = store.people.find("team", "group");
        const changes = (["p0001", "p0006"] as const).map((id, at) => {
          const [row] = store.people.find(id, "user");
          const guarded = { id: row?.id ?? 0, grp: group?.id ?? 0, joins: at === 1, desired: null };
          return {
            resource: guarded.id,
            grp: guarded.grp,
            class: "member-removals",
            bound: boundTo(guarded),
          } as const;
        });
        store.holds.reject(changes, { actor: "ann", reason: "stays", at: w.clock.now() });
      }),
    );
    const { items } = await w.plan();
    expect(items.map(({ members, rejected }) => ({ ...members, rejected }))).toEqual([
      { add: ["p0005@example.com"], remove: [], of: 4, rejected: undefined },
      { add: [], remove: ["p0001@example.com"], of: 4, rejected: true },
      { add: ["p0006@example.com"], remove: [], of: 4, rejected: true },
    ]);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { "add member": 1 } });
    expect((await w.groups())["team"]).toEqual(
      ["p0000", "p0001", "p0002", "p0003", "p0005"].map((id) => `${id}@example.com`),
    );
    w.directory.join("team", "p0001");
    await w.sync();
    w.directory.leave("team", "p0001");
    expect(await w.sync()).toMatchObject({ applied: { "remove member": 1 } });
  });

  test("of a reference leaves whom it named before", async () => {
    const w = world();
    w.directory.people("p", 3).person("ann", { manager: "p0001" });
    await w.sync();
    w.directory.person("ann", { manager: "p0002" });
    await w.plan();
    inStore(w, (store) =>
      store.transaction(() => {
        const [ann] = store.people.find("ann", "user");
        const [wanted] = store.people.find("p0002", "user");
        const [path = ""] = store.people.references(ann?.id ?? 0).map((each) => each.path);
        const resource = ann?.id ?? 0;
        const bound = boundToReference(resource, path, wanted?.id ?? 0);
        store.holds.reject([{ resource, path, class: "changes", bound }], {
          actor: "ann",
          reason: "not yet",
          at: w.clock.now(),
        });
      }),
    );
    expect((await w.plan()).items).toMatchObject([{ action: "reference", rejected: true }]);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
    w.directory.person("ann", { manager: "p0000" });
    expect((await w.sync()).applied).toEqual({ "set reference": 1 });
  });
});
