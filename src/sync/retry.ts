const hour = 3_600_000;

/** When an object that failed is tried again: at the next cycle, then 6, 12 and 24 hours after, then daily. */
const waits = [0, 6 * hour, 12 * hour, 24 * hour];

/** True while it is not yet time. A time further off than the longest wait was set by a clock that was ahead. */
export function isWaiting(retry: number | null, now: number): boolean {
  return retry !== null && retry > now && retry <= now + 24 * hour;
}

/** `failures`: how often it failed before this time. */
export function retryAt(failures: number, now: number): number {
  return now + (waits[Math.min(failures, waits.length - 1)] ?? 24 * hour);
}
