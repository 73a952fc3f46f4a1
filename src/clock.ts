/** Time as an argument: wall clock in milliseconds since 1970 UTC, and a wait that a signal ends at once. */
export interface Clock {
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
