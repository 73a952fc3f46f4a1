import type { HoldClass } from "../store/holds.ts";
import type { PendingMembership } from "../store/memberships.ts";
import type { Reach } from "../store/pending.ts";
import { rejectedMark } from "../store/rejections.ts";
import type { WideRow } from "../store/rows.ts";
import { membersReason } from "./action.ts";
import type { Parts, PlanItem } from "./plan.ts";
import { asRejected, blockedWith, willExist } from "./plan-blocked.ts";

/** Changes of members, a group at a time; those that a person rejected are told one by one. */
export function* memberships(
  work: Parts,
  reach: Reach,
  holds: ReadonlyMap<number, HoldClass>,
): Iterable<PlanItem> {
  for (let after = 0; ; ) {
    const page = work.store.memberships.pendingGroups(after, 100, reach.only);
    for (const id of page) {
      const group = work.store.pending.row(id);
      if (group === undefined || group.intent !== "active" || !willExist(group)) continue;
      const changes = work.store.memberships
        .pending(id, reach.only)
        .filter((each) => each.stuck === 0)
        .filter((each) => each.targetId !== null || willExist(work.store.pending.row(each.usr)));
      const open = changes.filter(({ holdId }) => holdId !== rejectedMark);
      const held = open.find((each) => each.holdId !== null)?.holdId ?? undefined;
      const waits = held === undefined ? undefined : `held: ${holds.get(held) ?? "waits for approval"}`;
      if (open.length > 0) yield { ...membersItem(work, group, open), ...blockedWith(waits) };
      for (const each of changes) {
        if (each.holdId !== rejectedMark) continue;
        const rejected = work.store.holds.rejections.of(each.usr, id);
        if (rejected !== undefined) yield { ...membersItem(work, group, [each]), ...asRejected(rejected) };
      }
    }
    const last = page.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

function membersItem(work: Parts, group: WideRow, changes: readonly PendingMembership[]): PlanItem {
  return {
    kind: "group",
    label: group.label,
    sourceId: group.sourceId,
    targetId: group.targetId,
    action: "members",
    reason: membersReason(changes),
    values: [],
    members: {
      add: changes.filter((each) => each.desired === 1).map((each) => each.label),
      remove: changes.filter((each) => each.desired === 0).map((each) => each.label),
      of: work.store.memberships.count(group.id).applied,
    },
  };
}
