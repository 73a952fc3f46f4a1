import { expect, test } from "vitest";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();

async function managed(options: WorldOptions): Promise<World> {
  const w = world(options);
  w.directory.people("p", 20).person("canary", { mail: "canary@birds.example" }).group("team", ["p0001"]);
  await w.sync();
  w.calls.length = 0;
  return w;
}

test("a full read without the canary removes nobody and moves no cursor", async () => {
  const w = await managed({ canary: { user: "canary@example.com" } });
  const before = w.store();
  const cursor = before.cursor?.text;
  before.close();
  w.directory.hide("canary", "not-found").hide("p0003", "not-found");
  const report = await w.sync({ full: true });
  expect(report).toMatchObject({ outcome: "failed", applied: {} });
  expect(report.problem?.message).toBe(
    'staff: nobody in what the directory showed answers to the canary "canary@example.com" (canary.user): the read does not count as complete, and nobody was touched',
  );
  expect(w.written).toEqual([]);
  const store = w.store();
  expect(store.cursor?.text).toBe(cursor);
  expect(store.isPresent("p0003")).toBe(true);
  store.close();
});

test("a canary that the read itself calls gone is missing", async () => {
  const w = await managed({ canary: { user: "canary" } });
  w.directory.remove("canary");
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 1 } });
  expect(await w.sync({ full: true })).toMatchObject({ outcome: "failed" });
});

test("a canary that is there is found by id, name or e-mail address, and a group by its name", async () => {
  for (const user of ["canary", "Canary@example.com", "canary@birds.example"]) {
    const w = await managed({ canary: { user, group: "team" } });
    expect(await w.sync({ full: true })).toMatchObject({ outcome: "done" });
  }
});

test("a canary that nobody knows fails the very first read, and writes nothing", async () => {
  const w = world({ canary: { group: "ghosts" } });
  w.directory.people("p", 3);
  expect(await w.sync()).toMatchObject({ outcome: "failed", applied: {} });
  expect(w.written).toEqual([]);
});
