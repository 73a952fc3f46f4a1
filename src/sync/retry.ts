import type { Retry } from "../config/config.ts";
import type { NextTry } from "../store/next-try.ts";
import type { WideRow } from "../store/rows.ts";
import type { Work } from "./work.ts";

/** Removals of access are tried at least so often, in ms. */
const dayMs = 24 * 3_600_000;

/** What a refusal is judged by. */
interface Refused {
  /** How often it was refused before this time. */
  readonly failures: number;
  /** Since when, ms since 1970 UTC; null: this is the first time. */
  readonly failingSince: number | null;
  /** It takes access away: it is never given up. */
  readonly isRemoval: boolean;
}

/**
 * When something that the target has just refused is tried again: in the next cycle, then after each wait of the schedule, of which the last
 * one repeats. It is given up when it failed for long enough and every wait was waited: after weeks in which nothing ran, too.
 */
export function nextTry(
  { config, clock }: Pick<Work, "config" | "clock">,
  { failures, failingSince, isRemoval }: Refused,
): NextTry {
  const now = clock.now();
  const { waitsMs, giveUpAfterMs } = config.retry;
  const wait = failures === 0 ? 0 : (waitsMs[Math.min(failures, waitsMs.length) - 1] ?? dayMs);
  if (isRemoval) return now + Math.min(wait, dayMs);
  const isOver = failures > waitsMs.length && now - (failingSince ?? now) >= giveUpAfterMs;
  return isOver ? "never" : now + wait;
}

/** The same for a person or group. */
export function nextTryOf(work: Pick<Work, "config" | "clock">, row: WideRow): NextTry {
  return nextTry(work, { ...row, isRemoval: isRemoval(row) });
}

/** True for somebody who is to lose access, and for a group that goes. */
export function isRemoval({ intent }: Pick<WideRow, "intent">): boolean {
  return intent === "inactive" || intent === "deleted";
}

/** The longest that anything waits for its next try, in ms. */
export function longestWaitMs({ waitsMs }: Retry): number {
  return Math.max(dayMs, ...waitsMs);
}

/**
 * The same for a call that got no answer and, as was seen after the settle time, had no effect. That happens once to everybody: it is sent
 * again at once (undefined). The second time it waits for the next cycle, and from then on as long after the call as after a refusal.
 */
export function afterNoEffect(
  work: Pick<Work, "config" | "clock" | "run">,
  call: Refused & { readonly doubt: number | null; readonly doubtAt?: number | null },
): NextTry | undefined {
  if (call.failures === 0) return undefined;
  const next = nextTry(work, { ...call, failures: call.failures - 1 });
  if (next === "never" || call.doubt === work.run) return next;
  const now = work.clock.now();
  const sentAt = call.doubtAt ?? now;
  return sentAt + (Number(next) - now) <= now ? undefined : next;
}

export const noEffect = "the target gave no answer, and the call had no effect";
