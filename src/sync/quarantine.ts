import type { Work } from "./work.ts";

const longestMs = 24 * 3_600_000;

/** The connection cannot work until a person mends it: the clock doubles from its own interval up to a day, on-demand runs still work. */
export function quarantine(work: Work, reason: string, message: string): void {
  const known = work.store.runs.quarantine();
  const now = work.clock.now();
  const waitMs = Math.min(longestMs, work.config.everyMs * 2 ** (known?.count ?? 0));
  work.store.runs.enterQuarantine(reason, message, now, now + waitMs);
}
