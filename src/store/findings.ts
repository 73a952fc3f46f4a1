import type { Json, Kind } from "../scim/resource.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/**
 * What somebody else did at the target.
 *
 * Put right with the next apply, within the limits: `changed` (a value or reference), `switched-on` (somebody who is to have no access),
 * `member-added`, `member-removed`, `vanished` (the account or group is gone), `relinked` (found again).
 * Only told: `contested` (another system keeps writing the value), `switched-off` (waits for a person), `duplicate` (a second account),
 * `kept-access` (an active account of somebody who is to have none, and nothing proves that it is ours), `lost-link` (claimed by us, but it says
 * to be somebody else's).
 */
export type DriftType =
  | "changed"
  | "switched-on"
  | "member-added"
  | "member-removed"
  | "vanished"
  | "relinked"
  | "contested"
  | "switched-off"
  | "duplicate"
  | "kept-access"
  | "lost-link";

/** Something at the target that is not as we left it. */
export interface Finding {
  readonly type: DriftType;
  readonly resource: number;
  /** For a membership: the group's row. */
  readonly grp?: number;
  /** SCIM path of the value; "members"; "account" for the account itself. */
  readonly path: string;
  readonly ours: Json;
  readonly theirs: Json;
}

/** A finding as it is kept, with names for people. */
export interface KeptFinding extends Finding {
  readonly kind: Kind;
  readonly label: string;
  readonly sourceId: string;
  readonly targetId: string | null;
  readonly groupLabel: string | null;
  readonly times: number;
  readonly foundAt: number;
  /** The last run that saw it. */
  readonly run: number;
  /** 1: it is not yet as we want it. */
  readonly isOpen: number;
}

/** After so long without being found again a value that was put right has nothing to do with the next time, in ms. */
const forgottenAfterMs = 30 * 86_400_000;

const kept = `select d.type, d.resource, d.grp, d.path, d.ours, d.theirs, d.times, d.found_at as foundAt, d.run, r.kind, r.label, r.source_id as sourceId,
  r.target_id as targetId, g.label as groupLabel,
  case when d.type in ('contested', 'duplicate', 'kept-access', 'lost-link') then d.run = (select json_extract(value, '$.run') from meta where key = 'reconcile')
    when d.type = 'switched-off' then r.switched_off is not null
    when d.grp <> 0 then exists (select 1 from membership m where m.grp = d.grp and m.usr = d.resource and m.pending and m.drifted is not null)
    when d.type = 'changed' and d.path in (select path from reference where owner = d.resource)
      then exists (select 1 from reference f where f.owner = d.resource and f.path = d.path and f.pending)
    when d.type = 'vanished' then r.target_id is null and r.pending
    else r.drifted is not null and r.pending end as isOpen
  from drift d join resource r on r.id = d.resource left join resource g on g.id = d.grp`;

/** What looks at the whole target found, and how often. */
export class Findings {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /**
   * How often this value was found in a row, this time included: put right, and changed back again. Another wanted value starts over, and so
   * does a month of peace.
   */
  timesFound({ resource, grp = 0, path, ours }: Finding, now: number): number {
    const before = prepared(
      this.#db,
      "select times, ours, found_at as foundAt from drift where resource = ? and grp = ? and path = ?",
    ).get(resource, grp, path) as { times: number; ours: string | null; foundAt: number } | undefined;
    const isSame = before !== undefined && before.ours === JSON.stringify(ours);
    return isSame && Math.abs(now - before.foundAt) < forgottenAfterMs ? before.times + 1 : 1;
  }

  /** Writes a finding down; `times` undefined: it was known, and still stands. Call inside a transaction. */
  record(run: number, at: number, finding: Finding, times?: number): void {
    const { resource, grp = 0, path, type, ours, theirs } = finding;
    prepared(
      this.#db,
      `insert into drift (resource, grp, path, type, ours, theirs, times, found_at, run)
         values (:resource, :grp, :path, :type, :ours, :theirs, coalesce(:times, 1), :at, :run)
       on conflict (resource, grp, path) do update set type = excluded.type, ours = excluded.ours, theirs = excluded.theirs, run = excluded.run,
         times = coalesce(:times, times), found_at = case when :times is null then found_at else excluded.found_at end`,
    ).run({
      resource,
      grp,
      path,
      type,
      ours: JSON.stringify(ours),
      theirs: JSON.stringify(theirs),
      times: times ?? null,
      at,
      run,
    });
  }

  /** Findings of which nothing was heard for a month. */
  forgetOld(run: number, now: number): void {
    prepared(this.#db, "delete from drift where found_at < ? and run < ?").run(now - forgottenAfterMs, run);
  }

  /**
   * What was given up because another system writes it too is put right again, of everybody or of one person or group, and what was counted for
   * it is forgotten. Returns how many values and memberships that are.
   */
  startOver(resource?: number): number {
    const whose = resource === undefined ? "" : "and resource = :resource";
    const parameters = resource === undefined ? {} : { resource };
    const givenUp = `from drift where type = 'contested' ${whose}`;
    return this.#db
      .transaction(() => {
        for (const sql of [
          `update resource set applied = null where id in (select resource ${givenUp} and grp = 0)`,
          `update wide set contested = null where id in (select resource ${givenUp} and grp = 0)`,
          // Whatever stands there is read before anything is sent.
          `update reference set applied = 0 where (owner, path) in (select resource, path ${givenUp} and grp = 0)`,
          `update membership set applied = 0 where (grp, usr) in (select grp, resource ${givenUp} and grp <> 0)`,
        ])
          prepared(this.#db, sql).run(parameters);
        return prepared(this.#db, `delete ${givenUp}`).run(parameters).changes;
      })
      .immediate();
  }

  /** What was found of one person, or of one group and its members; the newest first. */
  of(resource: number): KeptFinding[] {
    return this.#kept("where d.resource = :resource or d.grp = :resource", { resource, limit: -1 });
  }

  /** What was found and is not yet as we want it, the newest first. */
  open(limit: number): KeptFinding[] {
    return this.#kept("", { limit });
  }

  /** How many of each type are not yet as we want them. */
  countOpen(): Readonly<Partial<Record<DriftType, number>>> {
    const rows = prepared(
      this.#db,
      `select type, count(*) as n from (${kept}) where isOpen = 1 group by type`,
    ).all() as { type: DriftType; n: number }[];
    return Object.fromEntries(rows.map(({ type, n }) => [type, n]));
  }

  #kept(where: string, parameters: Readonly<Record<string, number>>): KeptFinding[] {
    const rows = prepared(
      this.#db,
      `select * from (${kept} ${where}) ${where === "" ? "where isOpen = 1" : ""} order by foundAt desc, resource, grp, path limit +:limit`,
    ).all(parameters) as (Omit<KeptFinding, "ours" | "theirs"> & { ours: string; theirs: string })[];
    return rows.map((each) => ({
      ...each,
      ours: JSON.parse(each.ours) as Json,
      theirs: JSON.parse(each.theirs) as Json,
    }));
  }
}
