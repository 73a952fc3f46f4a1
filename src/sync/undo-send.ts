import type pLimit from "p-limit";
import { readAttributes } from "../scim/build.ts";
import type { HoldClass } from "../store/holds.ts";
import type { Settlement } from "../store/outcomes.ts";
import type { Answered } from "../store/rejections.ts";
import { checkPause } from "./paused.ts";
import type { Streak } from "./streak.ts";
import type { Tally } from "./tally.ts";
import { heldBack, undoAction, undoClasses, undoneAs } from "./undo-settled.ts";
import { type UndoStep, valuesOf } from "./undo-step.ts";
import { undoReason } from "./undo-words.ts";
import type { Work } from "./work.ts";
import { failureOf, writeDifference } from "./write.ts";

/** What an undo is done with. */
export interface Undoing {
  readonly work: Work;
  /** The run that is undone. */
  readonly run: number;
  /** Why, in the words of the person who asked for it. */
  readonly reason: string;
  /** Classes over their limit that the person let through all the same. */
  readonly letThrough: ReadonlySet<HoldClass>;
  /** Classes over their limit that wait. */
  readonly held: ReadonlySet<HoldClass>;
  /** The connection was paused when the undo began. */
  readonly isInPause: boolean;
  readonly tally: Tally;
  readonly streak: Streak;
  readonly limit: ReturnType<typeof pLimit>;
}

/** Throws when a person pauses the connection meanwhile. Whoever undoes something in a pause that was there before does it by hand, in the pause. */
export function checkStopped({ work, isInPause }: Undoing): void {
  if (!isInPause) checkPause(work);
}

/** Holds back what the directory would have done again. Call in the transaction that marks the call. */
export function holdBack(undoing: Undoing, changes: readonly (Answered | undefined)[]): void {
  const { work } = undoing;
  const by = { actor: work.actor, reason: undoReason(undoing.run, undoing.reason), at: work.clock.now() };
  work.store.holds.reject(
    changes.filter((each) => each !== undefined),
    by,
  );
}

/** Sends a window of values: marked durably together with what is held back from then on, sent, settled. Gives those that were refused because of a name. */
export async function sendBack(undoing: Undoing, steps: readonly UndoStep[]): Promise<readonly UndoStep[]> {
  const { work, limit } = undoing;
  if (steps.length === 0) return [];
  checkStopped(undoing);
  const at = work.clock.now();
  const marked = work.store.transaction(() => {
    holdBack(
      undoing,
      steps.map((step) => (step.unlink ? undefined : heldBack(work, step))),
    );
    for (const step of steps) approve(undoing, step, at);
    return work.store.outcomes.mark(
      work.run,
      work.actor,
      at,
      steps.map((step) => ({
        resource: step.row.id,
        kind: step.row.kind,
        sourceId: step.row.sourceId,
        targetId: step.row.targetId,
        action: undoAction(step),
        reason: undoReason(undoing.run, undoing.reason),
        before: readAttributes(
          step.current ?? { id: "" },
          step.back.map(({ path }) => path),
        ),
        after: valuesOf(step.back),
      })),
    );
  });
  const late: UndoStep[] = [];
  const results = await Promise.all(
    steps.map((step) => limit(() => sendOne(undoing, step, (waiting) => late.push(waiting)))),
  );
  work.store.outcomes.settle(
    work.run,
    work.clock.now(),
    results.flatMap(({ settlement }, index) => {
      const mark = marked[index];
      return mark === undefined ? [] : [{ marked: mark, settlement }];
    }),
  );
  const fatal = results.find((each) => each.fatal !== undefined)?.fatal;
  if (fatal !== undefined) throw fatal;
  return late;
}

/** What is over its limit goes by a person's word, which is written down like every other. */
function approve({ work, run, reason, letThrough }: Undoing, step: UndoStep, at: number): void {
  const { id: resource, kind, sourceId, targetId } = step.row;
  for (const name of undoClasses(work, step).filter((each) => letThrough.has(each)))
    work.store.audit.approval(work.run, work.actor, at, {
      resource,
      kind,
      sourceId,
      targetId,
      action: `approve ${name}`,
      reason: undoReason(run, reason),
      before: null,
      after: null,
    });
}

async function sendOne(
  { work, tally, streak, letThrough }: Undoing,
  step: UndoStep,
  isLate: (step: UndoStep) => void,
): Promise<{ readonly settlement: Settlement; readonly fatal?: Error }> {
  const { row, current } = step;
  if (streak.isOver || current === undefined)
    return { settlement: { type: "put off", message: "not sent: the target is not answering" } };
  const action = undoAction(step);
  try {
    await writeDifference(work.target, row.kind, current, valuesOf(step.back), work.abort);
    streak.success();
    tally.done(row.kind === "group" ? `${action} group` : action);
    return { settlement: { type: "done", ...undoneAs(work, step, letThrough) } };
  } catch (error) {
    const failure = failureOf(error);
    if (failure.type === "unknown") {
      streak.failure();
      tally.unknown += 1;
      const settleAt = work.clock.now() + work.target.capabilities.settleMs;
      return { settlement: { type: "unknown", message: failure.message, settleAt } };
    }
    const { message } = failure.error;
    if (failure.type === "refused" && failure.error.code === "uniqueness") isLate(step);
    else tally.fail({ kind: row.kind, label: row.label, sourceId: row.sourceId, action, message });
    if (failure.type === "refused") streak.success();
    else streak.failure(failure.error);
    // Nobody is failing by that: what the directory wants stands at the target.
    const settlement: Settlement = { type: "put off", message };
    return failure.type === "fatal" ? { settlement, fatal: failure.error } : { settlement };
  }
}
