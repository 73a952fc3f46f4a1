import type { PendingReference, Reach } from "../store/pending.ts";
import type { WideRow } from "../store/rows.ts";
import type { Store } from "../store/store.ts";
import { type Parts, type PlannedChange, plannedChanges } from "./plan.ts";
import type { MembersState, ObjectState, PlanFile, ReferenceState } from "./plan-file.ts";

/** Every line of a plan with what its rows stand at now: what a later apply compares with. */
export function* plannedStates(work: Parts, reach: Reach): Iterable<PlanFile["changes"][number]> {
  for (const change of plannedChanges(work, reach)) {
    const state = stateOf(work.store, change);
    if (state !== undefined) yield { item: change.item, state };
  }
}

function stateOf(store: Store, { object, reference, members }: PlannedChange) {
  if (object !== undefined) return objectState(store, object);
  if (reference !== undefined) return referenceState(reference);
  return members === undefined ? undefined : membersState(members);
}

/** What of a person or group a plan depends on. */
export function objectState(store: Store, row: WideRow): ObjectState {
  const references = row.targetId === null ? store.references.wanted(row.id) : [];
  return {
    type: "object",
    row: row.id,
    desired: row.desired?.toString("hex") ?? null,
    applied: row.applied?.toString("hex") ?? null,
    link: row.targetId,
    match: row.matchId,
    doubt: row.doubt,
    references: references.map(({ path, desired }) => [path, desired]),
  };
}

function referenceState(reference: PendingReference): ReferenceState {
  const { owner, path, desired, applied, ownerTargetId, valueTargetId, doubt } = reference;
  return {
    type: "reference",
    row: owner,
    path,
    desired,
    applied,
    links: [ownerTargetId, valueTargetId],
    doubt,
  };
}

function membersState({ group, changes }: NonNullable<PlannedChange["members"]>): MembersState {
  return {
    type: "members",
    row: group.id,
    link: group.targetId,
    members: changes.map(({ usr, desired, applied, targetId, doubt }) => ({
      row: usr,
      desired,
      applied,
      link: targetId,
      doubt,
    })),
  };
}
