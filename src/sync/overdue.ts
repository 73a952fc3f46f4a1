import type { OverdueRemovals } from "../store/failures.ts";
import type { Work } from "./work.ts";

const dayMs = 24 * 3_600_000;

/**
 * Removals of access that the target has refused for more than a day: said once a day for as long as it lasts, in the report and as a warning,
 * because nobody may get used to it. Undefined when there are none, or when it was said today.
 */
export function overdueRemovals({ store, clock, log, config, run }: Work): OverdueRemovals | undefined {
  const now = clock.now();
  const overdue = store.failures.overdueRemovals(now - dayMs);
  if (overdue === undefined) return undefined;
  const saidAt = store.meta.number("removals_reported_at");
  if (saidAt <= now && now - saidAt < dayMs) return undefined;
  store.meta.set("removals_reported_at", String(now));
  log.warn(
    {
      connection: config.name,
      run,
      removals: overdue.count,
      oldest: new Date(overdue.oldest).toISOString(),
    },
    "removals of access have been failing for more than a day",
  );
  return overdue;
}
