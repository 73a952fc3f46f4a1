import { expect, test } from "vitest";
import { worlds } from "../world.ts";

const world = worlds();

test("a newcomer whom a late copy of the directory does not find keeps the account, and everything is read again until it is certain", async () => {
  const w = world();
  w.directory.lateMs = 3_600_000;
  w.directory.people("p", 9).person("ann").group("team", ["ann"]);
  await w.sync();
  w.directory.hide("ann", "not-found");
  expect(await w.sync({ full: true })).toMatchObject({ applied: {}, read: { absent: 0 } });
  expect(await w.sync()).toMatchObject({ applied: {}, read: { type: "full" } });
  expect((await w.users()).get("ann@example.com")?.["active"]).toBe(true);
  w.clock.pass(3_600_000);
  expect(await w.sync()).toMatchObject({
    applied: { deactivate: 1, "remove member": 1 },
    read: { type: "full" },
  });
  expect(await w.sync()).toMatchObject({ applied: {}, read: { type: "delta" } });
});

test("who was found meanwhile is as before", async () => {
  const w = world();
  w.directory.lateMs = 3_600_000;
  w.directory.people("p", 9).person("ann");
  await w.sync();
  w.directory.hide("ann", "not-found");
  await w.sync({ full: true });
  w.directory.person("ann");
  expect(await w.sync()).toMatchObject({ applied: {}, read: { type: "full" } });
  expect(await w.sync()).toMatchObject({ applied: {}, read: { type: "delta" } });
});
