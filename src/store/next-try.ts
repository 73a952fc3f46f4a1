/**
 * When something that was refused is tried again: at a time, ms since 1970 UTC. "next cycle": the target was not to be reached, which says
 * nothing about the object and does not count. "never": not until a person or the directory says otherwise.
 */
export type NextTry = number | "next cycle" | "never";

/** The columns of what was refused at `at`. */
export function triedAgain(next: NextTry, at: number) {
  if (next === "never") return { retryAt: null, givenUp: at, counts: 1 };
  return next === "next cycle"
    ? { retryAt: at, givenUp: null, counts: 0 }
    : { retryAt: next, givenUp: null, counts: 1 };
}

/** Since when something fails that fails at :at, which what a clock that was ahead has written does not tell; and when it is tried again. */
export const tried = `failures = failures + :counts, failing_since = case when failing_since <= :at then failing_since else :at end,
  retry_at = :retryAt, given_up = :givenUp`;

/** What a reference or membership loses when it works, or is wanted anew. */
export const unfailed = "failures = 0, failing_since = null, retry_at = null, given_up = null, error = null";
