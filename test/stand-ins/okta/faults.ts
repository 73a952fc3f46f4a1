/** Something that goes wrong for the next `times` requests (default: for ever) that fit. */
export interface Fault {
  /** A regular expression on path and query. */
  readonly path?: string;
  readonly method?: string;
  times?: number;
  /** So many fitting requests go well before. */
  after?: number;
  /**
   * "answer": the given one; "rate limit": a 429 as the service gives it; "cut": half a body; "lose": no answer at all;
   * "slow": the right answer after `ms`; "empty page": nothing but a next link to the same place; "repeat": the next page
   * begins with the last object of this one; "last page": the right page without the link to the next one.
   */
  readonly how: "answer" | "rate limit" | "cut" | "lose" | "slow" | "empty page" | "repeat" | "last page";
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For "slow" how long the answer takes, for "rate limit" how far away X-Rate-Limit-Reset is. Default 1000. */
  readonly ms?: number;
}

/** Takes the first fault that fits a request off the queue. */
export function takeFault(faults: readonly Fault[], method: string, path: string): Fault | undefined {
  const found = faults.find(
    (fault) =>
      fault.times !== 0 && (fault.method ?? method) === method && new RegExp(fault.path ?? "").test(path),
  );
  if (found?.after !== undefined && found.after > 0) {
    found.after -= 1;
    return undefined;
  }
  if (found?.times !== undefined) found.times -= 1;
  return found;
}
