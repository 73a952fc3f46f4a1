import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../src/clock.ts";

interface Sleeper {
  readonly wakesAt: number;
  wake(): void;
}

/** A clock for several who sleep at once: when nobody has anything left to do, time goes on to the next who wakes. */
export class SteppedClock implements Clock {
  /** Time that nobody sets: what sleepers go by. */
  passed = 0;
  /** How far an admin has set the wall clock ahead of it. */
  ahead = Date.UTC(2026, 10, 22, 8);
  readonly #sleepers: Sleeper[] = [];

  now(): number {
    return this.passed + this.ahead;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) reject(signal.reason);
      const sleeper = { wakesAt: this.passed + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal.addEventListener("abort", () => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
        reject(signal.reason);
      });
    });
  }

  /** Lets time pass until all of this is done; gives how long that took, ms. */
  async until(work: readonly Promise<unknown>[]): Promise<number> {
    const start = this.passed;
    let done = false;
    const all = Promise.all(work).finally(() => {
      done = true;
    });
    all.catch(() => {});
    for (;;) {
      await setImmediate();
      if (done) break;
      const [next] = this.#sleepers.toSorted((a, b) => a.wakesAt - b.wakesAt);
      if (next === undefined) continue;
      this.#sleepers.splice(this.#sleepers.indexOf(next), 1);
      this.passed = Math.max(this.passed, next.wakesAt);
      next.wake();
    }
    await all;
    return this.passed - start;
  }
}
