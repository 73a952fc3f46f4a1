import type { Kind } from "../scim/resource.ts";
import type { Reach } from "../store/pending.ts";
import type { WideRow } from "../store/rows.ts";
import { actionOf } from "./action.ts";
import { type NameConflict, nameConflicts, ringOf } from "./name-conflicts.ts";
import { stillHeld } from "./name-words.ts";
import type { Work } from "./work.ts";

/** What a plan says of somebody who gets a name that another of ours holds now. */
export interface NamePlan {
  /** In which order, or on which way. */
  readonly note?: string;
  /** Why not now. */
  readonly blocked?: string;
}

/** How the rows of a plan come to their names. */
interface NamePlans {
  of(row: WideRow): NamePlan;
  /** Somebody is to get a name that another of ours holds now. */
  someWait(kind: Kind): boolean;
}

/** Asks the snapshot alone, and once for each kind. */
export function namePlans(work: Pick<Work, "store" | "clock">, reach: Reach): NamePlans {
  const known = new Map<Kind, ReadonlyMap<number, NameConflict>>();
  const conflictsOf = (kind: Kind) => {
    const conflicts = known.get(kind) ?? nameConflicts(work, kind, reach);
    known.set(kind, conflicts);
    return conflicts;
  };
  const of = (row: WideRow): NamePlan => {
    const conflicts = conflictsOf(row.kind);
    const conflict = conflicts.get(row.id);
    if (conflict === undefined || actionOf(row) === "deactivate") return {};
    const holder = work.store.pending.row(conflict.holder);
    if (holder === undefined) return {};
    const blocked = blocker(work, conflicts, conflict);
    if (blocked !== undefined) return { blocked: `waits: ${blocked}` };
    const ring = ringOf(conflicts, row.id);
    if (ring !== undefined && row.id === Math.min(...ring)) {
      const among =
        ring.length === 2 ? `swaps names with ${holder.label}` : `${ring.length} names go round in a ring`;
      return { note: `${among}: via a temporary name, where the target gives no name to two` };
    }
    return { note: `after ${holder.label}, who still has this ${conflict.path}` };
  };
  return { of, someWait: (kind) => conflictsOf(kind).size > 0 };
}

/** The first on the way to a free name who does not move. */
function blocker(
  { store, clock }: Pick<Work, "store" | "clock">,
  conflicts: ReadonlyMap<number, NameConflict>,
  first: NameConflict,
): string | undefined {
  const seen = new Set<number>();
  for (let at: NameConflict | undefined = first; at !== undefined; at = conflicts.get(at.holder)) {
    if (seen.has(at.waiting)) return undefined;
    seen.add(at.waiting);
    const holder = store.pending.row(at.holder);
    if (holder === undefined) return undefined;
    const isFailing = holder.givenUp !== null || (holder.retryAt ?? 0) > clock.now();
    const stays = holder.doubt !== null || holder.holdId !== null || holder.intent === "deleted" || isFailing;
    if (stays) return stillHeld(holder, at.path, isFailing);
  }
  return undefined;
}
