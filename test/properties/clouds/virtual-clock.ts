import type { Clock } from "../../../src/clock.ts";

const DAY_MS = 86_400_000;

/** Time that passes only where somebody waits or says so. */
export class VirtualClock implements Clock {
  #time = Date.UTC(2026, 10, 1);

  readonly now = (): number => this.#time;

  pass(ms: number): void {
    this.#time += ms;
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#time += ms;
  }

  /** Begins another day, so late that nothing is left of what was remembered for a while. */
  leap(): void {
    this.#time = (Math.floor(this.#time / DAY_MS) + 3) * DAY_MS;
  }
}
