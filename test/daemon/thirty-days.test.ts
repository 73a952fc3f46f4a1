import { expect, test } from "vitest";
import { CredentialsRefused } from "../../src/errors.ts";
import { Station } from "./station.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const every = 40 * minute;

/** When cycles of the schedule began, by the time that nobody sets. */
function startsOf(station: Station): number[] {
  const { clock, events } = station;
  const starts: number[] = [];
  events.length = 0;
  const push = events.push.bind(events);
  events.push = (...all) => {
    for (const each of all)
      if (each.type === "began" && each.doing.what === "a cycle on schedule") starts.push(clock.elapsed());
    return push(...all);
  };
  return starts;
}

test("in 30 days a cycle begins every 40 minutes from the first, whatever happens to the machine", async () => {
  await using station = new Station();
  station.configure("connections:\n  staff: { source: people }\n");
  // Nobody edits anything, and to look 86,400 times takes longer than all the rest.
  station.pollMs = day;
  const { clock, directory } = station;
  const starts = startsOf(station);
  const first = clock.elapsed();
  let asked = 0;
  let refusing = false;
  station.source = {
    poll: (cursor, signal) => {
      asked += 1;
      if (refusing) throw new CredentialsRefused("the directory refuses the login");
      return directory.source().poll(cursor, signal);
    },
  };
  /** Starts that are no whole intervals after the first, and why. */
  const made: string[] = [];
  const until = (at: number) => station.pass(first + at - clock.elapsed());
  const restart = async (downMs: number) => {
    expect(await station.stop()).toBe(true);
    await station.pass(downMs);
    await station.start();
  };

  await station.start();
  await until(1 * day + 11 * minute);
  await restart(3 * minute);
  await until(2 * day + 39 * minute);
  await restart(5 * minute);
  made.push("down when a cycle was due");

  await until(4 * day + 7 * minute);
  clock.suspend(5 * hour);
  made.push("asleep when cycles were due");

  await until(6 * day + 13 * minute);
  clock.set(90 * minute);
  await until(7 * day + 13 * minute);
  clock.set(-3 * hour);
  await until(8 * day + 13 * minute);
  clock.set(90 * minute);

  await until(9 * day + 5 * minute);
  await restart(3 * hour);
  made.push("down for three hours");

  // A process that is started anew again and again.
  await until(11 * day + 1 * minute);
  for (let n = 0; n < 10; n++) await restart(2 * minute);

  // A person's cycles in between.
  await until(12 * day + 17 * minute);
  for (let n = 0; n < 5; n++) {
    await station.worker.cycle("staff", { purpose: "sync", trigger: "on demand" }, { what: "sync by ann" });
    await station.pass(3 * minute);
  }

  // The night in which the clocks of London go back is among the days before; two days of quarantine follow.
  await until(16 * day + 1 * minute);
  const [startsBefore, askedBefore] = [starts.length, asked];
  refusing = true;
  await until(18 * day + 1 * minute);
  refusing = false;
  const inQuarantine = { cycles: starts.length - startsBefore, attempts: asked - askedBefore };
  await until(30 * day);

  const offGrid = starts.filter((at) => (at - first) % every !== 0);
  const gaps = starts.slice(1).map((at, n) => at - (starts[n] ?? 0));
  const odd = gaps.filter((gap) => gap !== every).map((gap) => gap / minute);
  console.log(
    `${starts.length} cycles on schedule in 30 days of 36; ${gaps.length - odd.length} of ${gaps.length} gaps are 40 minutes, the others ${odd.join(", ")}; ` +
      `${inQuarantine.cycles} cycles in a quarantine of 2 days, of which ${inQuarantine.attempts} asked the directory`,
  );

  // Late by what the machine was down or slept, and the next one again on the whole interval.
  expect(offGrid).toHaveLength(made.length);
  expect(odd).toHaveLength(2 * made.length);
  // Asleep, 8 intervals went by with one cycle in them; down, 5 with one.
  expect(starts.length).toBe(30 * 36 + 1 - (8 - 2) - (5 - 2));
  // The clock goes on; the cycle itself asks only after 40 minutes, 80, 160 ...: seven times in two days.
  expect(inQuarantine).toEqual({ cycles: 72, attempts: 7 });
  // At no moment two.
  let underWay = 0;
  for (const { type } of station.events) {
    if (type === "began") underWay += 1;
    if (type === "ended") underWay -= 1;
    expect(underWay).toBeLessThanOrEqual(1);
  }
}, 300_000);
