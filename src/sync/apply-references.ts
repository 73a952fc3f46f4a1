import pLimit from "p-limit";
import { isRollcallError } from "../errors.ts";
import { readAttributes } from "../scim/build.ts";
import { difference } from "../scim/patch.ts";
import type { StoredResource } from "../scim/resource.ts";
import type { NextTry } from "../store/next-try.ts";
import type { PendingReference, Reach } from "../store/pending.ts";
import type { ReferenceOutcome } from "../store/references.ts";
import type { WideRow } from "../store/rows.ts";
import { changedByHand, isFollowed } from "./action.ts";
import { everyOne } from "./every-one.ts";
import { checkPause, whyNotSent } from "./paused.ts";
import { afterNoEffect, nextTry, noEffect } from "./retry.ts";
import { Streak } from "./streak.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";
import { failureOf, writeDifference } from "./write.ts";

/** One reference that has to be written, with what the target holds now. */
interface Planned {
  readonly reference: PendingReference;
  readonly row: WideRow;
  readonly current: StoredResource;
}

/**
 * Sets references (the manager) once both sides have an account, in windows like every other write. One whose other side has none yet is left
 * out (and what stood there before goes), counted, and sent as soon as the account exists. The value is absolute and the target is read
 * first, so an unknown outcome is settled by coming back after the settle time. A refused one is set aside alone: the person's values are
 * another matter.
 */
export async function applyReferences(work: Work, tally: Tally, reach: Reach): Promise<void> {
  const limit = pLimit(work.target.capabilities.concurrency);
  const size = work.target.capabilities.concurrency * 8;
  const streak = new Streak(work, tally);
  const late = new Set<PendingReference>();
  for (let after = { owner: 0, path: "" }; ; ) {
    work.signal.throwIfAborted();
    const page = work.store.pending.references(after, size, reach, work.clock.now());
    const last = page.at(-1);
    if (last === undefined) return;
    late.clear();
    for (const each of [page, late]) {
      const looked = await everyOne([...each], limit, (one) => prepare(work, one, tally, streak));
      const window = looked.filter((one) => one !== undefined);
      if (window.length > 0) await dispatch(work, window, limit, tally, streak, late);
    }
    // What was left out of this page for the sake of bad objects is taken up again without them.
    if (!(await streak.endIfOver())) after = { owner: last.owner, path: last.path };
    work.progress({ step: "apply", done: tally.total });
  }
}

async function prepare(
  work: Work,
  reference: PendingReference,
  tally: Tally,
  streak: Streak,
): Promise<Planned | undefined> {
  const row = streak.isOver ? undefined : readyOwner(work, reference, tally);
  if (row === undefined) return undefined;
  const { owner, path } = reference;
  try {
    const current = await work.target.users.get(row.targetId ?? "", work.abort);
    streak.success();
    if (current === undefined) return undefined;
    if (difference(current, { [path]: reference.valueTargetId }).length > 0)
      return isPostponed(work, reference, row, tally) ? undefined : { reference, row, current };
    work.store.references.settleQuietly({ owner, path, applied: standing(reference) });
  } catch (error) {
    const failure = failureOf(error);
    if (failure.type === "fatal" || !isRollcallError(error)) throw error;
    // Nothing was sent: a target that cannot show this one person may well show the others.
    if (failure.type !== "refused") streak.unreadable(error);
    setAside(
      work,
      reference,
      row,
      failure.type === "refused" ? nextTryOf(work, reference) : "next cycle",
      error.message,
      tally,
    );
  }
  return undefined;
}

/** A call (not one that died with us) got no answer and had no effect: it is sent again at once the first time, later after that. */
function isPostponed(work: Work, reference: PendingReference, row: WideRow, tally: Tally): boolean {
  if (reference.doubt === null || reference.error === null) return false;
  const next = afterNoEffect(work, { ...reference, isRemoval: false });
  const { owner, path } = reference;
  work.store.references.refuse({ owner, path }, work.clock.now(), noEffect, next ?? work.clock.now());
  if (next === undefined) return false;
  work.store.references.undoubt({ owner, path });
  setAside(work, reference, row, undefined, noEffect, tally);
  return true;
}

/** The person whose reference it is, if it can be set now. */
function readyOwner(work: Work, reference: PendingReference, tally: Tally): WideRow | undefined {
  const { owner, path, desired, ownerTargetId, ownerIntent: intent, ownerReasonCode: reasonCode } = reference;
  if (!isFollowed({ intent, reasonCode }) || reference.holdId !== null) return undefined;
  if (tally.isReferenceSetAside(owner, path)) return undefined;
  if (reference.doubt !== null && (reference.settleAt ?? 0) > work.clock.now()) return undefined;
  if (desired !== null && reference.valueTargetId === null) {
    tally.waiting += 1;
    if (reference.applied === null && reference.doubt === null) return undefined;
  }
  const row = work.store.pending.row(owner);
  if (row === undefined || row.doubt !== null || row.holdId !== null) return undefined;
  return work.store.claims.mayWrite("user", ownerTargetId) ? row : undefined;
}

/** What stands at the target afterwards: nothing while whom it names has no account, least of all whom it named before. */
function standing({ desired, valueTargetId }: PendingReference): number | null {
  return valueTargetId === null ? null : desired;
}

/** Marks a window in one commit, sends it, settles it in one commit. */
async function dispatch(
  work: Work,
  window: readonly Planned[],
  limit: ReturnType<typeof pLimit>,
  tally: Tally,
  streak: Streak,
  late: Set<PendingReference>,
): Promise<void> {
  checkPause(work);
  const marks = window.map(({ reference, row, current }) => ({
    path: reference.path,
    attempt: {
      resource: row.id,
      kind: "user",
      sourceId: row.sourceId,
      targetId: row.targetId,
      action: "set reference",
      reason: reference.drifted === null ? "the directory names another object" : changedByHand,
      before: readAttributes(current, [reference.path]),
      after: { [reference.path]: reference.valueTargetId },
    } as const,
  }));
  const attempts = work.store.references.mark(work.run, work.actor, work.clock.now(), marks);
  const fatal: Error[] = [];
  const outcomes = await everyOne([...window.entries()], limit, async ([index, planned]) => {
    const outcome = await send(work, planned, tally, streak, fatal, late);
    const { owner, path } = planned.reference;
    return { seq: attempts[index] ?? 0, owner, path, applied: standing(planned.reference), ...outcome };
  });
  work.store.references.settle(
    work.run,
    work.clock.now(),
    outcomes.filter((each) => each !== undefined),
  );
  if (fatal[0] !== undefined) throw fatal[0];
}

async function send(
  work: Work,
  { reference, row, current }: Planned,
  tally: Tally,
  streak: Streak,
  fatal: Error[],
  late: Set<PendingReference>,
): Promise<Pick<ReferenceOutcome, "outcome" | "message" | "settleAt">> {
  if (streak.isOver || fatal.length > 0)
    return { outcome: "failed", message: "not sent: the target is not answering" };
  const notSent = whyNotSent(work);
  if (notSent !== undefined) return { outcome: "failed", message: notSent };
  try {
    await writeDifference(
      work.target,
      "user",
      current,
      { [reference.path]: reference.valueTargetId },
      work.abort,
    );
    streak.success();
    tally.done("set reference");
    return { outcome: "done" };
  } catch (error) {
    const failure = failureOf(error);
    if (failure.type === "unknown") {
      streak.failure();
      tally.unknown += 1;
      const settleAt = work.clock.now() + work.target.capabilities.settleMs;
      return { outcome: "unknown", message: failure.message, settleAt };
    }
    const { message } = failure.error;
    // Somebody else changed the person between our read and our write: once more from what is there now.
    if (failure.type === "refused" && failure.error.code === "changed-meanwhile" && !late.has(reference)) {
      late.add(reference);
      return { outcome: "failed", message };
    }
    if (failure.type === "fatal") fatal.push(failure.error);
    else if (failure.type === "unavailable") streak.failure(failure.error);
    else streak.success();
    if (failure.type !== "fatal")
      setAside(
        work,
        reference,
        row,
        failure.type === "refused" ? nextTryOf(work, reference) : "next cycle",
        message,
        tally,
      );
    return { outcome: "failed", message };
  }
}

function nextTryOf(work: Work, reference: PendingReference): NextTry {
  return nextTry(work, { ...reference, isRemoval: false });
}

/** Not tried again in this run; `next`: undefined when that is written down already. */
function setAside(
  work: Work,
  { owner, path }: PendingReference,
  row: WideRow,
  next: NextTry | undefined,
  message: string,
  tally: Tally,
): void {
  if (next !== undefined) work.store.references.refuse({ owner, path }, work.clock.now(), message, next);
  tally.setReferenceAside(owner, path);
  tally.fail({ kind: "user", label: row.label, sourceId: row.sourceId, action: `set ${path}`, message });
}
