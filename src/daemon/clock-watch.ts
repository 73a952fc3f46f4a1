import type { Clock } from "../clock.ts";

/** What is no setting of the clock but the imprecision of reading two of them. */
const toleranceMs = 1000;

/** Notices when somebody sets the wall clock. Time that the machine slept has passed, and is no setting. */
export class ClockWatch {
  readonly #clock: Clock;
  #ahead: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#ahead = this.#measured();
  }

  /** By how much the wall clock was set since last asked, ms; negative: set back. */
  moved(): number {
    const ahead = this.#measured();
    const moved = ahead - this.#ahead;
    if (Math.abs(moved) < toleranceMs) return 0;
    this.#ahead = ahead;
    return moved;
  }

  #measured(): number {
    const clock = this.#clock;
    const now = clock.now();
    return now - (clock.elapsed?.() ?? clock.steady?.() ?? now);
  }
}

/** Time in which the process could have done something, ms since any moment: neither set by anybody, nor slept through by the machine. */
export function awake(clock: Clock): number {
  return clock.steady?.() ?? clock.now();
}
