import { type Approval, approvalOf } from "./approval.ts";
import { Approvals, type Approver } from "./approvals.ts";
import type { Db } from "./database.ts";
import { changeOf, countHeld, type HeldObject, heldObjects, letGo } from "./held-objects.ts";
import { prepared } from "./prepared.ts";
import { type Answered, type Rejection, Rejections } from "./rejections.ts";

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
  | "switched-off"
  /** Members for groups that give rights. */
  | "privileged-additions"
  /** What an edit of mapping, scope or policy would take away, whatever the directory says. */
  | "configuration";

export interface Hold {
  readonly id: number;
  readonly class: HoldClass;
  readonly run: number;
  readonly openedAt: number;
  readonly message: string;
  readonly n: number;
  readonly base: number;
  /** 1: a person answered a part of it. */
  readonly answered: number;
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

function placeOf(id: number, grp = 0): string {
  return `${id} ${grp}`;
}

/** Changes that wait for a person. A hold is a property of rows: it never stops a cursor and never expires. */
export class Holds {
  readonly #db: Db;
  readonly approvals: Approvals;
  readonly rejections: Rejections;
  /** Class -> what was held when the guard began to look, under holds that were answered in part. */
  readonly #asked = new Map<HoldClass, ReadonlySet<string>>();

  constructor(db: Db) {
    this.#db = db;
    this.approvals = new Approvals(db);
    this.rejections = new Rejections(db);
  }

  open(): Hold[] {
    return this.#db
      .prepare(
        "select id, class, run, opened_at as openedAt, message, n, base, answered from hold where closed_at is null order by id",
      )
      .all() as Hold[];
  }

  /** Before a guard looks again: what is still held is found out anew, and what was rejected and is wanted no more is forgotten. */
  clear(): void {
    this.#asked.clear();
    for (const hold of this.open()) {
      if (hold.answered === 0) continue;
      const places = this.objects(hold.id, -1).map((each) => placeOf(each.resource, each.grp));
      this.#asked.set(hold.class, new Set(places));
    }
    this.#db.prepare("update resource set hold_id = null where hold_id is not null").run();
    this.#db.prepare("update membership set hold_id = null where hold_id is not null").run();
    this.rejections.renew();
  }

  /** Holds these rows of a class, under the class's open hold if there is one. */
  place(
    what: Omit<Hold, "id" | "openedAt" | "answered"> & { readonly at: number },
    rows: Iterable<Guarded>,
  ): Hold {
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
      answered: known?.answered ?? 0,
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
    return heldObjects(this.#db, hold, limit);
  }

  count(hold: number): number {
    return countHeld(this.#db, hold);
  }

  /** A person's yes to everything listed under a hold, as it stands now. Call inside a transaction. Returns what was approved. */
  approve(hold: Pick<Hold, "id" | "class">, by: Approver): HeldObject[] {
    const objects = this.objects(hold.id, -1);
    this.approveThese(
      objects.map((object) => changeOf(object, hold.class)),
      by,
    );
    return objects;
  }

  /** A person's yes to these changes as they stand now; a no that was given before is taken back. Call inside a transaction. */
  approveThese(changes: readonly Answered[], by: Approver): void {
    for (const change of changes) {
      this.rejections.drop(change);
      this.approvals.add(change, by);
      letGo(this.#db, change);
    }
    this.closeEmpty(by.at);
  }

  /** A person's no to these changes as they stand now: they leave their holds and are not sent while the same is wanted. Call inside a transaction. */
  reject(changes: readonly Answered[], by: Omit<Rejection, "class">): void {
    for (const change of changes) {
      letGo(this.#db, change);
      this.rejections.add(change, by);
    }
    this.closeEmpty(by.at);
  }

  /** Of these changes those that wait since a person answered a part of their hold: they wait on. Since `clear`. */
  leftOver(holdClass: HoldClass, changes: readonly Guarded[]): readonly Guarded[] {
    const asked = this.#asked.get(holdClass);
    return asked === undefined ? [] : changes.filter((each) => asked.has(placeOf(each.id, each.grp)));
  }

  /** A person said yes or no to something that is not done yet. */
  get someAnswered(): boolean {
    const found = prepared(
      this.#db,
      "select exists (select 1 from approval) or exists (select 1 from rejection)",
    );
    return found.pluck().get() === 1;
  }

  /** A person said yes or no to exactly this change. */
  isAnswered(guarded: Guarded, holdClass: HoldClass, now: number): boolean {
    return this.rejections.covers(guarded) || this.approval(guarded, holdClass, now) !== undefined;
  }

  /** The approval of exactly this change, if a person gave one that has not expired. */
  approval(guarded: Guarded, holdClass: HoldClass, now: number): Approval | undefined {
    return approvalOf(this.#db, guarded, holdClass, now);
  }
}
