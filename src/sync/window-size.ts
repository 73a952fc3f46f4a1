/** About as long as the calls of one window take, in ms. */
const aimMs = 2000;

/** What a window of a fast target holds. */
const most = 512;

/**
 * How many rows are marked, sent and settled together. A commit waits for the disk as long for one row as for hundreds; but what was marked and not
 * settled when a process dies is looked at one by one. So a window holds what the target takes in two seconds: never less than it begins with,
 * and no more than twice as many as the one before.
 */
export class WindowSize {
  readonly #least: number;
  #rows: number;

  constructor(least: number) {
    this.#least = least;
    this.#rows = least;
  }

  get rows(): number {
    return this.#rows;
  }

  /** A window of so many calls took so long. */
  took(calls: number, ms: number): void {
    // Where nothing was sent, or a clock was set back, nothing was learned.
    if (calls === 0 || ms < 0) return;
    const fitting = Math.floor((calls * aimMs) / Math.max(1, ms));
    this.#rows = Math.max(this.#least, Math.min(fitting, this.#rows * 2, most));
  }
}
