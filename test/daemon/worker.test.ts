import { expect, test } from "vitest";
import { BusyError } from "../../src/errors.ts";
import { Station } from "./station.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const staff = "connections:\n  staff: { source: people }\n";

/** A directory that is silent for so long in the read with this number, and ends when it is told to if it listens. */
async function silentStation(how: { readonly ms: number; readonly listens: boolean }): Promise<Station> {
  const station = new Station();
  station.configure(staff);
  const { directory } = station;
  let reads = 0;
  station.source = {
    async *poll(cursor, signal) {
      reads += 1;
      if (reads === 2) await station.linger(how.ms, how.listens ? signal : new AbortController().signal);
      yield* directory.source().poll(cursor, signal);
    },
  };
  await station.start();
  return station;
}

const begins = (station: Station) =>
  station.events.flatMap((event) => (event.type === "began" ? [event.at] : []));

test("work that shows no sign of life for two hours is cut off, made up for once, and the clock goes on", async () => {
  await using station = await silentStation({ ms: 24 * hour, listens: true });
  await station.pass(41 * minute);
  await station.pass(hour);
  expect(station.worker.isAlive()).toBe(true);
  expect(begins(station)).toHaveLength(2);
  await station.pass(2 * hour);
  expect(station.log.map(({ msg }) => msg)).toContain("no sign of life for too long: its calls are cut off");
  const [first = 0] = begins(station);
  expect(begins(station).map((at) => Math.floor((at - first) / minute))).toEqual([0, 40, 160, 200]);
  expect(station.worker.isAlive()).toBe(true);
});

test("the worker counts as hung when what was cut off does not end", async () => {
  await using station = await silentStation({ ms: 4 * hour, listens: false });
  await station.pass(40 * minute + 2 * hour + 4 * minute);
  expect(station.worker.isAlive()).toBe(true);
  await station.pass(2 * minute);
  expect(station.worker.isAlive()).toBe(false);
  await station.pass(2 * hour);
  expect(station.worker.isAlive()).toBe(true);
});

test("a machine that slept has not hung", async () => {
  await using station = await silentStation({ ms: 10 * minute, listens: true });
  await station.pass(41 * minute);
  station.clock.suspend(12 * hour);
  await station.pass(5 * minute);
  expect(station.worker.isAlive()).toBe(true);
  expect(station.log.map(({ msg }) => msg)).not.toContain(
    "no sign of life for too long: its calls are cut off",
  );
});

test("a stop waits for what is under way, and lets nothing begin any more", async () => {
  await using station = await silentStation({ ms: hour, listens: false });
  await station.pass(41 * minute);
  const { worker } = station;
  const stopped = station.stop();
  await expect(worker.turn("staff", { what: "plan by ann" }, async () => {})).rejects.toThrow(BusyError);
  await station.pass(61 * second);
  expect(station.log.at(-1)?.msg).toBe("what is under way does not end by itself: its calls are cut off");
  await station.pass(11 * second);
  expect(await stopped).toBe(false);
  await station.pass(hour);
  expect(station.clock.sleepers).toBe(0);
});

test("a stop ends those who wait for their turn at once, and what listens at its next step", async () => {
  await using station = await silentStation({ ms: hour, listens: true });
  await station.pass(41 * minute);
  const waiting = station.worker.turn("staff", { what: "plan by ann" }, async () => {});
  const refused = expect(waiting).rejects.toThrow();
  const stopped = station.stop();
  await station.pass(second);
  await refused;
  await station.pass(75 * second);
  expect(await stopped).toBe(true);
  expect(station.clock.sleepers).toBe(0);
  // What was cut short is made up for as soon as it starts again.
  await station.start();
  await station.pass(second);
  expect(station.ask("staff", "select outcome from run order by id")).toEqual([
    { outcome: "done" },
    { outcome: "interrupted" },
    { outcome: "done" },
  ]);
});

test("whoever watches sees a turn from its beginning to its end, and no more after they are gone", async () => {
  await using station = new Station();
  station.configure("connections:\n  staff: { source: people, every: 7d }\n");
  const worker = await station.start();
  await station.pass(minute);
  const seen: string[] = [];
  const gone = worker.watch((event) => seen.push(event.type));
  await worker.cycle("staff", { purpose: "sync", trigger: "on demand" }, { what: "sync by ann" });
  expect([seen[0], ...seen.slice(-2)]).toEqual(["began", "report", "ended"]);
  expect(seen).toContain("progress");
  gone();
  const { length } = seen;
  await worker.turn("staff", { what: "pause by ann" }, async () => {});
  expect(seen).toHaveLength(length);
});

test("whoever asked and goes away ends what was begun for them, and nothing else", async () => {
  await using station = await silentStation({ ms: 0, listens: true });
  await station.pass(minute);
  const enough = new AbortController();
  const done = station.worker.turn(
    "staff",
    { what: "plan by ann", signal: enough.signal },
    ({ signal }) =>
      new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve("ended early"))),
  );
  enough.abort();
  expect(await done).toBe("ended early");
  await station.pass(hour);
  expect(begins(station)).toHaveLength(3);
});
