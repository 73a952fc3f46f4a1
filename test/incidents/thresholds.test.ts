import { expect, test, vi } from "vitest";
import { Managed } from "../docs/managed.ts";
import { worlds } from "../world.ts";

// Whole companies over real sockets: a machine that is busy takes its time.
vi.setConfig({ testTimeout: 60_000 });

const world = worlds();

/**
 * An organisational unit was unticked, or the seasonal staff left: 600, 800, 3,500 and 16,402 deletions were stopped by a threshold of 500, and
 * every one of the four was mended by switching the threshold off (jaapwesselius.com, ammarhasayen.com, credera.com, theexchangeguy.nl).
 */
test("600 people who leave at once are held, and let go by one yes for this one list; the limit stays", async () => {
  const leavers = 600;
  const w = world({ scope: { users: "user.department != 'gone'" } });
  w.directory.pageSize = 1000;
  const ids = Array.from({ length: leavers + 200 }, (_, at) => `p${at}`);
  for (const id of ids) w.directory.person(id);
  await w.sync();
  w.clock.pass(25 * 3_600_000);
  w.calls.length = 0;
  for (const id of ids.slice(0, leavers)) w.directory.person(id, { department: "gone" });
  for (let cycle = 0; cycle < 3; cycle++) {
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: {},
      holds: [{ class: "deactivations", waiting: leavers, base: leavers + 200 }],
    });
  }
  expect(w.written).toEqual([]);
  w.approve();
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: leavers } });
  for (const id of ids.slice(leavers)) w.directory.person(id, { department: "gone" });
  expect(await w.sync()).toMatchObject({
    outcome: "held",
    applied: {},
    holds: [{ class: "deactivations", waiting: 200 }],
  });
});

test.each([
  [800, 2000],
  [3500, 9000],
  [16_402, 40_000],
])("%i of %i are held too, where a limit by number would have been set high", async (leavers, people) => {
  const managed = await Managed.open(world(), people);
  expect(managed.held("deletions", leavers)).toContain(
    `${leavers} of ${people + 1} people or groups would be deleted`,
  );
  expect(managed.held("deactivations", leavers)).toContain(
    `${leavers} of ${people} people would be deactivated`,
  );
  await managed.close();
});
