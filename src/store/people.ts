import type { Kind } from "../scim/resource.ts";
import type { SourceRecord } from "../sources/source.ts";
import type { Db } from "./database.ts";
import { type HeadCount, headCount } from "./head-count.ts";
import { prepared } from "./prepared.ts";
import { protectedMark } from "./protections.ts";
import { type WideRow, wideColumns, wideRow } from "./rows.ts";

export interface Totals {
  readonly present: number;
  readonly inScope: number;
  readonly managedActive: number;
  readonly pending: number;
  readonly doubt: number;
  readonly failing: number;
  readonly held: number;
  /** Of those pending: a person said no. */
  readonly rejected: number;
  /** Of those pending: not sent, because somebody is protected. */
  readonly protected: number;
}

export interface GroupOf {
  readonly label: string;
  readonly sourceId: string;
  readonly desired: number;
  readonly applied: number;
}

/** So many names are compared with one that nobody has. */
const mostLike = 5_000;

/** Each by an index of its own. */
const knownBy = `select id from resource where source_id = :key
  union select id from resource where label = :key collate nocase and label <> ''
  union select id from resource where kind in ('user', 'group') and target_id = :key and target_id is not null`;

/** Looking people and groups up in the snapshot, for `explain`, `status` and on-demand runs. */
export class People {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Who an admin may mean: by source id, target id, userName or display name; else by any whole value of the record. */
  find(key: string, kind?: Kind): WideRow[] {
    const byIndex = this.named(key, kind);
    if (byIndex.length > 0) return byIndex;
    return this.#rows("instr(lower(w.record), lower(json_quote(:key))) > 0", { key }, kind);
  }

  /** Like `find`, but by ids and names alone: costs the same in every directory. */
  named(key: string, kind?: Kind): WideRow[] {
    return this.#rows(`r.id in (${knownBy})`, { key }, kind);
  }

  /** Names that begin like this one, for a suggestion; through their index. */
  like(key: string): string[] {
    const start = [...key.toLowerCase()].slice(0, 2).join("");
    if (start === "") return [];
    return prepared(
      this.#db,
      `select label from resource where label >= :start collate nocase and label < :end collate nocase and label <> ''
         order by label collate nocase limit +:most`,
    )
      .pluck()
      .all({ start, end: `${start}\u{10ffff}`, most: mostLike }) as string[];
  }

  record(id: number): SourceRecord | undefined {
    const text = prepared(this.#db, "select record from wide where id = ?").pluck().get(id) as
      | string
      | null
      | undefined;
    return text === null || text === undefined ? undefined : (JSON.parse(text) as SourceRecord);
  }

  references(id: number): {
    readonly path: string;
    readonly label: string | null;
    readonly targetId: string | null;
    readonly settled: number;
    /** 0: the other side is not in scope. */
    readonly inScope: number | null;
  }[] {
    return prepared(
      this.#db,
      `select f.path, v.label, v.target_id as targetId, f.desired is f.applied as settled, v.in_scope as inScope
         from reference f left join resource v on v.id = f.desired where f.owner = +? order by f.path`,
    ).all(id) as ReturnType<People["references"]>;
  }

  groupsOf(id: number): GroupOf[] {
    return this.#db
      .prepare(
        `select g.label, g.source_id as sourceId, m.desired, m.applied from membership m join resource g on g.id = m.grp
         where m.usr = ? order by g.label`,
      )
      .all(id) as GroupOf[];
  }

  /** Counts that are kept, and the few of whom something is still to be done or said, each by an index of its own. */
  totals(kind: Kind): Totals {
    return prepared(
      this.#db,
      `select present, in_scope as inScope, active as managedActive,
         (select count(*) from resource where pending and kind = :kind) as pending,
         (select count(*) from resource where doubt is not null and +kind = :kind) as doubt,
         (select count(*) from (select id from resource where failing_since is not null and +kind = :kind
            union select id from resource where problem is not null and outside = 0 and +kind = :kind)) as failing,
         (select count(*) from resource where hold_id > 0 and +kind = :kind) as held,
         (select count(*) from resource where hold_id = 0 and +pending and +kind = :kind) as rejected,
         (select count(*) from resource where hold_id = ${protectedMark} and +pending and +kind = :kind) as protected
       from head_count where kind = :kind`,
    ).get({ kind }) as Totals;
  }

  /** How many people or groups there are: these counts are kept, so that they cost nothing. */
  counts(kind: Kind): HeadCount {
    return headCount(this.#db, kind);
  }

  /** Accounts or groups that are ours and on: what the guards' percentages are of. */
  managedActive(kind: Kind): number {
    return this.counts(kind).managedActive;
  }

  /** People or groups whom the directory has, or had while they have an account of ours, after row `after`, in row order. */
  page(kind: Kind, after: number, limit: number): WideRow[] {
    return prepared(
      this.#db,
      `select ${wideColumns} from resource r left join wide w on w.id = r.id
         where r.id > ? and +r.kind = ? and (+r.presence = 'present' or +r.presence = 'absent' and r.target_id is not null) order by r.id limit +?`,
    )
      .all(after, kind, limit)
      .map(wideRow);
  }

  /** How many pushed groups somebody is in. */
  countGroups(id: number): number {
    return prepared(this.#db, "select count(*) from membership where usr = ? and desired = 1")
      .pluck()
      .get(id) as number;
  }

  #rows(where: string, parameters: Record<string, string>, kind?: Kind): WideRow[] {
    return this.#db
      .prepare(
        `select ${wideColumns} from resource r left join wide w on w.id = r.id
         where (${where}) and r.presence <> 'unknown' ${kind === undefined ? "" : "and r.kind = :kind"} order by r.id limit 20`,
      )
      .all(kind === undefined ? parameters : { ...parameters, kind })
      .map(wideRow);
  }
}
