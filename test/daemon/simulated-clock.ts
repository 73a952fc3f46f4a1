import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../src/clock.ts";

interface Sleeper {
  /** By the time that the machine was awake. */
  readonly wakesAt: number;
  wake(): void;
}

/** A machine's three clocks, which go on only when told to: whoever sleeps wakes in order. */
export class SimulatedClock implements Clock {
  /** Counts only while the machine is awake; timers go by it. */
  awake = 0;
  /** How long the machine slept. */
  slept = 0;
  /** What the wall clock shows beyond both. */
  ahead: number;
  readonly #sleepers: Sleeper[] = [];

  constructor(start: number) {
    this.ahead = start;
  }

  readonly now = (): number => this.awake + this.slept + this.ahead;
  readonly steady = (): number => this.awake;
  readonly elapsed = (): number => this.awake + this.slept;

  /** Everybody who sleeps. */
  get sleepers(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      const forget = () => {
        const at = this.#sleepers.indexOf(sleeper);
        if (at >= 0) this.#sleepers.splice(at, 1);
        signal.removeEventListener("abort", onAbort);
      };
      const onAbort = () => {
        forget();
        reject(signal.reason);
      };
      const sleeper: Sleeper = {
        wakesAt: this.awake + ms,
        wake() {
          forget();
          resolve();
        },
      };
      signal.addEventListener("abort", onAbort);
      this.#sleepers.push(sleeper);
    });
  }

  /** The machine sleeps: its timers stand still meanwhile. */
  suspend(ms: number): void {
    this.slept += ms;
  }

  /** An admin or a time server sets the wall clock. */
  set(ms: number): void {
    this.ahead += ms;
  }

  /** Lets so much time pass awake. While `isBusy` time stands still: what is under way takes none but what it sleeps. */
  async pass(ms: number, isBusy: () => boolean = () => false): Promise<void> {
    const end = this.awake + ms;
    for (;;) {
      await setImmediate();
      if (isBusy()) continue;
      const next = this.#next();
      if (next === undefined || next.wakesAt > end) break;
      this.awake = Math.max(this.awake, next.wakesAt);
      next.wake();
    }
    this.awake = end;
  }

  #next(): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const each of this.#sleepers) if (first === undefined || each.wakesAt < first.wakesAt) first = each;
    return first;
  }
}
