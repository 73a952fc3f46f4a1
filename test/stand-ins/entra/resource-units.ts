import { Refusal } from "./answer.ts";

const WINDOW_MS = 10_000;

/** What one app may ask of one tenant: a bucket of resource units that refills evenly over ten seconds. */
export class ResourceUnits {
  #used = 0;
  #at = 0;

  /** Throws the 429 of the service, with the time until there is room as fractional seconds. */
  take(units: number, perWindow: number, now: number, scope: string): void {
    if (!Number.isFinite(perWindow)) return;
    this.#used = Math.max(0, this.#used - ((now - this.#at) * perWindow) / WINDOW_MS);
    this.#at = now;
    if (this.#used + units <= perWindow) {
      this.#used += units;
      return;
    }
    const waitMs = ((this.#used + units - perWindow) * WINDOW_MS) / perWindow;
    throw throttled((Math.ceil(waitMs) / 1000).toFixed(3), scope);
  }
}

/** As published; `retryAfter` undefined leaves the header out. */
export function throttled(retryAfter: string | undefined, scope?: string): Refusal {
  return new Refusal(429, "TooManyRequests", "Please retry again later.", {
    headers: {
      ...(retryAfter === undefined ? {} : { "Retry-After": retryAfter }),
      ...(scope === undefined
        ? {}
        : { "x-ms-throttle-scope": scope, "x-ms-throttle-information": "ResourceUnitLimitExceeded" }),
    },
    inner: { code: "429", message: "Please retry after", status: "429" },
  });
}
