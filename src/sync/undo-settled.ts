import type { Attributes } from "../scim/resource.ts";
import { boundTo } from "../store/approval.ts";
import type { HoldClass } from "../store/holds.ts";
import type { Answered } from "../store/rejections.ts";
import type { WideRow } from "../store/rows.ts";
import type { Done } from "../store/write-done.ts";
import { type Action, changesIdentifier, changesOf, clearedPaths } from "./action.ts";
import { classesOf } from "./classes.ts";
import { type UndoStep, valuesOf } from "./undo-step.ts";
import type { Work } from "./work.ts";

type Activity = "active" | "inactive";

/** Values of one person or group that are put back. */
interface Change {
  readonly row: Pick<WideRow, "kind">;
  readonly back: UndoStep["back"];
}

/** What is done to the account, in the word that everybody else uses for it. */
export function undoAction({ row, back }: Change): Action {
  const active = back.find(({ path }) => path === "active");
  if (active !== undefined) return active.after === true ? "reactivate" : "deactivate";
  const name = row.kind === "user" ? "userName" : "displayName";
  return back.some(({ path }) => path === name) ? "rename" : "update";
}

/** The classes of the guards that putting it back falls into. */
export function undoClasses(work: Pick<Work, "target">, step: Change): HoldClass[] {
  const { back } = step;
  if (undoAction(step) === "deactivate")
    return [work.target.capabilities.irreversibleDeactivation ? "deletions" : "deactivations"];
  return [
    ...(changesIdentifier(back) ? (["identifier-changes"] as const) : []),
    ...(clearedPaths(back).length > 0 ? (["cleared-values"] as const) : []),
  ];
}

/** What the row is once the target accepted these values: pending again, unless that is just what is wanted by now. */
function undoneRow(step: Pick<UndoStep, "row" | "back">): WideRow {
  const { row } = step;
  const values = valuesOf(step.back);
  const before: Activity = row.appliedIntent === "inactive" ? "inactive" : "active";
  const appliedIntent: Activity =
    "active" in values ? (values["active"] === true ? "active" : "inactive") : before;
  const appliedBody: Attributes =
    row.kind === "user"
      ? { ...row.appliedBody, ...values, active: appliedIntent === "active" }
      : { ...row.appliedBody, ...values };
  const next: WideRow = { ...row, appliedIntent, appliedBody, switchedOff: null };
  return { ...next, applied: changesOf(next).length === 0 ? row.desired : null };
}

/** How the call settles. */
export function undoneAs(
  work: Pick<Work, "target">,
  step: UndoStep,
  letThrough: ReadonlySet<HoldClass>,
): Done {
  const next = undoneRow(step);
  const name = step.row.kind === "user" ? "userName" : "displayName";
  const inMind = step.isAside === true ? { [name]: step.row.appliedBody[name] ?? null } : {};
  const counts = undoClasses(work, step).filter((each) => !letThrough.has(each));
  return {
    targetId: step.row.targetId ?? "",
    intent: next.appliedIntent === "inactive" ? "inactive" : "active",
    applied: step.isAside === true ? null : next.applied,
    body: { ...next.appliedBody, ...inMind },
    counts: step.isAside === true ? [] : counts,
  };
}

/** The change that must not simply be made again by the next sync; undefined where what is put back is what is wanted by now. */
export function heldBack(work: Work, step: UndoStep): Answered | undefined {
  const { row } = step;
  if (step.unlink) {
    const bound = boundTo({ id: row.id, desired: row.desired, matchId: row.targetId });
    return { resource: row.id, class: "adoptions", bound };
  }
  const next = undoneRow(step);
  if (next.applied !== null || row.intent === "keep") return undefined;
  return {
    resource: row.id,
    class: classesOf(work, next)[0] ?? "changes",
    bound: boundTo({ id: row.id, desired: row.desired, matchId: row.matchId }),
  };
}
