import type { HoldClass } from "../store/holds.ts";
import type { Work } from "./work.ts";

const dayMs = 24 * 3_600_000;

/** What has waited for a person for more than a day. */
export interface HeldReminder {
  readonly changes: number;
  /** Oldest first. */
  readonly classes: readonly HoldClass[];
  /** Since when the oldest hold waits, ms since 1970 UTC. */
  readonly oldest: number;
}

/**
 * Holds never expire: once a day it is said again, in the report and as a warning, what has been waiting for more than a day. Undefined when
 * nothing has, or when it was said today.
 */
export function heldReminder({ store, clock, log, config, run }: Work): HeldReminder | undefined {
  const now = clock.now();
  const old = store.holds.open().filter((hold) => hold.openedAt <= now - dayMs);
  const [first] = old.toSorted((a, b) => a.openedAt - b.openedAt);
  if (first === undefined) return undefined;
  const saidAt = store.meta.number("holds_reported_at");
  if (saidAt <= now && now - saidAt < dayMs) return undefined;
  store.meta.set("holds_reported_at", String(now));
  const changes = old.reduce((sum, hold) => sum + store.holds.count(hold.id), 0);
  const classes = old.toSorted((a, b) => a.openedAt - b.openedAt).map((hold) => hold.class);
  const oldest = first.openedAt;
  log.warn(
    { connection: config.name, run, changes, classes, oldest: new Date(oldest).toISOString() },
    "changes have been waiting for a person's word for more than a day",
  );
  return { changes, classes, oldest };
}
