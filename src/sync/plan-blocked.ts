import type { Rejection } from "../store/rejections.ts";
import type { WideRow } from "../store/rows.ts";
import { actionOf } from "./action.ts";
import type { PlanItem } from "./plan.ts";
import { undoneBy } from "./undo-words.ts";

/** Why it would not be done now, if there is a reason. */
export function blockedWith(blocked: string | undefined): Pick<PlanItem, "blocked"> {
  return blocked === undefined ? {} : { blocked };
}

/** A person said no to it. */
export function asRejected({ actor, at, reason }: Rejection): Pick<PlanItem, "blocked" | "rejected"> {
  return { blocked: rejectedText({ actor, at, reason }), rejected: true };
}

/** "rejected by ann on 2026-11-22: she stays until Friday", "undone by ann on 2026-11-22 (run 7): wrong filter" */
export function rejectedText({ actor, at, reason }: Pick<Rejection, "actor" | "at" | "reason">): string {
  const day = new Date(at).toISOString().slice(0, 10);
  const undone = undoneBy(reason);
  if (undone !== undefined) return `undone by ${actor} on ${day} (run ${undone.run}): ${undone.reason}`;
  return `rejected by ${actor} on ${day}: ${reason}`;
}

/** Has an account or group at the target, or is about to get one. */
export function willExist(row: WideRow | undefined): boolean {
  if (row === undefined) return false;
  if (row.targetId !== null) return true;
  return (
    row.intent === "active" && row.problem === null && row.holdId === null && actionOf(row) !== "conflict"
  );
}
