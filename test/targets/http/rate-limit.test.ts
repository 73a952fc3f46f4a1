import fc from "fast-check";
import { expect, test } from "vitest";
import { RateLimit } from "../../../src/targets/http/rate-limit.ts";
import { fakeClock } from "../fake-clock.ts";

const signal = new AbortController().signal;
const none = { userWrites: [], groupWrites: [], reads: [] };

/** When each of `count` requests went, in ms from the first. */
async function times(limits: ConstructorParameters<typeof RateLimit>[0], count: number): Promise<number[]> {
  const clock = fakeClock(1_000_000);
  const rate = new RateLimit(limits, clock);
  const went: number[] = [];
  for (let each = 0; each < count; each++) {
    await rate.take("userWrites", signal);
    went.push(clock.now() - 1_000_000);
  }
  return went;
}

test("a burst goes at once, the rest at the steady rate", async () => {
  expect(await times({ ...none, userWrites: [{ perMinute: 60, burst: 3 }] }, 6)).toEqual([
    0, 0, 0, 1_000, 2_000, 3_000,
  ]);
});

test("of two limits the stricter counts", async () => {
  const limits = [
    { perMinute: 600, burst: 1 },
    { perMinute: 60, burst: 2 },
  ];
  expect(await times({ ...none, userWrites: limits }, 4)).toEqual([0, 100, 1_000, 2_000]);
});

test("budgets are apart, and who has none does not wait", async () => {
  const clock = fakeClock(0);
  const rate = new RateLimit({ ...none, userWrites: [{ perMinute: 1, burst: 1 }] }, clock);
  await rate.take("userWrites", signal);
  for (let each = 0; each < 1_000; each++) await rate.take("reads", signal);
  expect(clock.waits).toEqual([]);
});

test("no window of a minute holds more than rate and burst allow", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 600 }),
      fc.integer({ min: 1, max: 50 }),
      async (perMinute, burst) => {
        const went = await times({ ...none, userWrites: [{ perMinute, burst }] }, 300);
        for (const [index, start] of went.entries()) {
          const within = went.slice(index).filter((time) => time < start + 60_000).length;
          expect(within).toBeLessThanOrEqual(perMinute + burst);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test("nobody goes while everybody is to wait", async () => {
  const clock = fakeClock(0);
  const rate = new RateLimit(none, clock);
  rate.pauseUntil(5_000);
  rate.pauseUntil(3_000);
  await rate.take("reads", signal);
  expect(clock.now()).toBe(5_000);
});
