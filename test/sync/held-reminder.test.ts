import { expect, test } from "vitest";
import { worlds } from "../world.ts";

const world = worlds();
const hour = 3_600_000;

test("what waits for more than a day is said once a day, with the class that waits longest first, and no longer when it is answered", async () => {
  const w = world();
  w.directory.people("p", 40);
  await w.sync();
  for (let n = 0; n < 12; n++) w.directory.remove(`p${String(n).padStart(4, "0")}`);
  const first = await w.sync();
  expect(first).toMatchObject({ outcome: "held", heldReminder: undefined });
  w.clock.pass(12 * hour);
  for (let n = 20; n < 34; n++)
    w.directory.person(`p${String(n).padStart(4, "0")}`, { login: `x${n}@example.com` });
  expect((await w.sync()).heldReminder).toBeUndefined();
  w.clock.pass(13 * hour);
  const reminded = await w.sync();
  expect(reminded.heldReminder).toEqual({
    changes: 12,
    classes: ["deactivations"],
    oldest: first.holds[0]?.openedAt,
  });
  w.clock.pass(hour);
  expect((await w.sync()).heldReminder).toBeUndefined();
  expect((await w.plan()).report.heldReminder).toBeUndefined();
  w.clock.pass(24 * hour);
  expect((await w.sync()).heldReminder).toMatchObject({
    changes: 26,
    classes: ["deactivations", "identifier-changes"],
  });
  w.approve();
  w.clock.pass(25 * hour);
  expect(await w.sync()).toMatchObject({ outcome: "done", heldReminder: undefined });
});
