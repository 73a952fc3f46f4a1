import pLimit from "p-limit";
import { isRollcallError } from "../errors.ts";
import { difference } from "../scim/patch.ts";
import type { Attributes } from "../scim/resource.ts";
import type { PendingReference, Reach } from "../store/pending.ts";
import { everyOne } from "./every-one.ts";
import { isWaiting, retryAt } from "./retry.ts";
import { Streak } from "./streak.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";
import { failureOf, writeDifference } from "./write.ts";

/**
 * Sets references (the manager) once both sides have an account. One whose other side has none yet is left out, counted, and sent as soon as
 * the account exists. The value is absolute and the target is read first, so an unknown outcome is settled by coming back.
 */
export async function applyReferences(work: Work, tally: Tally, reach: Reach): Promise<void> {
  const limit = pLimit(work.target.capabilities.concurrency);
  const window = work.target.capabilities.concurrency * 8;
  const streak = new Streak(work, tally);
  for (let after = { owner: 0, path: "" }; ; ) {
    work.signal.throwIfAborted();
    const page = work.store.pending.references(after, window, reach);
    const last = page.at(-1);
    if (last === undefined) return;
    after = { owner: last.owner, path: last.path };
    await everyOne(page, limit, (reference) => applyOne(work, reference, tally, reach, streak));
    streak.endIfOver();
    work.progress({ step: "apply", done: tally.total });
  }
}

async function applyOne(
  work: Work,
  reference: PendingReference,
  tally: Tally,
  reach: Reach,
  streak: Streak,
): Promise<void> {
  if (streak.isOver) return;
  const { owner, path, desired, ownerTargetId } = reference;
  if (ownerTargetId === null || reference.ownerIntent !== "active" || tally.isSetAside(owner)) return;
  if (desired !== null && reference.valueTargetId === null) {
    tally.waiting += 1;
    return;
  }
  if (reach.only === undefined && isWaiting(reference.retryAt, work.clock.now())) return;
  const row = work.store.pending.row(owner);
  if (
    row === undefined ||
    row.doubt !== null ||
    row.holdId !== null ||
    !work.store.claims.mayWrite("user", ownerTargetId)
  )
    return;
  const now = () => work.clock.now();
  const wanted: Attributes = { [path]: reference.valueTargetId };
  let attempt: number | undefined;
  try {
    const current = await work.target.users.get(ownerTargetId, work.abort);
    streak.success();
    if (current === undefined || difference(current, wanted).length === 0) {
      if (current !== undefined) work.store.references.settleQuietly({ owner, path, applied: desired });
      return;
    }
    attempt = work.store.references.mark(
      work.run,
      work.actor,
      now(),
      {
        resource: owner,
        kind: "user",
        sourceId: row.sourceId,
        targetId: ownerTargetId,
        action: "set reference",
        reason: "the directory names another object",
        before: { [path]: null },
        after: { [path]: reference.valueTargetId },
      },
      path,
    );
    await writeDifference(work.target, "user", current, wanted, work.abort);
    work.store.references.settle(work.run, now(), attempt, { owner, path, applied: desired });
    tally.done("set reference");
  } catch (error) {
    const failure = failureOf(error);
    const message = failure.type === "unknown" ? failure.message : failure.error.message;
    const outcome = failure.type === "unknown" ? "unknown" : "failed";
    if (attempt !== undefined)
      work.store.references.failed(work.run, now(), attempt, { owner, path }, outcome, message);
    if (failure.type === "fatal") throw failure.error;
    if (attempt === undefined && !isRollcallError(error)) throw error;
    if (failure.type === "refused") {
      work.store.references.refuse({ owner, path }, message, retryAt(reference.failures, now()));
      tally.fail({ kind: "user", label: row.label, sourceId: row.sourceId, action: `set ${path}`, message });
      return;
    }
    streak.failure(failure.type === "unavailable" ? failure.error : undefined);
    tally.unknown += failure.type === "unknown" && attempt !== undefined ? 1 : 0;
  }
}
