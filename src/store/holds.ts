import { type Approval, approvalOf, boundTo } from "./approval.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";
import { type Rejected, type Rejection, Rejections } from "./rejections.ts";

/** What is limited, each class alone. */
export type HoldClass =
  | "adoptions"
  | "not-visible"
  | "deactivations"
  | "deletions"
  | "member-removals"
  | "creations"
  | "identifier-changes"
  | "cleared-values"
  | "switched-off";

export interface Hold {
  readonly id: number;
  readonly class: HoldClass;
  readonly run: number;
  readonly openedAt: number;
  readonly message: string;
  readonly n: number;
  readonly base: number;
}

export interface HeldObject {
  readonly resource: number;
  readonly grp: number;
  readonly kind: "user" | "group";
  readonly sourceId: string;
  readonly targetId: string | null;
  readonly label: string;
  readonly groupLabel: string | null;
  readonly reason: string;
  readonly matchNote: string | null;
  readonly matchId: string | null;
  readonly desired: Buffer;
}

/** A row or, with `grp`, a membership that a guard looks at. */
export interface Guarded {
  readonly id: number;
  readonly grp?: number;
  /** A membership that begins; default: one that ends. */
  readonly joins?: boolean;
  readonly desired: Buffer | null;
  readonly matchId?: string | null;
  /** Counts for so many: the members of a group that is deleted. Default: 1. */
  readonly weight?: number;
}

/** Changes that wait for a person. A hold is a property of rows: it never stops a cursor and never expires. */
export class Holds {
  readonly #db: Db;
  readonly rejections: Rejections;

  constructor(db: Db) {
    this.#db = db;
    this.rejections = new Rejections(db);
  }

  open(): Hold[] {
    return this.#db
      .prepare(
        "select id, class, run, opened_at as openedAt, message, n, base from hold where closed_at is null order by id",
      )
      .all() as Hold[];
  }

  /** Before a guard looks again: what is still held is found out anew, and what was rejected and is wanted no more is forgotten. */
  clear(): void {
    this.#db.prepare("update resource set hold_id = null where hold_id is not null").run();
    this.#db.prepare("update membership set hold_id = null where hold_id is not null").run();
    this.rejections.renew();
  }

  /** Holds these rows of a class, under the class's open hold if there is one. */
  place(what: Omit<Hold, "id" | "openedAt"> & { readonly at: number }, rows: Iterable<Guarded>): Hold {
    const known = this.open().find((hold) => hold.class === what.class);
    const fields = {
      class: what.class,
      run: what.run,
      at: what.at,
      message: what.message,
      n: what.n,
      base: what.base,
    };
    if (known !== undefined) {
      this.#db
        .prepare("update hold set message = :message, n = :n, base = :base where id = :id")
        .run({ ...fields, id: known.id });
    }
    const id =
      known?.id ??
      Number(
        this.#db
          .prepare(
            "insert into hold (class, run, opened_at, message, n, base) values (:class, :run, :at, :message, :n, :base)",
          )
          .run(fields).lastInsertRowid,
      );
    const holdRow = this.#db.prepare("update resource set hold_id = ? where id = ?");
    const holdMembership = this.#db.prepare("update membership set hold_id = ? where grp = ? and usr = ?");
    for (const row of rows) {
      if (row.grp === undefined) holdRow.run(id, row.id);
      else holdMembership.run(id, row.grp, row.id);
    }
    return {
      id,
      class: what.class,
      run: what.run,
      openedAt: known?.openedAt ?? what.at,
      message: what.message,
      n: what.n,
      base: what.base,
    };
  }

  /** Holds under which nothing is held any more have answered themselves. */
  closeEmpty(at: number): void {
    this.#db
      .prepare(
        `update hold set closed_at = ? where closed_at is null
           and not exists (select 1 from resource r where r.hold_id = hold.id)
           and not exists (select 1 from membership m where m.hold_id = hold.id)`,
      )
      .run(at);
  }

  /** What waits under a hold, in row order. */
  objects(hold: number, limit: number): HeldObject[] {
    return this.#db
      .prepare(
        `select r.id as resource, 0 as grp, r.kind, r.source_id as sourceId, r.target_id as targetId, r.label, null as groupLabel,
           case when r.switched_off is not null and r.intent = 'active' then 'switched off at the target' else r.reason end as reason,
           r.match_note as matchNote, r.match_id as matchId, r.desired
         from resource r where r.hold_id = :hold
         union all
         select r.id, m.grp, r.kind, r.source_id, r.target_id, r.label, g.label, 'no longer a member', null, null, x''
         from membership m join resource r on r.id = m.usr join resource g on g.id = m.grp where m.hold_id = :hold
         limit +:limit`,
      )
      .all({ hold, limit }) as HeldObject[];
  }

  count(hold: number): number {
    return this.#db
      .prepare(
        "select (select count(*) from resource where hold_id = :hold) + (select count(*) from membership where hold_id = :hold)",
      )
      .pluck()
      .get({ hold }) as number;
  }

  /** A person's yes to everything listed under a hold, as it stands now. Call inside a transaction. Returns what was approved. */
  approve(
    hold: Hold,
    by: { readonly actor: string; readonly reason: string; readonly at: number; readonly expiresAt: number },
  ): HeldObject[] {
    const objects = this.objects(hold.id, -1);
    const insert = this.#db.prepare(
      `insert into approval (resource, grp, class, desired, actor, reason, at, expires_at)
       values (:resource, :grp, :class, :desired, :actor, :reason, :at, :expiresAt)
       on conflict (resource, grp, class) do update set desired = excluded.desired, actor = excluded.actor, reason = excluded.reason,
         at = excluded.at, expires_at = excluded.expires_at`,
    );
    for (const object of objects) {
      const bound = boundTo(
        object.grp === 0
          ? { id: object.resource, desired: object.desired, matchId: object.matchId }
          : { id: object.resource, grp: object.grp, desired: null },
      );
      insert.run({ resource: object.resource, grp: object.grp, class: hold.class, desired: bound, ...by });
    }
    this.#db.prepare("update resource set hold_id = null where hold_id = ?").run(hold.id);
    this.#db.prepare("update membership set hold_id = null where hold_id = ?").run(hold.id);
    this.#db.prepare("update hold set closed_at = ? where id = ?").run(by.at, hold.id);
    return objects;
  }

  /** A person's no to these changes as they stand now: they leave their holds and are not sent while the same is wanted. Call inside a transaction. */
  reject(changes: readonly Rejected[], by: Omit<Rejection, "class">): void {
    for (const change of changes) this.rejections.add(change, by);
    this.closeEmpty(by.at);
  }

  /** A person said yes or no to exactly this change. */
  isAnswered(guarded: Guarded, holdClass: HoldClass, now: number): boolean {
    return this.rejections.covers(guarded) || this.approval(guarded, holdClass, now) !== undefined;
  }

  /** The approval of exactly this change, if a person gave one that has not expired. */
  approval(guarded: Guarded, holdClass: HoldClass, now: number): Approval | undefined {
    return approvalOf(this.#db, guarded, holdClass, now);
  }

  /** How many changes of a class were applied since, without somebody's approval: the guards' rolling window. */
  appliedSince(holdClass: HoldClass, since: number): number {
    return prepared(this.#db, "select coalesce(sum(n), 0) from applied_change where class = ? and at > ?")
      .pluck()
      .get(holdClass, since) as number;
  }

  /** Memberships that were removed: those that a person approved use up that approval, the others count toward the window. */
  countRemoved(at: number, group: number, users: readonly number[]): void {
    const used = prepared(
      this.#db,
      "delete from approval where resource = ? and grp = ? and class = 'member-removals'",
    );
    const n = users.filter((user) => used.run(user, group).changes === 0).length;
    if (n > 0)
      prepared(this.#db, "insert into applied_change (at, class, n) values (?, 'member-removals', ?)").run(
        at,
        n,
      );
  }

  forgetAppliedBefore(at: number): void {
    prepared(this.#db, "delete from applied_change where at < ?").run(at);
  }
}
