import type { PendingMembership } from "../store/memberships.ts";
import type { WideRow } from "../store/rows.ts";
import { privilegedGroups } from "./privileged.ts";
import { shieldOf } from "./protection.ts";
import type { Work } from "./work.ts";

/**
 * Asked right before memberships of a group are sent: an apply computes groups again, and what comes up then was not seen by the guards. Protected
 * people and groups are left as they are; a new member of a group that gives rights needs a person's yes.
 */
export function memberCheck(work: Work, group: WideRow): (membership: PendingMembership) => boolean {
  const { store, config, clock } = work;
  const shield = shieldOf(work);
  const isPrivileged = config.privilegedGroups.length > 0 && privilegedGroups(work).has(group.id);
  if (shield.isIdle && !isPrivileged) return () => true;
  const ofGroup = shield.aroundMembers(group);
  return (membership) => {
    const { usr, desired, applied } = membership;
    const reason = ofGroup ?? shield.aroundMember(membership);
    if (reason !== undefined) {
      store.transaction(() => store.protections.stop({ resource: usr, grp: group.id }, reason));
      return false;
    }
    if (!isPrivileged || desired === 0 || applied === 1) return true;
    const addition = { id: usr, grp: group.id, joins: true, desired: null };
    return store.holds.approval(addition, "privileged-additions", clock.now()) !== undefined;
  };
}
