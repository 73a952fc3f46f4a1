import { createHash } from "node:crypto";

/** When a connection's next cycle is due. Kept in its snapshot, so that a restart neither shifts nor repeats one. */
export interface Schedule {
  /** ms since 1970 UTC. Always a whole number of `everyMs` after the first cycle, however late cycles begin. */
  readonly due: number;
  readonly everyMs: number;
  /** A cycle of the schedule that began and did not come to its end; "again": the one that was to make up for it. */
  readonly cut?: "first" | "again";
}

/** Several connections that start for the first time do not all begin at once: they are spread over this share of their interval. */
const spread = 0.1;

/** The first cycle of all: at once for a single connection, else spread by its name, always in the same way. */
export function firstSchedule(
  name: string,
  everyMs: number,
  at: { readonly now: number; readonly isAlone: boolean },
): Schedule {
  const share = createHash("sha256").update(name).digest().readUInt32BE() / 2 ** 32;
  return { due: at.now + (at.isAlone ? 0 : Math.floor(everyMs * spread * share)), everyMs };
}

/**
 * The schedule as it is taken up again after a restart. A due time that is farther away than one interval is none of ours any more: the clock was
 * set back meanwhile, and the cycle is due.
 */
export function resumed(stored: Schedule, now: number): Schedule {
  return stored.due - now > stored.everyMs ? { ...stored, due: now } : stored;
}

/** Counted from the cycle before; what is over by then is due at once. */
export function withInterval(schedule: Schedule, everyMs: number): Schedule {
  return everyMs === schedule.everyMs
    ? schedule
    : { ...schedule, everyMs, due: schedule.due - schedule.everyMs + everyMs };
}

/** A cut cycle is made up for once: one that ends the process each time must not do so all day. */
export function isDue({ due, cut }: Schedule, now: number): boolean {
  return now >= due || cut === "first";
}

/** A cycle begins: the next one is due at the next whole interval. What was missed meanwhile is made up for by this one. */
export function begun({ due, everyMs, cut }: Schedule, now: number): Schedule {
  if (now < due) return { due, everyMs, ...(cut === undefined ? {} : { cut: "again" }) };
  return { due: due + everyMs * (Math.floor((now - due) / everyMs) + 1), everyMs, cut: "first" };
}

/** The cycle came to its end, whichever. */
export function ended({ due, everyMs }: Schedule): Schedule {
  return { due, everyMs };
}

/** The wall clock was set: the time that is left stays what it is. */
export function shifted(schedule: Schedule, ms: number): Schedule {
  return { ...schedule, due: schedule.due + ms };
}
