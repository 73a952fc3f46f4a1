import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { TargetTimes } from "../../src/store/target-times.ts";
import { RateLimit } from "../../src/targets/http/rate-limit.ts";
import { SteppedClock } from "./stepped-clock.ts";

type Limits = ConstructorParameters<typeof RateLimit>[0];

const { signal } = new AbortController();
const none: Limits = { userWrites: [], groupWrites: [], reads: [] };
const hour = 3_600_000;

let folder: string;
const opened: TargetTimes[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-budget-"));
});

afterEach(() => {
  for (const each of opened.splice(0)) each.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A connection to the target, with a handle of its own on the file that they share. */
function connection(limits: Limits, clock: SteppedClock, target = "app"): RateLimit {
  const times = new TargetTimes(folder, target, clock);
  opened.push(times);
  return new RateLimit(limits, clock, times);
}

/** Asks for so many user writes, `lanes` at once; gives when each went. */
function writes(rate: RateLimit, clock: SteppedClock, count: number, lanes = 4): Promise<number[]> {
  const went: number[] = [];
  let left = count;
  const lane = async () => {
    while (left-- > 0) {
      await rate.take("userWrites", signal);
      went.push(clock.passed);
    }
  };
  return Promise.all(Array.from({ length: lanes }, lane)).then(() => went);
}

function mostIn(went: readonly number[], windowMs: number): number {
  const sorted = went.toSorted((a, b) => a - b);
  return Math.max(
    ...sorted.map((start, at) => sorted.slice(at).filter((time) => time < start + windowMs).length),
  );
}

const limited = (perMinute: number, burst = 1): Limits => ({ ...none, userWrites: [{ perMinute, burst }] });

describe("connections to one target", () => {
  test("never exceed its limit together, whatever they ask for at once", async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 6, max: 600 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(
          fc.record({ count: fc.integer({ min: 1, max: 60 }), lanes: fc.integer({ min: 1, max: 8 }) }),
          {
            minLength: 2,
            maxLength: 4,
          },
        ),
        async (perMinute, burst, askers) => {
          const clock = new SteppedClock();
          const target = `app-${++round}`;
          const work = askers.map(({ count, lanes }) =>
            writes(connection(limited(perMinute, burst), clock, target), clock, count, lanes),
          );
          await clock.until(work);
          const went = (await Promise.all(work)).flat();
          expect(mostIn(went, 60_000)).toBeLessThanOrEqual(perMinute + burst);
          expect(mostIn(went, 60_000 / perMinute)).toBeLessThanOrEqual(burst + 1);
          // And nothing of the limit is wasted.
          const total = askers.reduce((sum, { count }) => sum + count, 0);
          expect(clock.passed).toBeLessThanOrEqual(
            (Math.max(0, total - burst) * 60_000) / perMinute + total + 1,
          );
        },
      ),
      { numRuns: 15 },
    );
  }, 60_000);

  test("take turns: neither starves, however many requests the other has waiting", async () => {
    const clock = new SteppedClock();
    const [busy, quiet] = [connection(limited(60), clock), connection(limited(60), clock)];
    const all = writes(busy, clock, 50, 8);
    const some = writes(quiet, clock, 10, 1);
    await clock.until([some]);
    // Ten of each, one a second.
    expect(clock.passed).toBeLessThanOrEqual(21_000);
    await clock.until([all]);
  });

  test("are not kept waiting by one whose process died with a queue of requests", async () => {
    const clock = new SteppedClock();
    const dying = new AbortController();
    const dead = connection(limited(60), clock);
    const requests = Array.from({ length: 50 }, () => dead.take("userWrites", dying.signal));
    for (const each of requests) each.catch(() => {});
    await clock.until([requests[0] ?? Promise.resolve()]);
    dying.abort();
    opened.pop()?.close();
    const alive = writes(connection(limited(60), clock), clock, 3);
    await clock.until([alive]);
    // It had gone once and stood in line once.
    expect(await alive).toEqual([2_000, 3_000, 4_000]);
  });

  test("all stand still when the service has asked one of them to wait", async () => {
    const clock = new SteppedClock();
    const [told, other] = [connection(none, clock), connection(none, clock)];
    told.pauseUntil(clock.now() + 30_000);
    told.pauseUntil(clock.now() + 10_000);
    expect(await clock.until([other.take("reads", signal)])).toBe(30_000);
    expect(await clock.until([told.take("reads", signal)])).toBe(0);
  });

  test("do not all go at once when a wait is over during which their turns came", async () => {
    const clock = new SteppedClock();
    const five = Array.from({ length: 5 }, () => connection(limited(60), clock));
    const work = five.map((rate) => writes(rate, clock, 2, 1));
    await clock.until([clock.sleep(500, signal)]);
    five[0]?.pauseUntil(clock.now() + 20_000);
    await clock.until(work);
    const went = (await Promise.all(work)).flat();
    expect(went.filter((time) => time < 20_500)).toEqual([0]);
    expect(mostIn(went, 1_000)).toBe(1);
  });

  test("to different targets have nothing in common", async () => {
    const clock = new SteppedClock();
    const [one, another] = [connection(limited(1), clock, "one"), connection(limited(1), clock, "another")];
    one.pauseUntil(clock.now() + hour);
    expect(await clock.until([another.take("userWrites", signal)])).toBe(0);
  });
});

describe("a wall clock that is set", () => {
  test("back by hours keeps nobody waiting longer, and the limit is still kept", async () => {
    const clock = new SteppedClock();
    const [one, another] = [connection(limited(60, 3), clock), connection(limited(60, 3), clock)];
    await clock.until([writes(one, clock, 5)]);
    one.pauseUntil(clock.now() + 5_000);
    clock.ahead -= 7 * hour;
    const before = clock.passed;
    const later = writes(another, clock, 5);
    await clock.until([later]);
    expect(clock.passed - before).toBeGreaterThanOrEqual(5_000);
    expect(clock.passed - before).toBeLessThanOrEqual(12_000);
  });

  test("back while somebody waits costs that wait once more at most", async () => {
    const clock = new SteppedClock();
    const rate = connection(limited(60), clock);
    rate.pauseUntil(clock.now() + 10_000);
    const waiting = rate.take("userWrites", signal);
    await clock.until([clock.sleep(5_000, signal)]);
    clock.ahead -= 3 * hour;
    await clock.until([waiting]);
    expect(clock.passed).toBeLessThanOrEqual(20_000);
  });

  test("ahead and back again leaves the budget as it was when it was last used", async () => {
    const clock = new SteppedClock();
    const rate = connection(limited(60, 3), clock);
    clock.ahead += 5 * hour;
    await clock.until([writes(rate, clock, 4)]);
    clock.ahead -= 5 * hour;
    const later = writes(connection(limited(60, 3), clock), clock, 3);
    await clock.until([later]);
    expect(await later).toEqual([3_000, 4_000, 5_000]);
  });
});

test("a turn costs no wait for the disk: a thousand of them take less than a second", async () => {
  const clock = new SteppedClock();
  const rate = connection(limited(600_000, 10_000), clock);
  await rate.take("userWrites", signal);
  const start = performance.now();
  for (let each = 0; each < 1_000; each++) await rate.take("userWrites", signal);
  const took = performance.now() - start;
  expect(took).toBeLessThan(1_000);
});
