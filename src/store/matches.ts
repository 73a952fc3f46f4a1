import type { Kind } from "../scim/resource.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";
import { type WideRow, wideColumns, wideRow } from "./rows.ts";

/** An existing account or group that was found for somebody without a link, and how. */
export interface Match {
  readonly id: number;
  /** Null: looked, nobody there. */
  readonly targetId: string | null;
  readonly by: string | null;
  /** The values compared, for the plan. */
  readonly note: string | null;
}

/** Times, ms since 1970 UTC. */
interface Since {
  readonly now: number;
  readonly fresh: number;
  readonly known: number;
}

function isWanting(only: number | undefined): string {
  return `r.pending and r.kind = :kind and r.target_id is null and r.intent = 'active' and r.doubt is null
    and (r.match_at is null or r.match_at > :now
      or r.match_at < case when r.match_id is null and r.hold_id is null then :fresh else :known end)
    ${only === undefined ? "and (r.retry_at is null or r.retry_at <= :now) and r.given_up is null and r.seats_since is null" : "and r.id = :only"}`;
}

const setAside = "error_code in ('collision', 'duplicate')";
const settled = "failing_since = null, retry_at = null, error_code = null, error = null";

/** What the match step found out, until the row is applied. */
export class Matches {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /**
   * People or groups who are to be created and were not looked up yet, or not since `since.fresh`; since `since.known` is enough for those who
   * wait anyway: held, or with an account that was found. Who is failing is looked up when it is time to try again.
   */
  wanting(kind: Kind, after: number, limit: number, since: Since, only?: number): WideRow[] {
    return prepared(
      this.#db,
      `select ${wideColumns} from resource r left join wide w on w.id = r.id
         where ${isWanting(only)} and r.id > :after order by r.id limit +:limit`,
    )
      .all({ kind, after, limit, ...since, ...(only === undefined ? {} : { only }) })
      .map(wideRow);
  }

  /** How many of them there are, up to `most`. */
  count(kind: Kind, most: number, since: Since): number {
    return prepared(
      this.#db,
      `select count(*) from (select 1 from resource r where ${isWanting(undefined)} limit +:most)`,
    )
      .pluck()
      .get({ kind, most, ...since }) as number;
  }

  /** All of them were looked for, and nobody was there. Returns how many; a commit for each thousand. */
  *nobody(kind: Kind, at: number, since: Since, only?: number): Iterable<number> {
    const given = { kind, ...since, ...(only === undefined ? {} : { only }) };
    const next = prepared(
      this.#db,
      `select r.id from resource r where ${isWanting(only)} and r.id > :after order by r.id limit +:limit`,
    ).pluck();
    const these = `id in (select r.id from resource r where ${isWanting(only)} and r.id > :after and r.id <= :last)`;
    for (let after = 0; ; ) {
      const ids = next.all({ ...given, after, limit: 1000 }) as number[];
      const last = ids.at(-1);
      if (last === undefined) return;
      const place = { ...given, after, last };
      this.#db
        .transaction(() => {
          prepared(this.#db, `update resource set ${settled} where ${setAside} and ${these}`).run(place);
          prepared(
            this.#db,
            `update resource set match_id = null, match_by = null, match_note = null, match_at = :at where ${these}`,
          ).run({ ...place, at });
        })
        .immediate();
      after = last;
      yield ids.length;
    }
  }

  record(at: number, matches: readonly Match[]): void {
    const set = prepared(
      this.#db,
      "update resource set match_id = :targetId, match_by = :by, match_note = :note, match_at = :at where id = :id",
    );
    // Whose account was somebody else's, or one of several, is no longer set aside for that.
    const settle = prepared(this.#db, `update resource set ${settled} where id = :id and ${setAside}`);
    this.#db
      .transaction(() => {
        for (const match of matches) {
          set.run({ ...match, at });
          settle.run({ id: match.id });
        }
      })
      .immediate();
  }

  /** Somebody without an account is looked up in this run, whenever their time would have come. */
  again(sourceIds: readonly string[]): void {
    const again = prepared(
      this.#db,
      "update resource set retry_at = null, match_at = null where source_id = ? and target_id is null and doubt is null",
    );
    this.#db
      .transaction(() => {
        for (const sourceId of sourceIds) again.run(sourceId);
      })
      .immediate();
  }

  /** Which of our rows this account or group is linked to, and whether we switched it off for them. */
  linkedTo(kind: Kind, targetId: string): { readonly id: number; readonly isOff: number } | undefined {
    return prepared(
      this.#db,
      "select id, applied_intent is 'inactive' as isOff from resource where kind = ? and target_id = ?",
    ).get(kind, targetId) as { id: number; isOff: number } | undefined;
  }

  found(kind: Kind): WideRow[] {
    return prepared(
      this.#db,
      `select ${wideColumns} from resource r left join wide w on w.id = r.id
         where r.pending and r.kind = ? and r.target_id is null and r.match_id is not null and r.intent = 'active'`,
    )
      .all(kind)
      .map(wideRow);
  }
}
