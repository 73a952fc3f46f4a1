import pLimit, { type LimitFunction } from "p-limit";

/** So many cycles at once, whoever asks for them. */
export class Places {
  readonly #all: LimitFunction;
  readonly #schedule: LimitFunction;

  constructor(count: number) {
    this.#all = pLimit(count);
    // Through both, so that of those whom the clock sends never more stand before a person than there are places.
    this.#schedule = pLimit(count);
  }

  /** For whoever comes from now on. */
  resize(count: number): void {
    this.#all.concurrency = count;
    this.#schedule.concurrency = count;
  }

  /** Does the work when there is a place. Whoever gave up meanwhile leaves it to the next, and gets the signal's reason. */
  take<Result>(
    who: "person" | "schedule",
    signal: AbortSignal,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const begin = () => {
      signal.throwIfAborted();
      return work();
    };
    return who === "person" ? this.#all(begin) : this.#schedule(() => this.#all(begin));
  }
}
