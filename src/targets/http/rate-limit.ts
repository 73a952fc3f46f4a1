/** Keeps to a service's published limits, and stands still while it asks everybody to wait. */
import pLimit, { type LimitFunction } from "p-limit";
import type { Clock } from "../../clock.ts";
import type { SharedTimes } from "../target.ts";

/** Requests that draw on one budget. */
export type Budget = "userWrites" | "groupWrites" | "reads";

/** A bucket of tokens; what is kept of it, for all who share it, is when it is level again. */
interface Bucket {
  /** A limit that is edited is another bucket. */
  readonly name: string;
  /** Time that one request costs, ms. */
  readonly intervalMs: number;
  /** How far ahead of its steady rate a burst may run, ms. */
  readonly slackMs: number;
}

/**
 * One bucket a limit; a request takes a token of each that it falls under. Of all who ask here one at a time takes a place in the line that
 * everybody shares: a process that dies loses one place, and whoever has much to ask stands no more often than others.
 */
export class RateLimit {
  readonly #buckets: Readonly<Record<Budget, readonly Bucket[]>>;
  readonly #turns: Readonly<Record<Budget, LimitFunction>>;
  readonly #clock: Clock;
  readonly #times: SharedTimes;

  constructor(
    limits: Readonly<Record<Budget, readonly { readonly perMinute: number; readonly burst: number }[]>>,
    clock: Clock,
    times: SharedTimes = ownTimes(clock),
  ) {
    const bucketsOf = (budget: Budget) =>
      limits[budget].map(({ perMinute, burst }) => ({
        name: `${budget} ${perMinute}/${burst}`,
        intervalMs: 60_000 / perMinute,
        slackMs: (60_000 / perMinute) * (burst - 1),
      }));
    this.#buckets = {
      userWrites: bucketsOf("userWrites"),
      groupWrites: bucketsOf("groupWrites"),
      reads: bucketsOf("reads"),
    };
    this.#turns = { userWrites: pLimit(1), groupWrites: pLimit(1), reads: pLimit(1) };
    this.#clock = clock;
    this.#times = times;
  }

  /** Resolves when the next request of this kind may go; rejects with the signal's reason. */
  async take(budget: Budget, signal: AbortSignal): Promise<void> {
    await this.#turns[budget](async () => {
      signal.throwIfAborted();
      for (;;) {
        for (let left = this.#pauseMs(); left > 0; left = this.#pauseMs())
          await this.#clock.sleep(left, signal);
        const wait = this.#placeIn(budget);
        if (wait <= 0) return;
        await this.#clock.sleep(wait, signal);
        // Whose turn comes while everybody is to wait goes to the end of the line: or all would go at once afterwards.
        if (this.#pauseMs() <= 0) return;
      }
    });
  }

  /** Nobody goes before `time`: the service refuses everybody until then. */
  pauseUntil(time: number): void {
    this.#times.change([pause], ([known = 0]) => [Math.max(known, time)]);
  }

  #pauseMs(): number {
    return Math.ceil(this.#times.read(pause) - this.#clock.now());
  }

  /** Takes the next place in line; ms until its turn. */
  #placeIn(budget: Budget): number {
    const buckets = this.#buckets[budget];
    if (buckets.length === 0) return 0;
    let wait = 0;
    this.#times.change(
      buckets.map(({ name }) => name),
      (known, now) =>
        buckets.map(({ intervalMs, slackMs }, index) => {
          const level = Math.max(known[index] ?? 0, now);
          wait = Math.max(wait, level - slackMs - now);
          return level + intervalMs;
        }),
    );
    return Math.ceil(wait);
  }
}

const pause = "pause";

/** For whoever has the service to itself. */
function ownTimes(clock: Clock): SharedTimes {
  const times = new Map<string, number>();
  const read = (name: string) => times.get(name) ?? 0;
  return {
    read,
    change(names, work) {
      for (const [index, time] of work(names.map(read), clock.now()).entries())
        times.set(names[index] ?? "", time);
    },
  };
}
