import type { Kind } from "../scim/resource.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";
import { type WideRow, wideColumns, wideRow } from "./rows.ts";

/** How much does not go as it should, each thing counted once. */
export interface FailureCounts {
  /** People and groups that the target refuses, or for whom the mapping fails; those that were given up included. */
  readonly objects: number;
  /** References and memberships that the target refuses; those that were given up included. */
  readonly parts: number;
  /** Of both: no longer tried. */
  readonly givenUp: number;
  /** People for whom the target has no licence. */
  readonly seats: number;
}

/** A reference or membership that the target refuses. */
export interface FailingPart {
  readonly type: "reference" | "membership";
  readonly kind: Kind;
  /** The person whose reference it is, or the group. */
  readonly label: string;
  readonly sourceId: string;
  /** SCIM path of the reference; "members". */
  readonly path: string;
  /** Who is referred to, or the member; null for a reference that is to be cleared. */
  readonly other: string | null;
  /** 1: a membership that is to end. */
  readonly isRemoval: number;
  readonly error: string | null;
  readonly failures: number;
  readonly failingSince: number;
  readonly retryAt: number | null;
  readonly givenUp: number | null;
}

/** Removals of access that have been failing for long. */
export interface OverdueRemovals {
  readonly count: number;
  /** Since when the oldest of them fails. */
  readonly oldest: number;
}

const failingObjects =
  "select id from resource where failing_since is not null union select id from resource where problem is not null and outside = 0";

const parts = `
  select 'reference' as type, o.kind, o.label, o.source_id as sourceId, f.path, coalesce(v.label, v.source_id) as other, 0 as isRemoval,
      f.error, f.failures, f.failing_since as failingSince, f.retry_at as retryAt, f.given_up as givenUp
    from reference f join resource o on o.id = f.owner left join resource v on v.id = f.desired
    where f.pending and f.failing_since is not null
  union all
  select 'membership', g.kind, g.label, g.source_id, 'members', coalesce(nullif(u.label, ''), u.source_id), m.desired = 0,
      m.error, m.failures, m.failing_since, m.retry_at, m.given_up
    from membership m join resource g on g.id = m.grp join resource u on u.id = m.usr
    where m.pending and m.failing_since is not null`;

const released = "failures = 0, failing_since = :at, retry_at = null, given_up = null";

/** What the target refuses: how much there is, who it is, and letting it go again. */
export class Failures {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  counts(): FailureCounts {
    const one = (sql: string) => prepared(this.#db, sql).pluck().get() as number;
    return {
      objects: one(`select count(*) from (${failingObjects})`),
      parts:
        one("select count(*) from reference where pending and failing_since is not null") +
        one("select count(*) from membership where pending and failing_since is not null"),
      givenUp:
        one("select count(*) from resource where given_up is not null") +
        one(
          "select count(*) from reference where pending and given_up is not null and failing_since is not null",
        ) +
        one(
          "select count(*) from membership where pending and given_up is not null and failing_since is not null",
        ),
      seats: one("select count(*) from resource where seats_since is not null"),
    };
  }

  /** What the target refuses and is still tried; not who waits because an account is somebody else's. */
  stillTried(): { readonly objects: number; readonly parts: number } {
    const one = (sql: string) => prepared(this.#db, sql).pluck().get() as number;
    const where = "failing_since is not null and given_up is null";
    return {
      objects: one(
        `select count(*) from resource where ${where} and coalesce(error_code, '') not in ('collision', 'duplicate')`,
      ),
      parts:
        one(`select count(*) from reference where pending and ${where}`) +
        one(`select count(*) from membership where pending and ${where}`),
    };
  }

  /** Lets so many people and groups who are to have an account be tried now, before their time; the schedule of their retries goes on. */
  hasten(at: number, limit: number): void {
    this.#db
      .prepare(
        `update resource set retry_at = :at where id in (select id from resource where retry_at > :at and given_up is null and intent = 'active'
           order by failing_since limit +:limit)`,
      )
      .run({ at, limit });
  }

  /** People and groups that are set aside: those first that failed first. */
  objects(limit: number): WideRow[] {
    return prepared(
      this.#db,
      `select ${wideColumns} from resource r left join wide w on w.id = r.id where r.id in (${failingObjects}) order by r.failing_since, r.id limit +?`,
    )
      .all(limit)
      .map(wideRow);
  }

  parts(limit: number): FailingPart[] {
    return prepared(this.#db, `${parts} order by failingSince limit +?`).all(limit) as FailingPart[];
  }

  /** The failing references and memberships of one person or group. */
  partsOf(id: number): FailingPart[] {
    return prepared(
      this.#db,
      `select * from (${parts.replace("where f.pending", "where f.owner = :id and f.pending").replace("where m.pending", "where (m.usr = :id or m.grp = :id) and m.pending")})`,
    ).all({ id }) as FailingPart[];
  }

  get someWaitForSeats(): boolean {
    return (
      prepared(this.#db, "select 1 from resource where seats_since is not null limit 1").get() !== undefined
    );
  }

  /** People who wait for a licence at the target: those first who wait longest. */
  seats(limit: number): WideRow[] {
    return prepared(
      this.#db,
      `select ${wideColumns} from resource r left join wide w on w.id = r.id where r.seats_since is not null order by r.seats_since, r.id limit +?`,
    )
      .all(limit)
      .map(wideRow);
  }

  /** References and memberships that wait for the other side to get an account, where it is not about to get one. */
  unresolved(): number {
    return prepared(
      this.#db,
      `select (select count(*) from reference f indexed by reference_pending cross join resource o on o.id = f.owner cross join resource v on v.id = f.desired
           where f.pending and o.target_id is not null and o.intent = 'active' and v.target_id is null)
         + (select count(*) from membership m indexed by membership_pending cross join resource g on g.id = m.grp cross join resource u on u.id = m.usr
           where m.pending and m.desired = 1 and g.target_id is not null and g.intent = 'active' and u.target_id is null)`,
    )
      .pluck()
      .get() as number;
  }

  /**
   * Since when the first of those waits who have an active account and are to have none; undefined when nobody does. Whom a person lets stay does not
   * wait.
   */
  oldestDeactivation(): number | undefined {
    return prepared(
      this.#db,
      "select leaving_since from resource where leaving_since is not null and kind = 'user' and coalesce(hold_id, 1) > 0 order by leaving_since limit 1",
    )
      .pluck()
      .get() as number | undefined;
  }

  /** Deactivations, deletions and removals of members that have been refused since before that time. */
  overdueRemovals(before: number): OverdueRemovals | undefined {
    const found = prepared(
      this.#db,
      `select count(*) as count, min(since) as oldest from (
         select failing_since as since from resource where failing_since <= :before and intent in ('inactive', 'deleted') and pending
         union all select failing_since from membership where failing_since <= :before and desired = 0 and pending)`,
    ).get({ before }) as { count: number; oldest: number | null };
    return found.oldest === null ? undefined : { count: found.count, oldest: found.oldest };
  }

  /**
   * Lets what is failing or given up be tried in the next cycle, as if it had failed now for the first time: everything, or what one person
   * or group has part in. Returns how many.
   */
  release(at: number, id?: number): { readonly objects: number; readonly parts: number } {
    const whose = (columns: string) => (id === undefined ? "" : `and (${columns})`);
    const change = (sql: string) =>
      this.#db.prepare(sql).run({ at, ...(id === undefined ? {} : { id }) }).changes;
    return this.#db
      .transaction(() => ({
        objects: change(
          `update resource set ${released} where failing_since is not null ${whose("id = :id")}`,
        ),
        parts:
          change(
            `update reference set ${released} where pending and failing_since is not null ${whose("owner = :id or desired = :id")}`,
          ) +
          change(
            `update membership set ${released} where pending and failing_since is not null ${whose("usr = :id or grp = :id")}`,
          ),
      }))
      .immediate();
  }

  /** Times that a clock which was ahead has set make nobody wait longer than the longest wait. */
  mendClock(at: number, longestWaitMs: number): void {
    this.#db
      .transaction(() => {
        for (const table of ["resource", "membership", "reference"]) {
          prepared(this.#db, `update ${table} set retry_at = :at where retry_at > :latest`).run({
            at,
            latest: at + longestWaitMs,
          });
          prepared(
            this.#db,
            `update ${table} set given_up = null, retry_at = :at where given_up > :at and failing_since is not null`,
          ).run({ at });
        }
      })
      .immediate();
  }
}
