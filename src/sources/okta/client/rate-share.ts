import type { Clock } from "../../../clock.ts";

interface Bucket {
  readonly limit: number;
  /** Requests that the organisation still takes until `resetAt`, as far as we know. */
  remaining: number;
  /** By this machine's clock, ms. */
  readonly resetAt: number;
}

/** Part of our share that may be used at full speed; what is left is spread until the counters start again. */
const FREE = 0.5;

/**
 * Keeps our requests below a share of each rate limit, by the X-Rate-Limit headers of the answers.
 * https://developer.okta.com/docs/reference/rl-best-practices/
 */
export class RateShare {
  readonly #share: number;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  /** `share`: 0 to 1. */
  constructor(share: number, clock: Clock) {
    this.#share = share;
    this.#clock = clock;
  }

  /** Resolves when a request to this path may go; rejects with the signal's reason. */
  async take(path: string, signal: AbortSignal): Promise<void> {
    const bucket = this.#buckets.get(bucketOf(path));
    if (bucket === undefined) return;
    const wait = this.#wait(bucket);
    bucket.remaining -= 1;
    if (wait > 0) await this.#clock.sleep(Math.ceil(wait), signal);
  }

  /** Notes what an answer says of its limit. */
  note(path: string, headers: Headers): void {
    const limit = Number(headers.get("x-rate-limit-limit") ?? Number.NaN);
    const remaining = Number(headers.get("x-rate-limit-remaining") ?? Number.NaN);
    const resetMs = msUntilReset(headers, this.#clock.now());
    // Both 0 is the limit of simultaneous requests, which has no counter.
    if (!(limit > 0) || !Number.isFinite(remaining) || resetMs === undefined) return;
    this.#buckets.set(bucketOf(path), { limit, remaining, resetAt: this.#clock.now() + resetMs });
  }

  #wait({ limit, remaining, resetAt }: Bucket): number {
    const untilReset = resetAt - this.#clock.now();
    if (untilReset <= 0) return 0;
    const ours = limit * this.#share;
    const left = remaining - (limit - ours);
    if (left > ours * FREE) return 0;
    // A second more: the counters are kept in whole seconds.
    return left < 1 ? untilReset + 1000 : untilReset / left;
  }
}

/** Milliseconds from an answer to the next start of its counter, by the server's own clock; undefined when it does not say. */
export function msUntilReset(headers: Headers, now: number): number | undefined {
  const reset = headers.get("x-rate-limit-reset");
  if (reset === null || !/^\d{1,12}$/.test(reset)) return undefined;
  const date = Date.parse(headers.get("date") ?? "");
  return Math.max(0, Number(reset) * 1000 - (Number.isNaN(date) ? now : date));
}

/** "/api/v1/groups/00g1/users?limit=200" and those of all other groups share a limit. */
function bucketOf(path: string): string {
  const [collection, id, below] = path.replace(/\?.*$/, "").split("/").slice(3);
  return [collection, id === undefined ? "" : "*", below ?? ""].join("/");
}
