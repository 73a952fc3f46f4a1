/** A clock whose waits are over at once: they move the time, and are written down. */
import type { Clock } from "../../src/clock.ts";

export interface FakeClock extends Clock {
  readonly waits: number[];
}

export function fakeClock(start = Date.parse("2026-11-22T12:00:00Z")): FakeClock {
  let now = start;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    async sleep(ms, signal) {
      signal.throwIfAborted();
      waits.push(ms);
      now += ms;
    },
  };
}
