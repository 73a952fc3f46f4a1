import type { Audit } from "./audit.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** A membership as it is to stand again. */
export interface MembershipBack {
  readonly usr: number;
  readonly sourceId: string;
  readonly member: boolean;
}

/** One call that puts memberships of a group back. */
export interface MembersCall {
  readonly run: number;
  readonly at: number;
  readonly actor: string;
  readonly reason: string;
  readonly group: { readonly id: number; readonly sourceId: string; readonly targetId: string };
  readonly changes: readonly MembershipBack[];
}

/**
 * Memberships that are put back as they were before a run. The applied side is written down before the call: should the process die over it, what
 * the directory wants is held back all the same, and nobody takes it for a change of today.
 */
export class PutBack {
  readonly #db: Db;
  readonly #audit: Audit;

  constructor(db: Db, audit: Audit) {
    this.#db = db;
    this.#audit = audit;
  }

  /** Call inside the transaction that also writes down what is held back. Returns the attempt's number. */
  mark({ run, at, actor, reason, group, changes }: MembersCall): number {
    const set = prepared(
      this.#db,
      `insert into membership (grp, usr, desired, applied, doubt) values (:group, :usr, 0, :applied, :run)
       on conflict (grp, usr) do update set applied = excluded.applied, doubt = excluded.doubt, error = null, drifted = null`,
    );
    for (const { usr, member } of changes) set.run({ group: group.id, usr, applied: member ? 1 : 0, run });
    prepared(this.#db, "update resource set doubt_at = ? where id = ?").run(at, group.id);
    return this.#audit.attempt(run, actor, at, {
      resource: group.id,
      kind: "group",
      sourceId: group.sourceId,
      targetId: group.targetId,
      action: changes.some(({ member }) => member) ? "add members" : "remove members",
      reason,
      before: null,
      after: { members: changes.map(({ sourceId }) => sourceId) },
    });
  }

  /** The group is as it was: so it is believed to stand, and what is wanted otherwise is pending. */
  settle(group: number, at: number, changes: readonly Pick<MembershipBack, "usr" | "member">[]): void {
    const set = prepared(
      this.#db,
      `update membership set applied = :applied, doubt = null, error = null,
         member_since = case when :applied = 1 then coalesce(member_since, :at) end
       where grp = :group and usr = :usr`,
    );
    for (const { usr, member } of changes) set.run({ group, usr, at, applied: member ? 1 : 0 });
    this.#forget(group, changes);
  }

  /** The call had no effect: it stands as before. */
  fail(group: number, changes: readonly Pick<MembershipBack, "usr" | "member">[]): void {
    const set = prepared(
      this.#db,
      "update membership set applied = :applied, doubt = null where grp = :group and usr = :usr",
    );
    for (const { usr, member } of changes) set.run({ group, usr, applied: member ? 0 : 1 });
    this.#forget(group, changes);
  }

  /** Memberships of a group that are wanted by the directory now, of these people. */
  isWanted(group: number, usr: number): boolean {
    return (
      prepared(this.#db, "select desired from membership where grp = ? and usr = ?")
        .pluck()
        .get(group, usr) === 1
    );
  }

  /** What we believe to stand there, for a target that does not show its members. */
  isApplied(group: number, usr: number): boolean {
    return (
      prepared(this.#db, "select applied from membership where grp = ? and usr = ?")
        .pluck()
        .get(group, usr) === 1
    );
  }

  #forget(group: number, changes: readonly { readonly usr: number }[]): void {
    const forget = prepared(
      this.#db,
      "delete from membership where grp = ? and usr = ? and desired = 0 and applied = 0 and doubt is null",
    );
    for (const { usr } of changes) forget.run(group, usr);
  }
}
