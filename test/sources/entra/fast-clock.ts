import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../../src/clock.ts";

/** Real time in which waiting takes none: what would have been slept is added to it. */
export class FastClock implements Clock {
  readonly slept: number[] = [];
  #skippedMs = 0;

  now(): number {
    return Date.now() + this.#skippedMs;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.slept.push(ms);
    this.#skippedMs += ms;
    await setImmediate();
    signal.throwIfAborted();
  }
}
