import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../src/errors.ts";
import { takeLock } from "../../src/store/lock.ts";
import { Station } from "./station.ts";

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 9, 10, 7);

/** When turns began, ms since the start on the wall clock. */
function began(station: Station, what = "a cycle on schedule"): number[] {
  return station.events.flatMap((event) =>
    event.type === "began" && event.doing.what === what ? [event.at - start] : [],
  );
}

const staff = "connections:\n  staff: { source: people }\n";

describe("when a daemon starts", () => {
  test("a single connection that never ran begins at once, and goes on every 40 minutes", async () => {
    await using station = new Station(start);
    station.configure(staff);
    await station.start();
    await station.pass(2 * hour);
    expect(began(station)).toEqual([0, 40 * minute, 80 * minute, 120 * minute]);
  });

  test("several that never ran begin apart from each other, within a tenth of their interval", async () => {
    await using station = new Station(start);
    const names = Array.from({ length: 8 }, (_, n) => `c${n}`);
    station.configure(`connections:\n${names.map((name) => `  ${name}: { source: people }\n`).join("")}`);
    await station.start();
    await station.pass(39 * minute);
    const starts = began(station);
    expect(starts).toHaveLength(8);
    expect(new Set(starts).size).toBe(8);
    expect(Math.max(...starts)).toBeLessThan(4 * minute);
  });

  test("--sync-now runs a cycle of each at once, whatever the clock says, and shifts no clock", async () => {
    await using station = new Station(start);
    station.configure(staff);
    await station.start();
    await station.pass(50 * minute);
    await station.stop();
    await station.start({ syncNow: true });
    await station.pass(40 * minute);
    expect(began(station, "the cycle at the start of the daemon")).toEqual([50 * minute]);
    expect(began(station)).toEqual([0, 40 * minute, 80 * minute]);
    expect(station.ask("staff", "select trigger from run order by id")).toEqual(
      ["schedule", "schedule", "on demand", "schedule"].map((trigger) => ({ trigger })),
    );
  });

  test("--sync-now is the cycle that was missed, and the first one of a connection that never ran", async () => {
    await using station = new Station(start);
    station.configure(staff);
    await station.start({ syncNow: true });
    await station.pass(30 * minute);
    await station.stop();
    await station.pass(20 * minute);
    await station.start({ syncNow: true });
    await station.pass(40 * minute);
    expect(began(station, "the cycle at the start of the daemon")).toEqual([0, 50 * minute]);
    expect(began(station)).toEqual([80 * minute]);
  });
});

describe("a cycle that cannot be run", () => {
  test("because another process has the connection begins as soon as that is done, and it is said once", async () => {
    await using station = new Station(start);
    station.configure(staff);
    await station.start();
    await station.pass(39 * minute);
    const lock = takeLock(join(station.folder, "state", "staff.lock"), "staff");
    await station.pass(6 * minute);
    expect(station.worker.status().connections).toMatchObject([{ busySince: start + 40 * minute }]);
    lock.release();
    await station.pass(minute);
    expect(
      station.ask("staff", "select started_at - (select min(started_at) from run) as at from run"),
    ).toEqual([{ at: 0 }, { at: 45 * minute + 15_000 }]);
    expect(station.worker.status().connections).toMatchObject([
      { busySince: undefined, nextAt: start + 80 * minute },
    ]);
    expect(station.log.filter(({ level }) => level === "warn").map(({ msg }) => msg)).toEqual([
      "another process works on the connection: the cycle begins as soon as that is done",
    ]);
  });

  test("for a reason that a person has to mend is tried when it is due again, and said each time", async () => {
    await using station = new Station(start);
    station.configure(staff);
    station.source = {
      identity: () => {
        throw new ConfigurationError("the key is not there");
      },
    };
    await station.start();
    await station.pass(hour);
    expect(began(station)).toEqual([0, 40 * minute]);
    const errors = station.log.filter(({ level }) => level === "error");
    expect(errors).toMatchObject([
      { connection: "staff", msg: "the cycle could not be run", error: { message: "the key is not there" } },
      { connection: "staff", next: new Date(start + 80 * minute).toISOString() },
    ]);
  });
});

test("each cycle is one line in the log, which says why where it did not end well", async () => {
  await using station = new Station(start);
  station.configure(staff);
  station.directory.answersNobody = true;
  await station.start();
  await station.pass(30 * minute);
  station.directory.answersNobody = false;
  await station.pass(20 * minute);
  expect(station.log.filter(({ level }) => level !== "debug")).toMatchObject([
    {
      level: "warn",
      connection: "staff",
      msg: "cycle ended",
      outcome: "failed",
      problem: expect.stringContaining("nobody"),
    },
    { level: "info", connection: "staff", msg: "cycle ended", outcome: "done" },
  ]);
  expect(station.log.at(-1)).not.toHaveProperty("problem");
});

describe("windows", () => {
  const office = (zone: string) =>
    `connections:\n  staff: { source: people, windows: ["* 6-22 * * 1-5"], timezone: ${zone} }\n`;

  test("outside nothing begins; in the first minute inside what was missed begins once, and the whole intervals stay", async () => {
    await using station = new Station(start);
    station.configure(office("Europe/London"));
    // Friday, 23 October 2026, 12:00 in London; the clocks go back in the night to Sunday.
    station.clock.set(Date.UTC(2026, 9, 23, 11) - start);
    await station.start();
    await station.pass(4 * 24 * hour);
    const local = (at: number) =>
      new Intl.DateTimeFormat("en-GB", {
        timeZone: "Europe/London",
        weekday: "short",
        hour: "2-digit",
        minute: "2-digit",
      }).format(start + at);
    const starts = began(station);
    const overNight = starts.filter((at, n) => at - (starts[n - 1] ?? at) > hour);
    expect(overNight.map(local)).toEqual(["Mon 06:00", "Tue 06:00"]);
    const first = starts[0] ?? 0;
    expect(starts.filter((at) => (at - first) % (40 * minute) !== 0)).toEqual(overNight);
    // Friday from noon on, all of Monday, and Tuesday up to eleven.
    expect(starts.length).toBe(17 + 26 + 9);
    // Four days, minute by minute.
  }, 60_000);

  test("a person's cycle runs at any time, and the next one of the clock is known", async () => {
    await using station = new Station(start);
    station.configure(office("UTC"));
    await station.start();
    await station.pass(2 * hour);
    expect(began(station)).toEqual([]);
    expect(station.worker.status().connections).toMatchObject([{ nextAt: Date.UTC(2026, 9, 12, 6) }]);
    const report = await station.worker.cycle(
      "staff",
      { purpose: "sync", trigger: "on demand" },
      { what: "sync by ann" },
    );
    expect(report.outcome).toBe("done");
  });
});

describe("a person", () => {
  const three = ["staff", "crew", "guild"].map((name) => `  ${name}: { source: people }\n`).join("");

  /** One place, and every cycle takes ten minutes. */
  async function slowStation(): Promise<{ readonly station: Station; readonly order: string[] }> {
    const station = new Station(start);
    station.configure(`daemon: { cyclesAtOnce: 1 }\nconnections:\n${three}`);
    station.readSlowly(10 * minute);
    await station.start();
    const order: string[] = [];
    station.worker.watch((event) => {
      if (event.type === "began") order.push(`${event.connection}: ${event.doing.what}`);
    });
    await station.pass(5 * minute);
    return { station, order };
  }

  test("waits for the cycle of the same connection, is told so, and others see it", async () => {
    const { station, order } = await slowStation();
    await using _ = station;
    const busy = order[0]?.split(":")[0] ?? "";
    const behind: string[] = [];
    const asked = { what: "sync by ann", waiting: ({ what }: { what: string }) => behind.push(what) };
    const done = station.worker.cycle(busy, { purpose: "sync", trigger: "on demand" }, asked);
    await station.pass(minute);
    expect(behind).toEqual(["a cycle on schedule"]);
    const work = station.worker.status().connections.find(({ connection }) => connection === busy);
    expect(work).toMatchObject({
      doing: { what: "a cycle on schedule" },
      waiting: [{ what: "sync by ann" }],
    });
    await station.pass(hour);
    expect((await done).outcome).toBe("done");
  });

  test("gets the next place before all whom the clock has sent", async () => {
    const { station, order } = await slowStation();
    await using _ = station;
    const done = station.worker.turn("other", { what: "plan by ann", place: "person" }, async () => {});
    await station.pass(hour);
    await done;
    expect(order.map((text) => text.split(": ")[1])).toEqual([
      "a cycle on schedule",
      "plan by ann",
      ...Array(order.length - 2).fill("a cycle on schedule"),
    ]);
    expect(order.length).toBeGreaterThanOrEqual(4);
  });

  test("who does what is done in a moment waits for no place", async () => {
    const { station } = await slowStation();
    await using _ = station;
    await station.worker.turn("other", { what: "approval by ann" }, async () => {});
  });
});
