import type { Attributes, Kind } from "../scim/resource.ts";
import type { Audit } from "./audit.ts";
import type { Claims } from "./claims.ts";
import type { Comparison } from "./comparison.ts";
import type { Db } from "./database.ts";
import { Links } from "./links.ts";
import type { Memberships } from "./memberships.ts";
import { unfailed } from "./next-try.ts";
import { prepared } from "./prepared.ts";
import type { WideRow } from "./rows.ts";

/** An account or group that becomes somebody's by a person's word, as the target held it then. */
export interface Bound {
  readonly targetId: string;
  readonly origin: "created" | "adopted";
  readonly intent: "active" | "inactive";
  /** When it was found switched off by somebody else, ms since 1970 UTC. */
  readonly switchedOff: number | null;
  /** What it holds of the values that we write: SCIM path -> value. */
  readonly body: Attributes;
  /** Whom it refers to: SCIM path -> id of an account at the target, null for nobody. */
  readonly references: Readonly<Record<string, string | null>>;
  /** The external id of another system that stays there; null when ours is written. */
  readonly foreignId: string | null;
}

/** Who decided, when and why, for the audit trail. */
export interface Decision {
  readonly run: number;
  readonly actor: string;
  readonly at: number;
  readonly reason: string;
  /** link, unlink, transfer to ..., transfer from ... */
  readonly action: string;
}

/** Who is parted from an account, or brought together with one. */
type Parted = Pick<WideRow, "id" | "kind" | "sourceId" | "targetId">;

/** One link, as it is written into a file. */
export interface LinkRow {
  readonly kind: Kind;
  readonly sourceId: string;
  readonly name: string;
  readonly targetId: string;
  readonly origin: "created" | "adopted";
}

/**
 * Links that a person makes and cuts. The claim at the target is the truth: it is taken before a link is written, and let go before a link is
 * cut, so that a process that dies in between leaves an account with one owner, and the same command can be typed again.
 */
export class Bindings {
  readonly #db: Db;
  readonly #claims: Claims;
  readonly #comparison: Comparison;
  readonly #memberships: Memberships;
  readonly #audit: Audit;
  readonly #links: Links;

  constructor(
    db: Db,
    parts: {
      readonly claims: Claims;
      readonly comparison: Comparison;
      readonly memberships: Memberships;
      readonly audit: Audit;
    },
  ) {
    this.#db = db;
    this.#claims = parts.claims;
    this.#comparison = parts.comparison;
    this.#memberships = parts.memberships;
    this.#audit = parts.audit;
    this.#links = new Links(db, parts.claims, parts.memberships);
  }

  /**
   * The account is this row's from now on, and what is wanted of it is pending, as an ordinary change. The claim has to be ours by then. Call
   * inside a transaction.
   */
  bind(row: WideRow, bound: Bound, decision: Decision): void {
    this.#links.dropOthers(row.kind, bound.targetId, row.id);
    this.#memberships.noticeLink(row.id);
    this.#comparison.relink(decision.at, row, bound);
    this.#startOver(row.id);
    prepared(this.#db, "update resource set foreign_id = ? where id = ?").run(bound.foreignId, row.id);
    this.refer(row.id, bound.references);
    this.#decided(row, bound.targetId, decision);
  }

  /** The row has no account any more; the account stays as it is. Call inside a transaction. */
  cut(row: Parted, decision: Decision): void {
    this.#links.drop(row.id);
    this.#startOver(row.id);
    // Who is not to be active, and has no account, wants nothing.
    prepared(
      this.#db,
      "update resource set applied_intent = null, foreign_id = null, gone_off = null, put_off = null, desired = case when intent = 'active' then desired end where id = ?",
    ).run(row.id);
    prepared(this.#db, "update wide set applied = null where id = ?").run(row.id);
    this.#decided(row, row.targetId, decision);
  }

  /** Claims accounts for rows of ours, all in one commit or none. Throws ItemError when one is somebody else's. */
  claim(
    at: number,
    wanted: Iterable<{ readonly kind: Kind; readonly sourceId: string; readonly targetId: string }>,
  ): void {
    this.#claims.batch(() => {
      for (const { kind, sourceId, targetId } of wanted) this.#claims.take(kind, targetId, sourceId, at);
    });
  }

  release(at: number, { kind, targetId }: WideRow): void {
    if (targetId !== null) this.#claims.release(kind, targetId, at);
  }

  /** Gives accounts of ours to people of another connection, all in one commit. Throws ItemError when one is no longer ours. */
  handOver(
    at: number,
    to: string,
    moves: Iterable<{
      readonly kind: Kind;
      readonly targetId: string;
      readonly sourceId: string;
      readonly heir: string;
    }>,
  ): void {
    this.#claims.batch(() => {
      for (const { kind, targetId, sourceId, heir } of moves)
        this.#claims.handOver(kind, targetId, sourceId, { connection: to, sourceId: heir }, at);
    });
  }

  /** Groups at the target that hold somebody by our doing. */
  groupsHolding(user: number): readonly {
    readonly id: number;
    readonly sourceId: string;
    readonly label: string;
    readonly targetId: string;
  }[] {
    return prepared(
      this.#db,
      `select g.id, g.source_id as sourceId, g.label, g.target_id as targetId from membership m join resource g on g.id = m.grp
         where m.usr = ? and m.applied = 1 and g.target_id is not null order by g.label`,
    ).all(user) as { id: number; sourceId: string; label: string; targetId: string }[];
  }

  /** The group holds this person, by whoever's doing. Call inside a transaction. */
  holds(group: number, user: number): void {
    prepared(
      this.#db,
      `insert into membership (grp, usr, desired, applied) values (?, ?, 0, 1) on conflict (grp, usr) do update set applied = 1`,
    ).run(group, user);
  }

  /** Every link, in the order of rows. */
  *all(): Iterable<LinkRow> {
    const next = prepared(
      this.#db,
      `select id, kind, source_id as sourceId, label as name, target_id as targetId, coalesce(origin, 'adopted') as origin
       from resource where id > ? and target_id is not null and +kind in ('user', 'group') order by id limit 1000`,
    );
    for (let after = 0; ; ) {
      const page = next.all(after) as (LinkRow & { readonly id: number })[];
      for (const { id: _row, ...link } of page) yield link;
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  /** Whom an account refers to is what was applied; 0 is nobody's row: somebody whom we do not know. Call inside a transaction. */
  refer(owner: number, references: Bound["references"]): void {
    const whose = prepared(this.#db, "select id from resource where kind = 'user' and target_id = ?").pluck();
    const set = prepared(
      this.#db,
      `insert into reference (owner, path, applied) values (:owner, :path, :applied)
         on conflict (owner, path) do update set applied = excluded.applied`,
    );
    for (const [path, targetId] of Object.entries(references)) {
      const applied = targetId === null ? null : ((whose.get(targetId) as number | undefined) ?? 0);
      set.run({ owner, path, applied });
    }
  }

  /** What failed before, was looked up or was held has to be found out anew. */
  #startOver(id: number): void {
    prepared(
      this.#db,
      `update resource set ${unfailed}, error_code = null, seats_since = null, hold_id = null,
         match_id = null, match_by = null, match_note = null, match_at = null where id = ?`,
    ).run(id);
    prepared(this.#db, "delete from approval where resource = ? and grp = 0").run(id);
  }

  #decided({ id, kind, sourceId }: Parted, targetId: string | null, decision: Decision): void {
    const { run, actor, at, action, reason } = decision;
    this.#audit.decision(run, actor, at, {
      resource: id,
      kind,
      sourceId,
      targetId,
      action,
      reason,
      before: null,
      after: null,
    });
  }
}
