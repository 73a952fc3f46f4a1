/** Keeps to a service's published limits, and stands still while it asks everybody to wait. */
import type { Clock } from "../../clock.ts";

/** Requests that draw on one budget. */
export type Budget = "userWrites" | "groupWrites" | "reads";

interface Bucket {
  /** Time that one request costs, ms. */
  readonly intervalMs: number;
  /** How far ahead of its steady rate a burst may run, ms. */
  readonly slackMs: number;
  /** When the bucket is level again. */
  levelAt: number;
}

/** One bucket of tokens a limit; a request takes a token of each that it falls under, in the order of asking. */
export class RateLimit {
  readonly #buckets: Readonly<Record<Budget, readonly Bucket[]>>;
  readonly #clock: Clock;
  #pausedUntil = 0;

  constructor(
    limits: Readonly<Record<Budget, readonly { readonly perMinute: number; readonly burst: number }[]>>,
    clock: Clock,
  ) {
    const bucketsOf = (budget: Budget) =>
      limits[budget].map(({ perMinute, burst }) => ({
        intervalMs: 60_000 / perMinute,
        slackMs: (60_000 / perMinute) * (burst - 1),
        levelAt: 0,
      }));
    this.#buckets = {
      userWrites: bucketsOf("userWrites"),
      groupWrites: bucketsOf("groupWrites"),
      reads: bucketsOf("reads"),
    };
    this.#clock = clock;
  }

  /** Resolves when the next request of this kind may go; rejects with the signal's reason. */
  async take(budget: Budget, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    let start = this.#clock.now();
    for (const bucket of this.#buckets[budget]) {
      const level = Math.max(bucket.levelAt, this.#clock.now());
      start = Math.max(start, level - bucket.slackMs);
      bucket.levelAt = level + bucket.intervalMs;
    }
    for (let wait = this.#wait(start); wait > 0; wait = this.#wait(start))
      await this.#clock.sleep(wait, signal);
  }

  /** Nobody goes before `time`: the service refuses everybody until then. */
  pauseUntil(time: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, time);
  }

  #wait(start: number): number {
    return Math.ceil(Math.max(start, this.#pausedUntil) - this.#clock.now());
  }
}
