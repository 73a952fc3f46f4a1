import { ItemError } from "../errors.ts";
import { everyOne } from "./every-one.ts";
import { nameOf, temporaryName } from "./name-conflicts.ts";
import { sendBack, type Undoing } from "./undo-send.ts";
import { undoAction, undoClasses } from "./undo-settled.ts";
import { type PlannedUndo, type UndoStep, undoStep } from "./undo-step.ts";

/**
 * Puts values back, in windows. Whoever waits for a name that another of them gives up comes again after that one; in a ring one goes under a
 * temporary name, so that the others can move. Who cannot have the old name back at all keeps the one that the run gave.
 */
export async function putValuesBack(undoing: Undoing, planned: readonly PlannedUndo[]): Promise<void> {
  let ids = planned.filter(({ back }) => back.length > 0).map(({ row }) => row.id);
  const aside = new Set<number>();
  while (ids.length > 0) {
    const late = await round(undoing, ids);
    const isStuck = late.length === ids.length;
    ids = late.map(({ row }) => row.id);
    if (!isStuck) continue;
    const next = late.length > 1 ? late.find(({ row }) => !aside.has(row.id)) : undefined;
    if (next === undefined) return giveUp(undoing, late, aside);
    aside.add(next.row.id);
    await sendBack(undoing, [stepAside(next)]);
  }
}

/** Everybody once; gives those whose name is still taken. */
async function round(undoing: Undoing, ids: readonly number[]): Promise<readonly UndoStep[]> {
  const { work, held, tally } = undoing;
  const size = work.target.capabilities.concurrency * 8;
  const late: UndoStep[] = [];
  for (let at = 0; at < ids.length; at += size) {
    work.signal.throwIfAborted();
    const steps = await everyOne(ids.slice(at, at + size), undoing.limit, (id) =>
      undoStep(work, undoing.run, id),
    );
    const window = steps
      .filter((step) => step !== undefined)
      .filter((step) => step.back.length > 0)
      .filter((step) => !undoClasses(work, step).some((each) => held.has(each)))
      .filter((step) => isClaimed(undoing, step));
    late.push(...(await sendBack(undoing, window)));
    work.progress({ step: "apply", done: tally.total });
  }
  return late;
}

/** Whoever left let the account go when it was switched off: who is switched on again has it again, or another connection has. */
function isClaimed({ work, tally }: Undoing, step: UndoStep): boolean {
  const { kind, targetId, sourceId, label } = step.row;
  if (undoAction(step) !== "reactivate" || targetId === null) return true;
  try {
    work.store.claims.take(kind, targetId, sourceId, work.clock.now());
    return true;
  } catch (error) {
    if (!(error instanceof ItemError)) throw error;
    tally.fail({ kind, label, sourceId, action: "reactivate", message: error.message });
    return false;
  }
}

/** The name alone, and one that nobody has. */
function stepAside(step: UndoStep): UndoStep {
  const path = nameOf(step.row.kind);
  const back = step.back
    .filter((each) => each.path === path)
    .map((each) => ({ ...each, after: temporaryName(step.row, String(each.after)) }));
  return { ...step, back, isAside: true };
}

async function giveUp(
  undoing: Undoing,
  late: readonly UndoStep[],
  aside: ReadonlySet<number>,
): Promise<void> {
  const { work, tally, run } = undoing;
  for (const { row } of late.filter((step) => aside.has(step.row.id))) {
    const step = await undoStep(work, run, row.id);
    const path = nameOf(row.kind);
    const left = step?.net.values.find((each) => each.path === path);
    if (step === undefined || left === undefined) continue;
    const before = step.back.find((each) => each.path === path)?.before ?? null;
    await sendBack(undoing, [{ ...step, back: [{ path, before, after: left.after }], isAside: true }]);
  }
  for (const step of late) {
    const { kind, label, sourceId } = step.row;
    const message = "the name that it had before belongs to another account at the target by now";
    tally.fail({ kind, label, sourceId, action: undoAction(step), message });
  }
}
