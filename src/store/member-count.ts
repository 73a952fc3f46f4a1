import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** How many memberships a group has. */
export interface MemberCount {
  readonly desired: number;
  readonly applied: number;
  /** Those who are in the group, or may be since a call that was not settled. */
  readonly perhaps: number;
}

const none: MemberCount = { desired: 0, applied: 0, perhaps: 0 };

/** Kept by the table itself with every change: no member is counted here. */
export function memberCount(db: Db, group: number): MemberCount {
  const kept = prepared(db, "select desired, applied, perhaps from member_count where grp = ?").get(group);
  return (kept as MemberCount | undefined) ?? none;
}

/** All memberships that the target holds by our doing: one number a group is added up. */
export function appliedMemberships(db: Db): number {
  return prepared(db, "select coalesce(sum(applied), 0) from member_count").pluck().get() as number;
}
