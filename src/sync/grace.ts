import type { Policy } from "../config/config.ts";
import type { Absence, Standing } from "../store/judgement.ts";

/** A longer time than this without a run may be a clock that was set forward, in ms. */
const longestGapMs = 24 * 3_600_000;

/** So long nobody is deleted who falls due after such a time: the clock is looked at, or set right, in between. In ms. */
const putOffMs = 72 * 3_600_000;

/** What was put off for longer, as the clock has it now, was put off by a clock that was ahead. In ms. */
export const longestPutOffMs = putOffMs + longestGapMs;

/**
 * What becomes of an account whose person is gone from the directory, by `deleteAfter`: it waits out the period from the moment at which the
 * target accepted that it is off. What falls due while nobody was looking waits three days more: whether the time has really passed, or the clock
 * is wrong, shows by then.
 */
export function graceOf(
  { policy, lastRunAt }: { readonly policy: Policy; readonly lastRunAt: number | undefined },
  now: number,
  { goneOffAt, putOffUntil }: Pick<Standing, "goneOffAt" | "putOffUntil">,
): Partial<Absence> {
  const { deleteAfterMs } = policy;
  if (deleteAfterMs === undefined || goneOffAt === undefined) return {};
  const dueAt = goneOffAt + deleteAfterMs;
  if (now < dueAt) return { dueAt };
  if (putOffUntil !== undefined && now < putOffUntil) return { dueAt: putOffUntil, putOffUntil };
  const wasLooking = lastRunAt !== undefined && Math.abs(now - lastRunAt) <= longestGapMs;
  if (!wasLooking && putOffUntil === undefined) return { dueAt: now + putOffMs, putOffUntil: now + putOffMs };
  const days = Math.floor(deleteAfterMs / 86_400_000);
  return {
    intent: "deleted",
    reason: `deleted in the directory, and off for ${days === 1 ? "a day" : `${days} days`}`,
  };
}
