import type { Clock } from "../../../clock.ts";

/** Stands before every request of a tenant: once the service asks one of them to wait, all of them wait. */
export class Gate {
  readonly #clock: Clock;
  #opensAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  closeFor(ms: number): void {
    this.#opensAt = Math.max(this.#opensAt, this.#clock.now() + ms);
  }

  /** Resolves when the gate is open, with the time that was spent here in ms. Rejects at once when the signal aborts. */
  async pass(signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    let waitedMs = 0;
    // Closed again while we waited: wait again.
    for (let ms = this.#left(); ms > 0; ms = this.#left()) {
      await this.#clock.sleep(ms, signal);
      waitedMs += ms;
    }
    return waitedMs;
  }

  #left(): number {
    return this.#opensAt - this.#clock.now();
  }
}
