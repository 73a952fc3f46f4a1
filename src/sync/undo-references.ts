import { readAttributes } from "../scim/build.ts";
import type { Json } from "../scim/resource.ts";
import { boundToReference } from "../store/rejections.ts";
import { checkStopped, holdBack, type Undoing } from "./undo-send.ts";
import type { UndoStep } from "./undo-step.ts";
import { undoReason } from "./undo-words.ts";
import { failureOf, writeDifference } from "./write.ts";

/** Puts references of one person back; each is marked before its call, and what the directory wants there is held back. */
export async function sendReferencesBack(undoing: Undoing, step: UndoStep): Promise<void> {
  for (const { path, after } of step.references) {
    if (undoing.streak.isOver) return;
    await sendOne(undoing, step, path, after);
  }
}

async function sendOne(undoing: Undoing, step: UndoStep, path: string, value: Json): Promise<void> {
  const { work, tally, streak } = undoing;
  const { row } = step;
  const { store } = work;
  checkStopped(undoing);
  // Its values may have been put back a moment ago: a service that gives versions wants the newest.
  const current = await work.target.users.get(row.targetId ?? "", work.abort);
  if (current === undefined) return;
  const wanted = store.comparison.referencesOf(row.id).find((each) => each.path === path);
  const applied = rowOf(undoing, value);
  const [seq = 0] = store.transaction(() => {
    const marks = store.references.mark(work.run, work.actor, work.clock.now(), [
      {
        path,
        attempt: {
          resource: row.id,
          kind: "user",
          sourceId: row.sourceId,
          targetId: row.targetId,
          action: "set reference",
          reason: undoReason(undoing.run, undoing.reason),
          before: readAttributes(current, [path]),
          after: { [path]: value },
        },
      },
    ]);
    if (wanted !== undefined && wanted.desired !== applied) {
      const bound = boundToReference(row.id, path, wanted.desired);
      holdBack(undoing, [{ resource: row.id, path, class: "changes", bound }]);
    }
    return marks;
  });
  const settle = (outcome: "done" | "failed" | "unknown", message?: string) =>
    store.references.settle(work.run, work.clock.now(), [
      {
        seq,
        owner: row.id,
        path,
        applied,
        outcome,
        settleAt: work.clock.now() + work.target.capabilities.settleMs,
        ...(message === undefined ? {} : { message }),
      },
    ]);
  try {
    await writeDifference(work.target, "user", current, { [path]: value }, work.abort);
    settle("done");
    streak.success();
    tally.done("set reference");
  } catch (error) {
    const failure = failureOf(error);
    const message = failure.type === "unknown" ? failure.message : failure.error.message;
    settle(failure.type === "unknown" ? "unknown" : "failed", message);
    if (failure.type === "fatal") throw failure.error;
    if (failure.type === "unknown") tally.unknown += 1;
    if (failure.type === "refused") streak.success();
    else streak.failure(failure.type === "unavailable" ? failure.error : undefined);
    tally.fail({ kind: "user", label: row.label, sourceId: row.sourceId, action: `set ${path}`, message });
  }
}

/** Whom an account at the target belongs to; 0 is nobody of ours, null nobody at all. */
function rowOf({ work }: Undoing, value: Json): number | null {
  if (value === null || value === "") return null;
  const id = typeof value === "object" && "value" in value ? value["value"] : value;
  return work.store.comparison.linked("user", String(id))?.id ?? 0;
}
