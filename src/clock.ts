/** Time as an argument: wall clock in milliseconds since 1970 UTC, and a wait that a signal ends at once. */
export interface Clock {
  now(): number;
  /** Milliseconds since any moment, which nobody can set; left out where `now` is such a clock itself. */
  steady?(): number;
  /** The same, but going on while the machine sleeps; left out where `steady` does. */
  elapsed?(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** A clock that begins with what the wall clock says and then goes on steadily, however that one is set meanwhile. */
export function steadyFrom(clock: Clock): Clock {
  const steady = clock.steady?.bind(clock);
  if (steady === undefined) return clock;
  const began = clock.now();
  const start = steady();
  return {
    now: () => began + Math.floor(steady() - start),
    steady,
    sleep: (ms, signal) => clock.sleep(ms, signal),
  };
}
