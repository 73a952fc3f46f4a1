import type { Db } from "./database.ts";
import {
  type ActiveMember,
  activeMembers,
  type GroupMembers,
  groupMembers,
  type LeftOut,
  leftOutOf,
} from "./group-members.ts";
import { listedMember } from "./listed.ts";
import { appliedMemberships, type MemberCount, memberCount } from "./member-count.ts";
import { type NextTry, tried, triedAgain, unfailed } from "./next-try.ts";
import type { Reach } from "./pending.ts";
import { prepared } from "./prepared.ts";
import { isComputed, recomputePeople } from "./recompute-people.ts";
import { recomputeStatements } from "./recompute-statements.ts";

/** One membership that the target does not have as we want it. */
export interface PendingMembership {
  readonly usr: number;
  readonly targetId: string | null;
  readonly label: string;
  readonly desired: number;
  readonly applied: number;
  readonly doubt: number | null;
  /** The run that found it changed at the target by hand. */
  readonly drifted: number | null;
  readonly holdId: number | null;
  /** Set when an edit of the configuration ended it. */
  readonly edited: number | null;
  readonly failures: number;
  readonly failingSince: number | null;
  readonly retryAt: number | null;
  readonly givenUp: number | null;
  /** Of one in doubt: set when the call got no answer; null when the process died over it. */
  readonly error: string | null;
  /** 1: it goes because the person does, who is switched off or removed first. */
  readonly leaves: number;
  /** 1: that was not accepted yet. */
  readonly waits: number;
  /** 1: and no call of its own follows now: that is held or failing, or the account goes with its memberships. */
  readonly stuck: number;
}

/** One person, one group, or what was listed. */
type Narrowing = Pick<Partial<Reach>, "only" | "listed">;

function onlyOf({ only, listed }: Narrowing): { only?: number } {
  return only === undefined || listed === true ? {} : { only };
}

/** Changed groups and everything above them. */
const dirtyClosure = `with recursive up (id) as (
  select grp from dirty union select e.grp from up join edge e on e.member = up.id
) select id from up`;

/**
 * Memberships at the target: source edges flattened through nested groups, limited to people who are in scope and have or will get an account.
 * Disabled people keep theirs; people out of scope or gone lose them, but only after their deactivation was accepted.
 */
export class Memberships {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Groups or people wait to be computed again: a read that was not finished has changed them. */
  get areDirty(): boolean {
    return (
      prepared(this.#db, "select 1 from dirty union all select 1 from dirty_person limit 1").get() !==
      undefined
    );
  }

  /** Computes the people and groups again whose memberships changed, or whose verdict; writes only differences. Call inside a transaction. */
  recompute(flatten: boolean): number {
    let changed = recomputePeople(this.#db, flatten);
    const groups = prepared(
      this.#db,
      flatten
        ? `select up.id from (${dirtyClosure}) up cross join resource r on r.id = up.id`
        : "select d.grp as id from dirty d cross join resource r on r.id = d.grp",
    )
      .pluck()
      .all() as number[];
    if (groups.length === 0) return changed;
    this.#db.exec("create temp table if not exists inside (id integer primary key)");
    const step = recomputeStatements(this.#db, flatten);
    for (const group of groups) {
      step.empty.run();
      if (step.pushed.get(group) === undefined) {
        step.count.run(group);
        changed += step.leave.run(group).changes;
        continue;
      }
      step.fill.run({ group });
      changed += step.want.run(group).changes;
      changed += step.unwant.run(group).changes;
      step.forget.run(group);
    }
    step.empty.run();
    this.#db.exec("delete from dirty");
    return changed;
  }

  /** Of the groups with something pending those with something to do now: what waits for its next try, or was given up, costs nothing. */
  dueGroups(after: number, limit: number, now: number): number[] {
    const isOurs = `exists (select 1 from resource g where g.id = m.grp and g.intent = 'active') and m.grp not in (${dirtyClosure}) and ${isComputed}`;
    return prepared(
      this.#db,
      `select * from (select distinct m.grp from membership m indexed by membership_ready
           where m.pending and m.retry_at is null and m.given_up is null and m.grp > :after and ${isOurs} order by m.grp limit +:limit)
         union
         select * from (select distinct m.grp from membership m indexed by membership_retry
           where m.retry_at <= :now and m.pending and m.grp > :after and ${isOurs} order by m.grp limit +:limit)
         order by 1 limit +:limit`,
    )
      .pluck()
      .all({ after, limit, now }) as number[];
  }

  /**
   * Groups with something pending, after `after`, in order; `reach` narrows to one person, one group, or what was listed. What was in doubt when a group ceased to be pushed
   * stays so, for the day when it comes back. Groups that an unfinished read has touched wait for a finished one.
   */
  pendingGroups(after: number, limit: number, reach: Narrowing = {}): number[] {
    const where = this.#narrowed(reach);
    return prepared(
      this.#db,
      `select distinct m.grp from membership m where m.pending and m.grp > :after ${where}
           and exists (select 1 from resource g where g.id = m.grp and g.intent = 'active')
           and m.grp not in (${dirtyClosure}) and ${isComputed}
         order by m.grp limit +:limit`,
    )
      .pluck()
      .all({ after, limit, ...onlyOf(reach) }) as number[];
  }

  #narrowed({ only, listed }: Narrowing): string {
    if (listed === true) return `and (m.grp, m.usr) ${listedMember}`;
    if (only === undefined) return "";
    const kind = prepared(this.#db, "select kind from resource where id = ?").pluck().get(only);
    return kind === "group" ? "and m.grp = :only" : "and m.usr = :only";
  }

  pending(group: number, reach: Narrowing = {}): PendingMembership[] {
    const where = this.#narrowed(reach);
    const gone = "m.desired = 0 and (r.in_scope = 0 or r.presence <> 'present')";
    return prepared(
      this.#db,
      `select m.usr, r.target_id as targetId, r.label, m.desired, m.applied, m.doubt, m.drifted, m.hold_id as holdId, m.edited, m.failures,
           m.failing_since as failingSince, m.retry_at as retryAt, m.given_up as givenUp, m.error,
           ${gone} and (r.pending or r.applied_intent is not 'active') as leaves, ${gone} and r.pending as waits,
           ${gone} and r.pending and (r.hold_id is not null or r.failing_since is not null or r.intent = 'deleted') as stuck
         from membership m indexed by membership_pending join resource r on r.id = m.usr
         where m.pending and m.grp = +:group and ${isComputed} ${where} order by m.usr`,
    ).all({ group, ...onlyOf(reach) }) as PendingMembership[];
  }

  /** Marks memberships in doubt, in one transaction with the attempt. Who is about to be taken out was seen to be in: that is what counts as removed. */
  doubt(group: number, users: readonly number[], run: number, at: number): void {
    const mark = prepared(
      this.#db,
      "update membership set doubt = ?, error = null, applied = max(applied, 1 - desired) where grp = ? and usr = ?",
    );
    for (const user of users) mark.run(run, group, user);
    prepared(this.#db, "update resource set doubt_at = ? where id = ?").run(at, group);
  }

  /** The call got no answer: it stays in doubt, with what is known. */
  unanswered(group: number, users: readonly number[], message: string): void {
    const set = prepared(this.#db, "update membership set error = ? where grp = ? and usr = ?");
    for (const user of users) set.run(message, group, user);
  }

  /**
   * The call was definitely without effect. It was sent because the target does not hold what is wanted, or because an earlier call may have
   * brought about the opposite: so that is what stands there, whatever was believed before, and the membership stays pending.
   */
  undoubt(group: number, users: readonly number[]): void {
    const clear = prepared(
      this.#db,
      "update membership set doubt = null, applied = 1 - desired where grp = ? and usr = ?",
    );
    for (const user of users) clear.run(group, user);
  }

  /** The target refuses these memberships of a group, each with its next try; the others go on. */
  refuse(
    group: number,
    at: number,
    message: string,
    users: readonly { readonly usr: number; readonly next: NextTry }[],
  ): void {
    const set = prepared(
      this.#db,
      `update membership set ${tried}, error = :message where grp = :group and usr = :usr`,
    );
    this.#db
      .transaction(() => {
        for (const { usr, next } of users) set.run({ group, usr, at, message, ...triedAgain(next, at) });
      })
      .immediate();
  }

  /** A call on this group got no answer: it is read and compared again at that time, not before. */
  settleLater(group: number, settleAt: number): void {
    prepared(this.#db, "update resource set settle_at = ? where id = ?").run(settleAt, group);
  }

  /** Source ids of people, for the audit trail. */
  sourceIds(users: readonly number[]): string[] {
    const find = prepared(this.#db, "select source_id from resource where id = ?").pluck();
    return users.map((user) => String(find.get(user)));
  }

  /** What the target was read to hold: the applied side follows it, doubt ends. */
  settle(
    group: number,
    at: number,
    users: readonly { readonly usr: number; readonly member: boolean }[],
  ): void {
    const set = prepared(
      this.#db,
      `update membership set applied = ?, doubt = null, hold_id = null, drifted = null, ${unfailed},
           member_since = case when ? = 1 then coalesce(member_since, ?) end
         where grp = ? and usr = ?`,
    );
    const forget = prepared(
      this.#db,
      "delete from membership where grp = ? and usr = ? and desired = 0 and applied = 0 and doubt is null",
    );
    for (const { usr, member } of users) {
      set.run(member ? 1 : 0, member ? 1 : 0, at, group, usr);
      if (!member) forget.run(group, usr);
    }
    prepared(
      this.#db,
      `update resource set settle_at = null, doubt_at = null where id = ? and doubt is null
           and not exists (select 1 from membership m indexed by membership_pending where m.grp = resource.id and m.pending and m.doubt is not null)`,
    ).run(group);
  }

  /**
   * Somebody gets a link. Who is off and has no account is in no group; who is off and turns out to have one is in all of theirs, which are
   * computed again by the next read. Call before the link is stored.
   */
  noticeLink(user: number): void {
    prepared(
      this.#db,
      "insert or ignore into dirty_person select id from resource where id = ? and target_id is null and intent <> 'active'",
    ).run(user);
  }

  /** The group is gone at the target, or the person is: nothing is applied any more. */
  dropApplied(column: "grp" | "usr", row: number): void {
    prepared(
      this.#db,
      `update membership set applied = 0, doubt = null, member_since = null, ${unfailed} where ${column} = ?`,
    ).run(row);
    prepared(this.#db, `delete from membership where ${column} = ? and desired = 0`).run(row);
  }

  activeMembers(group: number): readonly ActiveMember[] {
    return activeMembers(this.#db, group);
  }

  /** All memberships that the target holds by our doing. */
  applied(): number {
    return appliedMemberships(this.#db);
  }

  /** How one membership stands; undefined where there is none. */
  standing(
    group: number,
    user: number,
  ): { readonly desired: number; readonly applied: number; readonly doubt: number | null } | undefined {
    return prepared(this.#db, "select desired, applied, doubt from membership where grp = ? and usr = ?").get(
      group,
      user,
    ) as { desired: number; applied: number; doubt: number | null } | undefined;
  }

  /** What a group is made of. */
  summary(group: number): GroupMembers {
    return groupMembers(this.#db, group, this.count(group));
  }

  /** Members in the directory who are to be none at the target; at most `most`. */
  leftOut(group: number, most: number): readonly LeftOut[] {
    return leftOutOf(this.#db, group, most);
  }

  count(group: number): MemberCount {
    return memberCount(this.#db, group);
  }
}
