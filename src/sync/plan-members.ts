import type { HoldClass } from "../store/holds.ts";
import type { PendingMembership } from "../store/memberships.ts";
import type { Reach } from "../store/pending.ts";
import { protectedMark } from "../store/protections.ts";
import { rejectedMark } from "../store/rejections.ts";
import type { WideRow } from "../store/rows.ts";
import { membersReason } from "./action.ts";
import type { Parts, PlanItem, PlannedChange } from "./plan.ts";
import { asRejected, blockedWith, willExist } from "./plan-blocked.ts";

/** Changes of members, a group at a time, those that wait apart; those that a person rejected are told one by one. */
export function* memberships(
  work: Parts,
  reach: Reach,
  holds: ReadonlyMap<number, HoldClass>,
): Iterable<PlannedChange> {
  for (let after = 0; ; ) {
    const page = work.store.memberships.pendingGroups(after, 100, reach);
    for (const id of page) {
      const group = work.store.pending.row(id);
      if (group === undefined || group.intent !== "active" || !willExist(group)) continue;
      const changes = work.store.memberships
        .pending(id, reach)
        .filter((each) => each.stuck === 0)
        .filter((each) => each.targetId !== null || willExist(work.store.pending.row(each.usr)));
      for (const [waits, some] of byWhatTheyWaitFor(work, id, changes, holds))
        yield {
          item: { ...membersItem(work, group, some), ...blockedWith(waits) },
          members: { group, changes: some },
        };
      for (const each of changes) {
        if (each.holdId !== rejectedMark) continue;
        const rejected = work.store.holds.rejections.of(each.usr, id);
        if (rejected === undefined) continue;
        const item = { ...membersItem(work, group, [each]), ...asRejected(rejected) };
        yield { item, members: { group, changes: [each] } };
      }
    }
    const last = page.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

/** What goes stands apart from what does not, and each for its reason. Those that a person rejected are left out. */
function byWhatTheyWaitFor(
  work: Parts,
  group: number,
  changes: readonly PendingMembership[],
  holds: ReadonlyMap<number, HoldClass>,
): ReadonlyMap<string | undefined, readonly PendingMembership[]> {
  const found = new Map<string | undefined, PendingMembership[]>();
  for (const each of changes) {
    if (each.holdId === rejectedMark) continue;
    const waits = whatFor(work, group, each, holds);
    const list = found.get(waits);
    if (list === undefined) found.set(waits, [each]);
    else list.push(each);
  }
  return found;
}

function whatFor(
  work: Parts,
  group: number,
  { holdId, usr }: PendingMembership,
  holds: ReadonlyMap<number, HoldClass>,
): string | undefined {
  if (holdId === null) return undefined;
  if (holdId === protectedMark)
    return `protected: ${work.store.protections.reasonOf(usr, group) ?? "not sent"}`;
  return `held: ${holds.get(holdId) ?? "waits for approval"}`;
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
