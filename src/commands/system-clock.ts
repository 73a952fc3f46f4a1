import { uptime } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../clock.ts";

/** What is no sleep of the machine but the imprecision of its uptime, which may be counted in whole seconds. */
const toleranceMs = 2500;

/** Of `performance.now()`, which stands still while the machine sleeps, and of the time since it was started, which does not. */
function apart(): number {
  try {
    return uptime() * 1000 - performance.now();
  } catch {
    // Some sandboxes keep it to themselves; then a sleep looks like a clock that was set.
    return 0;
  }
}

let known = apart();
let slept = 0;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  steady: () => performance.now(),
  elapsed() {
    const since = apart() - known;
    if (since > toleranceMs) {
      slept += since;
      known += since;
    }
    return performance.now() + slept;
  },
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, { signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  },
};
