import { describe, expect, test } from "vitest";
import { type World, worlds } from "../world.ts";
import { byHand, createByHand, set } from "./by-hand.ts";

const world = worlds();

describe("an account that goes from somebody who left to somebody who came", () => {
  async function halfWay(): Promise<World> {
    const w = world({ settleMs: 1000 });
    w.directory.people("p", 20).person("ann");
    await w.sync();
    w.directory.remove("ann");
    await w.sync();
    w.directory.person("anna", { login: "ann@example.com", name: "Anna" });
    expect(await w.sync()).toMatchObject({ holds: [{ class: "adoptions", waiting: 1 }] });
    w.approve();
    w.after = (call) => {
      if (call.method === "patch") w.die();
    };
    await w.sync().catch(() => {});
    w.after = () => {};
    expect((await w.users()).get("ann@example.com")).toMatchObject({ active: true, externalId: "anna" });
    return w;
  }

  test("is found to have gone over after a crash, and stays on", async () => {
    const w = await halfWay();
    expect(await w.sync({ reconcile: true })).toMatchObject({
      outcome: "done",
      holds: [],
      reconcile: { found: {} },
    });
    expect((await w.users()).get("ann@example.com")).toMatchObject({ active: true, externalId: "anna" });
  });

  test("is not switched off for the one who left while nobody knows what became of the call", async () => {
    const w = await halfWay();
    w.options = { ...w.options, settleMs: 3_600_000 };
    w.directory.person("ann", { enabled: false });
    await w.sync({ reconcile: true });
    expect((await w.users()).get("ann@example.com")).toMatchObject({ active: true, externalId: "anna" });
    w.clock.pass(2 * 3_600_000);
    await w.sync({ reconcile: true });
    expect((await w.users()).get("ann@example.com")).toMatchObject({ active: true, externalId: "anna" });
  });
});

test("what a later look refuses is no match any more: a person is asked about the other alone", async () => {
  const w = world();
  await createByHand(w, "user", { userName: "ben@example.com", active: true });
  await createByHand(w, "user", { userName: "cleo@example.com", active: true });
  w.directory.people("p", 5).person("ben").person("cleo");
  expect(await w.sync()).toMatchObject({ holds: [{ class: "adoptions", waiting: 2 }] });
  await byHand(w, "user", "ben@example.com", set("externalId", "cleo"));
  w.clock.pass(25 * 3_600_000);
  const report = await w.sync();
  expect(report.failures).toMatchObject([{ sourceId: "ben", action: "match" }]);
  expect(report.holds).toMatchObject([{ class: "adoptions", waiting: 1 }]);
});

test("what one person's sync left in doubt is looked at although the first run waits for its approval", async () => {
  const w = world({ settleMs: 1000 });
  await createByHand(w, "user", { userName: "ben@example.com", active: true });
  await createByHand(w, "user", { userName: "cleo@example.com", active: true });
  w.directory.people("p", 5).person("ben");
  expect(await w.sync()).toMatchObject({ firstRunHeld: true });
  w.approve();
  w.after = (call) => {
    if (call.method === "patch") w.die();
  };
  await w.sync({ user: "ben@example.com" }).catch(() => {});
  w.after = () => {};
  w.directory.person("cleo");
  await w.sync();
  w.clock.pass(5000);
  expect(await w.sync()).toMatchObject({ firstRunHeld: true, holds: [{ class: "adoptions", waiting: 1 }] });
  const store = w.store();
  expect(store.pending.doubtful()).toEqual([]);
  store.close();
});

test("whom the directory no longer shows is switched off by a person's word alone, also who was switched on by hand", async () => {
  const w = world();
  w.directory.people("p", 20).person("ann");
  await w.sync();
  w.directory.person("ann", { enabled: false });
  await w.sync();
  await byHand(w, "user", "ann@example.com", set("active", true));
  w.directory.hide("ann");
  await w.sync({ full: true });
  expect((await w.users()).get("ann@example.com")).toMatchObject({ active: true });
  expect(await w.sync({ reconcile: true })).toMatchObject({ holds: [{ class: "not-visible", waiting: 1 }] });
  w.approve();
  await w.sync();
  expect((await w.users()).get("ann@example.com")).toMatchObject({ active: false });
});
