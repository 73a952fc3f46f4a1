import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  begun,
  ended,
  firstSchedule,
  isDue,
  resumed,
  type Schedule,
  shifted,
  withInterval,
} from "../../src/daemon/schedule.ts";

const everyMs = 40 * 60_000;
const nine = Date.UTC(2026, 10, 22, 9);
const minutes = (n: number) => n * 60_000;

describe("the first cycle", () => {
  test("of a single connection is due at once", () => {
    expect(firstSchedule("staff", everyMs, { now: nine, isAlone: true })).toEqual({ due: nine, everyMs });
  });

  test("of each of many is due within a tenth of its interval, at another time than the others, and always at the same", () => {
    const names = Array.from({ length: 100 }, (_, n) => `connection-${n}`);
    const dues = names.map((name) => firstSchedule(name, everyMs, { now: nine, isAlone: false }).due - nine);
    expect(Math.max(...dues)).toBeLessThan(everyMs / 10);
    expect(Math.min(...dues)).toBeGreaterThanOrEqual(0);
    expect(new Set(dues.map((due) => Math.floor(due / 1000))).size).toBeGreaterThan(60);
    expect(names.map((name) => firstSchedule(name, everyMs, { now: 0, isAlone: false }).due)).toEqual(dues);
  });
});

describe("the next cycle", () => {
  const schedule: Schedule = { due: nine, everyMs };

  test("is due one interval after this one was due, however late it began", () => {
    expect(begun(schedule, nine).due).toBe(nine + everyMs);
    expect(begun(schedule, nine + minutes(39)).due).toBe(nine + everyMs);
  });

  test("makes up once for all that were missed, and keeps to the whole intervals", () => {
    expect(begun(schedule, nine + 100 * everyMs + minutes(3)).due).toBe(nine + 101 * everyMs);
    expect(begun(schedule, nine + everyMs).due).toBe(nine + 2 * everyMs);
  });

  test("is not put off by one on demand in between", () => {
    expect(ended(begun(schedule, nine - minutes(5)))).toEqual(schedule);
  });

  test("stays on the whole intervals after the first, whatever happens", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10 * everyMs }), { maxLength: 50 }), (waits) => {
        let now = nine;
        let current: Schedule = { due: nine, everyMs };
        for (const wait of waits) {
          now += wait;
          if (!isDue(current, now)) continue;
          current = ended(begun(current, now));
          expect((current.due - nine) % everyMs).toBe(0);
          expect(current.due).toBeGreaterThan(now);
          expect(current.due - now).toBeLessThanOrEqual(everyMs);
        }
      }),
    );
  });
});

describe("after a restart", () => {
  test("nothing is repeated and nothing put off", () => {
    const kept = ended(begun({ due: nine, everyMs }, nine));
    expect(resumed(kept, nine + minutes(10))).toEqual(kept);
    expect(isDue(resumed(kept, nine + minutes(10)), nine + minutes(10))).toBe(false);
  });

  test("a cycle that was cut is made up for at once, and only once", () => {
    const cut = begun({ due: nine, everyMs }, nine);
    expect(isDue(cut, nine + 1)).toBe(true);
    const again = begun(cut, nine + minutes(1));
    expect(isDue(again, nine + minutes(2))).toBe(false);
    expect(again.due).toBe(nine + everyMs);
    const next = begun(again, nine + everyMs);
    expect(isDue(next, nine + everyMs + 1)).toBe(true);
  });

  test("a due time farther away than one interval is that of a clock that was set back since: it is due", () => {
    const kept = { due: nine + everyMs, everyMs };
    expect(resumed(kept, nine)).toEqual(kept);
    expect(resumed(kept, nine - 1).due).toBe(nine - 1);
  });
});

test("another interval counts from the cycle before", () => {
  const kept = { due: nine + everyMs, everyMs };
  expect(withInterval(kept, minutes(10))).toEqual({ due: nine + minutes(10), everyMs: minutes(10) });
  expect(withInterval(kept, everyMs)).toBe(kept);
});

test("a clock that is set leaves the time until the next cycle as it is", () => {
  expect(shifted({ due: nine, everyMs, cut: "again" }, -minutes(60))).toEqual({
    due: nine - minutes(60),
    everyMs,
    cut: "again",
  });
});
