import type { Attributes, Kind } from "../scim/resource.ts";
import type { Db } from "./database.ts";
import { sameDigest } from "./digest.ts";
import { prepared } from "./prepared.ts";
import { type WideRow, wideColumns, wideRow } from "./rows.ts";
import { desiredDigest } from "./write-judgement.ts";

/** What the target was seen to hold of one row: the applied side follows it. */
export interface Correction {
  readonly row: WideRow;
  readonly body: Attributes;
  readonly intent: "active" | "inactive";
  readonly switchedOff: number | null;
  readonly contested: Attributes;
  /** Whether something has to be written now. */
  readonly drifted: boolean;
}

/** One membership of a group, for comparing with what the target shows. */
export interface ComparedMembership {
  readonly usr: number;
  readonly targetId: string | null;
  readonly desired: number;
  readonly applied: number;
  readonly doubt: number | null;
}

/** Our side of a comparison with everything that the target holds: rows by what they are linked to, and the correction of what we believed to stand there. */
export class Comparison {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Our row of an account or group. */
  linked(kind: Kind, targetId: string): WideRow | undefined {
    const raw = prepared(
      this.#db,
      `select ${wideColumns} from resource r left join wide w on w.id = r.id where r.kind = ? and r.target_id = +?`,
    ).get(kind, targetId);
    return raw === undefined ? undefined : wideRow(raw);
  }

  countLinked(kind: Kind): number {
    return prepared(this.#db, "select count(*) from resource where kind = ? and target_id is not null")
      .pluck()
      .get(kind) as number;
  }

  /** Rows with an account or group, after row `after`, in row order. `isOff`: switched off, and to be so; some services do not list those. */
  linkedAfter(
    kind: Kind,
    after: number,
    limit: number,
  ): { readonly id: number; readonly targetId: string; readonly isOff: number }[] {
    return prepared(
      this.#db,
      `select r.id, r.target_id as targetId, r.applied_intent is 'inactive' and r.intent <> 'active' as isOff from resource r
       where r.id > ? and +r.kind = ? and r.target_id is not null order by r.id limit +?`,
    ).all(after, kind, limit) as { id: number; targetId: string; isOff: number }[];
  }

  bySourceId(kind: Kind, sourceId: string): WideRow | undefined {
    const raw = prepared(
      this.#db,
      `select ${wideColumns} from resource r left join wide w on w.id = r.id where r.source_id = +? and r.kind = +?`,
    ).get(sourceId, kind);
    return raw === undefined ? undefined : wideRow(raw);
  }

  /** People or groups of this name. */
  byLabel(kind: Kind, label: string): WideRow[] {
    return prepared(
      this.#db,
      `select ${wideColumns} from resource r left join wide w on w.id = r.id
       where r.label = ? collate nocase and r.label <> '' and r.kind = ? order by r.id limit 5`,
    )
      .all(label, kind)
      .map(wideRow);
  }

  /** When something was last sent for this row, ms since 1970 UTC; 0: never. */
  lastWrittenAt(resource: number): number {
    const at = prepared(this.#db, "select at from audit where resource = ? order by seq desc limit 1")
      .pluck()
      .get(resource) as number | undefined;
    return at ?? 0;
  }

  /** When an account was last switched off by us, ms since 1970 UTC; 0: never. */
  deactivatedAt(resource: number): number {
    const at = prepared(
      this.#db,
      "select at from audit where resource = ? and action = 'deactivate' order by seq desc limit 1",
    )
      .pluck()
      .get(resource) as number | undefined;
    return at ?? 0;
  }

  /** References of one person that are not in doubt. */
  referencesOf(owner: number): {
    readonly path: string;
    readonly desired: number | null;
    readonly applied: number | null;
    readonly valueTargetId: string | null;
    readonly valueLabel: string | null;
  }[] {
    return prepared(
      this.#db,
      `select f.path, f.desired, f.applied, v.target_id as valueTargetId, v.label as valueLabel from reference f left join resource v on v.id = f.desired
       where f.owner = +? and f.doubt is null`,
    ).all(owner) as {
      path: string;
      desired: number | null;
      applied: number | null;
      valueTargetId: string | null;
      valueLabel: string | null;
    }[];
  }

  membershipsOf(group: number): ComparedMembership[] {
    return prepared(
      this.#db,
      `select m.usr, r.target_id as targetId, m.desired, m.applied, m.doubt from membership m join resource r on r.id = m.usr where m.grp = +?`,
    ).all(group) as ComparedMembership[];
  }

  /** The applied side of a row follows what was seen; it is pending where that is not what is wanted. Call inside a transaction. */
  correct(run: number, at: number, { row, body, intent, switchedOff, contested, drifted }: Correction): void {
    prepared(
      this.#db,
      `update resource set applied = :applied, applied_intent = :intent, switched_off = :switchedOff,
           drifted = case when :drifted then :run else drifted end,
           leaving_since = case when :intent = 'active' and intent in ('inactive', 'deleted') then coalesce(leaving_since, :at) end
         where id = :id`,
    ).run({
      id: row.id,
      run,
      at,
      // What stood as wanted and does not any more must not look as if it did, also when the wish goes back to it.
      applied: drifted || !sameDigest(row.applied, row.desired) ? null : row.applied,
      intent,
      switchedOff,
      drifted: drifted ? 1 : 0,
    });
    prepared(this.#db, "update wide set applied = ?, contested = ? where id = ?").run(
      JSON.stringify(body),
      Object.keys(contested).length === 0 ? null : JSON.stringify(contested),
      row.id,
    );
  }

  /** A reference stands differently at the target: `applied` is the row that it names, 0 for an account of nobody of ours. */
  correctReference(run: number, owner: number, path: string, applied: number | null): void {
    prepared(this.#db, "update reference set applied = ?, drifted = ? where owner = ? and path = ?").run(
      applied,
      run,
      owner,
      path,
    );
  }

  /** Somebody put a person of ours into the group, or took one out. */
  correctMembership(run: number, group: number, user: number, applied: 0 | 1): void {
    prepared(
      this.#db,
      `insert into membership (grp, usr, desired, applied, drifted) values (:group, :user, 0, :applied, :run)
       on conflict (grp, usr) do update set applied = excluded.applied, drifted = excluded.drifted,
         member_since = case when excluded.applied = 1 then member_since end`,
    ).run({ group, user, applied, run });
  }

  /** An account that is ours is linked again, and compared like the others from now on. */
  relink(
    at: number,
    row: WideRow,
    link: {
      readonly targetId: string;
      readonly origin: "created" | "adopted";
      readonly intent: "active" | "inactive";
      readonly switchedOff: number | null;
      readonly body: Attributes;
    },
  ): void {
    const judged = { applied: null, target_id: link.targetId, doubt: null };
    const { intent, reasonCode, inScope, problem, body } = row;
    const followed = inScope === 1 && problem === null && Object.keys(body).length > 0 ? { body } : {};
    const desired =
      reasonCode === "" ? row.desired : desiredDigest(judged, { intent, reasonCode, ...followed });
    prepared(
      this.#db,
      `update resource set target_id = :targetId, origin = :origin, linked_at = :at, applied = null, desired = :desired,
           applied_intent = :intent, switched_off = :switchedOff, match_id = null, match_by = null, match_note = null,
           leaving_since = case when :intent = 'active' and intent in ('inactive', 'deleted') then :at end
         where id = :id`,
    ).run({
      id: row.id,
      at,
      desired,
      targetId: link.targetId,
      origin: link.origin,
      intent: link.intent,
      switchedOff: link.switchedOff,
    });
    prepared(
      this.#db,
      "insert into wide (id, applied) values (?, ?) on conflict (id) do update set applied = excluded.applied",
    ).run(row.id, JSON.stringify(link.body));
  }

  /** What we did to this account or group for this row, by the audit trail, the newest first: proof that it is ours. */
  doneTo(resource: number, targetId: string): readonly string[] {
    return prepared(
      this.#db,
      `select action from audit where resource = ? and event = 'outcome' and outcome in ('done', 'found-done') and target_id = ?
         and action in ('create', 'adopt', 'deactivate', 'reactivate', 'relink') order by seq desc limit 100`,
    )
      .pluck()
      .all(resource, targetId) as string[];
  }
}
