import type { ItemError } from "../errors.ts";
import { protectedMark } from "../store/protections.ts";
import { rejectedMark } from "../store/rejections.ts";
import type { WideRow } from "../store/rows.ts";
import { nameOf } from "./name-conflicts.ts";
import type { Holding } from "./name-holder.ts";

/** Why somebody still waits for a name: who holds it, and what keeps them. People are named by their id in the directory. */
export function stillHeld(holder: WideRow, path: string, isFailing: boolean): string {
  return `the ${path} is still held by ${holder.sourceId}, ${whatKeeps(holder, isFailing)}`;
}

function whatKeeps(holder: WideRow, isFailing: boolean): string {
  if (holder.doubt !== null) return "of whom a call has got no answer yet";
  if (holder.holdId === rejectedMark) return "whose change a person rejected";
  if (holder.holdId === protectedMark) return "who is protected";
  if (holder.holdId !== null) return "whose change is held for approval";
  if (holder.problem !== null) return "for whom the mapping fails";
  if (isFailing || holder.failingSince !== null) return "whose own change fails";
  if (holder.intent === "deleted") return "who is deleted after everything else";
  return "whose change is not part of this run";
}

/** Why somebody cannot have a name at all. */
export function notFree(row: WideRow, holding: Holding, refusal: ItemError): string {
  const { kind } = row;
  if (holding.type === "foreign" && row.targetId === null && row.matchId === null)
    return `a ${kind} with the same ${holding.path} appeared at the target since it was looked up; it is looked up anew`;
  if (holding.type === "foreign")
    return `${refusal.message}: ${kind} ${holding.found.id} has this ${holding.path}, and is none of ours`;
  if (holding.type === "nobody")
    return `${refusal.message}, but nobody there is found under this ${nameOf(kind)}`;
  if (holding.type === "pending") return stillHeld(holding.holder, holding.path, true);
  const { holder, path } = holding;
  const account = `${holder.appliedIntent === "inactive" ? "deactivated " : ""}${kind === "user" ? "account" : "group"}`;
  return `the ${path} is kept by the ${account} of ${holder.sourceId}: change or delete it there, or give one of the two another ${path}`;
}
