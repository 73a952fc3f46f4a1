import type { Guarded, Hold } from "../store/holds.ts";
import { groupLimit } from "./limits.ts";
import type { Work } from "./work.ts";

/** A single group that would lose most of its members is held even where all groups together stay below the limit. */
export function emptiedGroups(work: Work, suspects: readonly Guarded[], now: number): Hold[] {
  const byGroup = new Map<number, Guarded[]>();
  for (const each of suspects) {
    if (each.grp === undefined) continue;
    const list = byGroup.get(each.grp);
    if (list === undefined) byGroup.set(each.grp, [each]);
    else list.push(each);
  }
  const held: Guarded[] = [];
  let base = 0;
  for (const [group, removals] of byGroup) {
    const open = removals.filter((each) => !work.store.holds.isAnswered(each, "member-removals", now));
    if (open.length === 0) continue;
    const { isOver, atStart } = groupLimit(work, group, open.length, now);
    if (!isOver) continue;
    held.push(...open);
    base += atStart;
  }
  if (held.length === 0) return [];
  const { memberRemovals, neverHoldBelow, windowMs } = work.config.limits;
  const window = `in ${Math.round(windowMs / 3_600_000)} h`;
  const message = `${held.length} of ${base} memberships of single groups would be removed (limit a group ${window}: ${memberRemovals * 100} %, at least ${neverHoldBelow}, never more than half)`;
  return [
    work.store.holds.place(
      { class: "member-removals", run: work.run, at: now, message, n: held.length, base },
      held,
    ),
  ];
}
