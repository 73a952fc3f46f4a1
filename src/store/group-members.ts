import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** The members of a group: listed in the directory, wanted and standing at the target. */
export interface GroupMembers {
  readonly listed: number;
  readonly wanted: number;
  readonly applied: number;
  /** Wanted, but without an account. */
  readonly without: readonly { readonly label: string; readonly sourceId: string }[];
  /** Listed, but never read. */
  readonly unknown: number;
}

/** Somebody whom the directory has in a group, and who is to be no member at the target. */
export interface LeftOut {
  readonly label: string;
  readonly sourceId: string;
  readonly reason: string;
}

/** At most `most` of them; groups inside the group are not meant. */
export function leftOutOf(db: Db, group: number, most: number): readonly LeftOut[] {
  return prepared(
    db,
    `select r.label, r.source_id as sourceId, r.reason from edge e join resource r on r.id = e.member
       where e.grp = :group and +r.kind = 'user' and +r.presence <> 'unknown'
         and not exists (select 1 from membership m where m.grp = :group and m.usr = e.member and m.desired = 1)
       order by e.member limit +:most`,
  ).all({ group, most }) as LeftOut[];
}

export function groupMembers(
  db: Db,
  group: number,
  { desired, applied }: { readonly desired: number; readonly applied: number },
): GroupMembers {
  const one = (sql: string) => prepared(db, sql).pluck().get(group) as number;
  return {
    listed: one("select count(distinct member) from edge where grp = ?"),
    wanted: desired,
    applied,
    without: prepared(
      db,
      `select r.label, r.source_id as sourceId from membership m join resource r on r.id = m.usr
         where m.grp = ? and m.desired = 1 and r.target_id is null order by m.usr`,
    ).all(group) as GroupMembers["without"],
    unknown: one(
      "select count(distinct e.member) from edge e join resource r on r.id = e.member where e.grp = ? and r.presence = 'unknown'",
    ),
  };
}

/** Somebody in a group at the target whose account is on. */
export interface ActiveMember {
  readonly usr: number;
  /** 1: the account is to go off or away, and nothing holds that. */
  readonly leaves: number;
  /** 1: the membership is to end, and nothing holds that. */
  readonly isTakenOut: number;
}

export function activeMembers(db: Db, group: number): readonly ActiveMember[] {
  return prepared(
    db,
    `select m.usr, r.pending and r.intent in ('inactive', 'deleted') and r.hold_id is null as leaves,
         m.desired = 0 and m.hold_id is null as isTakenOut
       from membership m join resource r on r.id = m.usr where m.grp = +? and m.applied = 1 and r.applied_intent = 'active'`,
  ).all(group) as ActiveMember[];
}
