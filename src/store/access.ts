import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** One person with an account, and one group that they are in by our doing; without a group where they are in none. */
export interface Access {
  readonly resource: number;
  readonly label: string;
  /** displayName, as the target last accepted it. */
  readonly name: string | null;
  readonly sourceId: string;
  readonly targetId: string;
  readonly appliedIntent: "active" | "inactive" | null;
  readonly origin: "created" | "adopted" | null;
  /** Since when the account is theirs, ms since 1970 UTC. */
  readonly linkedAt: number | null;
  /** The rule that let them in, or leaves them out by now, and why. */
  readonly rule: string;
  readonly reason: string;
  /** 1: a change is still to be sent. */
  readonly pending: number;
  /** Found changed at the target by hand, and not put right yet. */
  readonly drifted: number | null;
  readonly switchedOff: number | null;
  readonly group: string | null;
  readonly groupSourceId: string | null;
  /** Null also where it began before this was kept. */
  readonly memberSince: number | null;
  readonly memberDrifted: number | null;
  /** 0: they are to leave it. */
  readonly memberDesired: number | null;
}

const isSince = `(r.linked_at >= :since or exists (select 1 from membership n where n.usr = r.id and n.applied = 1 and n.member_since >= :since))`;

/**
 * Everybody with an account, by name, and the groups that they are in through us; with `since` only those whose account or one of whose
 * memberships began then or later. Visits everybody: for an admin's explicit wish.
 */
export function* accessOf(db: Db, since: number | undefined): Iterable<Access> {
  const statement = prepared(
    db,
    `select r.id as resource, r.label, w.applied ->> '$.displayName' as name, r.source_id as sourceId, r.target_id as targetId,
       r.applied_intent as appliedIntent, r.origin, r.linked_at as linkedAt, r.rule, r.reason, r.pending, r.drifted, r.switched_off as switchedOff,
       g.label as "group", g.source_id as groupSourceId, m.member_since as memberSince, m.drifted as memberDrifted, m.desired as memberDesired
     from resource r left join wide w on w.id = r.id left join membership m on m.usr = r.id and m.applied = 1 left join resource g on g.id = m.grp
     where r.kind = 'user' and r.target_id is not null ${since === undefined ? "" : `and ${isSince}`}
     order by r.label collate nocase, r.id, g.label`,
  );
  yield* statement.iterate(since === undefined ? {} : { since }) as IterableIterator<Access>;
}
