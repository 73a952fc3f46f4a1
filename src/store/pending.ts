import type { Kind } from "../scim/resource.ts";
import type { Db } from "./database.ts";
import { type Listing, list, listedMember, listedReference, listedRow } from "./listed.ts";
import { prepared } from "./prepared.ts";
import { type WideRow, wideColumns, wideRow } from "./rows.ts";

/** The phases of an apply, in the order in which they go (members and references have tables of their own). */
export type Phase = "deactivations" | "users" | "groups" | "deletions";

const conditions: Readonly<Record<Phase, string>> = {
  deactivations: "r.kind = 'user' and r.intent = 'inactive'",
  users: "r.kind = 'user' and r.intent = 'active'",
  groups: "r.kind = 'group' and r.intent = 'active'",
  deletions: "r.kind in ('user', 'group') and r.intent = 'deleted'",
};

/** Nobody was found for them, nothing failed, nothing is in doubt, nothing holds them: they are created, and that is all. */
const isNewcomer = `r.kind = 'user' and r.intent = 'active' and r.target_id is null and r.match_id is null and r.doubt is null
  and r.problem is null and r.failing_since is null and r.retry_at is null and r.given_up is null and r.seats_since is null
  and r.hold_id is null`;

/** Somebody who is only to be created. */
export interface Newcomer {
  readonly id: number;
  readonly desired: Buffer | null;
}

export interface PendingReference {
  readonly owner: number;
  readonly path: string;
  readonly ownerTargetId: string;
  readonly ownerLabel: string;
  readonly desired: number | null;
  readonly applied: number | null;
  readonly doubt: number | null;
  /** Target id of the object referred to; null while it has no account. */
  readonly valueTargetId: string | null;
  readonly valueLabel: string | null;
  /** Of the object that the target was last given. */
  readonly appliedLabel: string | null;
  readonly ownerIntent: WideRow["intent"];
  readonly ownerReasonCode: WideRow["reasonCode"];
  /** The run that found it changed at the target by hand. */
  readonly drifted: number | null;
  readonly failures: number;
  readonly failingSince: number | null;
  readonly retryAt: number | null;
  readonly givenUp: number | null;
  /** Of one in doubt: set when the call got no answer; null when the process died over it. */
  readonly error: string | null;
  /** Of one in doubt: when its effect must show. */
  readonly settleAt: number | null;
  /** Set when a person rejected it. */
  readonly holdId: number | null;
}

/** Which rows a run may touch. */
export interface Reach {
  /** Rows staged by a read that was not finished are not applied: only what was touched up to this run. */
  readonly touchedUpTo: number;
  /** One person or group only. */
  readonly only?: number;
  /** Not what is to be done, but what would be if the pilot ended. */
  readonly outside?: boolean;
  /** Only what takes access away. */
  readonly removalsOnly?: boolean;
  /** Only what was listed before, with `list`. */
  readonly listed?: boolean;
}

/** The diff: the rows whose desired and applied state differ or whose last call is in doubt. Costs what is pending. */
export class Pending {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** The next rows of a phase after row `after`, in row order. */
  rows(phase: Phase, after: number, limit: number, reach: Reach, which: "all" | "others" = "all"): WideRow[] {
    const others = which === "others" && reach.outside !== true ? `and not (${isNewcomer})` : "";
    const kinds: readonly Kind[] =
      phase === "deletions" ? ["user", "group"] : [phase === "groups" ? "group" : "user"];
    const found = kinds.flatMap((kind) =>
      prepared(
        this.#db,
        `select ${wideColumns} from resource r left join wide w on w.id = r.id
           where r.${reach.outside === true ? "waiting" : "pending"} and r.kind = :kind and r.id > :after and ${conditions[phase]}
             and r.touched <= :touchedUpTo ${narrowed(reach, "r.id")} ${others}
           order by r.id limit +:limit`,
      ).all({ kind, after, limit, touchedUpTo: reach.touchedUpTo, ...only(reach) }),
    );
    return found
      .map(wideRow)
      .sort((a, b) => a.id - b.id)
      .slice(0, limit);
  }

  /**
   * Like `rows`, but only what can be done now: what never failed, and what failed and is due. What waits for its next try, was given up, or
   * waits for a seat costs nothing. For one person or group: whatever is pending.
   */
  due(phase: Phase, after: number, limit: number, reach: Reach, now: number): WideRow[] {
    if (reach.only !== undefined || reach.listed === true) return this.rows(phase, after, limit, reach);
    const kinds: readonly Kind[] =
      phase === "deletions" ? ["user", "group"] : [phase === "groups" ? "group" : "user"];
    const fits = `r.pending and r.kind = :kind and r.id > :after and ${conditions[phase]} and r.touched <= :touchedUpTo`;
    const found = kinds.flatMap((kind) =>
      prepared(
        this.#db,
        `select ${wideColumns} from (
             select * from (select r.id from resource r indexed by resource_ready
               where ${fits} and r.retry_at is null and r.given_up is null and r.seats_since is null order by r.id limit +:limit)
             union all
             select * from (select r.id from resource r indexed by resource_retry
               where r.retry_at <= :now and ${fits} order by r.id limit +:limit)
           ) due cross join resource r on r.id = due.id left join wide w on w.id = r.id order by r.id limit +:limit`,
      ).all({ kind, after, limit, now, touchedUpTo: reach.touchedUpTo }),
    );
    return found
      .map(wideRow)
      .sort((a, b) => a.id - b.id)
      .slice(0, limit);
  }

  /** People for whom the target had no seat, in the order of their rows. */
  seatless(after: number, limit: number, reach: Reach): WideRow[] {
    return prepared(
      this.#db,
      `select ${wideColumns} from resource r indexed by resource_seats left join wide w on w.id = r.id
         where r.seats_since is not null and r.pending and r.id > :after and ${conditions.users} and r.touched <= :touchedUpTo
         order by r.id limit +:limit`,
    )
      .all({ after, limit, touchedUpTo: reach.touchedUpTo })
      .map(wideRow);
  }

  /** `others`: without those of whom `newcomers` says everything. */
  *each(phase: Phase, reach: Reach, which: "all" | "others" = "all"): Iterable<WideRow> {
    for (let after = 0; ; ) {
      const page = this.rows(phase, after, 200, reach, which);
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  /** People who are to be created, and of whom there is nothing else to say. Costs a tenth of their rows. */
  *newcomers(reach: Reach): Iterable<Newcomer> {
    if (reach.outside === true) return;
    for (let after = 0; ; ) {
      const page = prepared(
        this.#db,
        `select r.id, r.desired from resource r where r.pending and ${isNewcomer} and r.id > :after
           and r.touched <= :touchedUpTo ${narrowed(reach, "r.id")} order by r.id limit +:limit`,
      ).all({ after, limit: 500, touchedUpTo: reach.touchedUpTo, ...only(reach) }) as Newcomer[];
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  countNewcomers(reach: Reach): number {
    if (reach.outside === true) return 0;
    return prepared(
      this.#db,
      `select count(*) from resource r where r.pending and ${isNewcomer}
         and r.touched <= :touchedUpTo ${narrowed(reach, "r.id")}`,
    )
      .pluck()
      .get({ touchedUpTo: reach.touchedUpTo, ...only(reach) }) as number;
  }

  /** Rows whose last call has an unknown outcome, from this or an earlier run. */
  doubtful(reach: Partial<Reach> = {}): WideRow[] {
    return prepared(
      this.#db,
      `select ${wideColumns} from resource r left join wide w on w.id = r.id
         where r.doubt is not null ${narrowed(reach, "r.id")} order by r.id`,
    )
      .all(only(reach))
      .map(wideRow);
  }

  /** When the next call without an answer may be looked at, among those that could not be at `since`; undefined when there is none. */
  nextSettle(since: number, reach: Reach): number | undefined {
    const row = narrowed(reach, "id");
    const isListed = reach.listed === true;
    const ofOne = reach.only === undefined ? "" : "and (usr = :only or grp = :only)";
    const member = isListed ? `and (grp, usr) ${listedMember}` : ofOne;
    const owner = isListed ? `and (owner, path) ${listedReference}` : narrowed(reach, "owner");
    const at = prepared(
      this.#db,
      `select min(settle_at) from resource where settle_at > :since and id in (
           select id from resource where doubt is not null ${row}
           union select grp from membership where pending and doubt is not null ${member})
         union all select min(settle_at) from reference where doubt is not null and settle_at > :since ${owner}
         order by 1 nulls last limit 1`,
    )
      .pluck()
      .get({ since, ...only(reach) }) as number | null;
    return at ?? undefined;
  }

  /** References of accounts that have to be written, after `after`; with `now` only those that can be: what waits for its next try, or was given up, is left out. */
  references(
    after: { readonly owner: number; readonly path: string },
    limit: number,
    reach: Reach,
    now?: number,
  ): PendingReference[] {
    const isListed = reach.listed === true;
    const isOne = reach.only !== undefined || isListed;
    const whose = isListed ? `and (f.owner, f.path) ${listedReference}` : narrowed(reach, "f.owner");
    const fits = `f.pending and (f.owner, f.path) > (:owner, :path) ${whose}`;
    const places =
      isOne || now === undefined
        ? `select f.owner, f.path from reference f where ${fits}`
        : `select * from (select f.owner, f.path from reference f indexed by reference_ready
             where ${fits} and f.retry_at is null and f.given_up is null order by f.owner, f.path)
           union all
           select * from (select f.owner, f.path from reference f indexed by reference_retry
             where f.retry_at <= :now and ${fits} order by f.owner, f.path)
           order by 1, 2`;
    return prepared(
      this.#db,
      `select f.owner, f.path, o.target_id as ownerTargetId, o.label as ownerLabel, f.desired, f.applied, f.doubt,
           v.target_id as valueTargetId, v.label as valueLabel, a.label as appliedLabel, f.drifted, o.intent as ownerIntent, o.reason_code as ownerReasonCode,
           f.failures, f.failing_since as failingSince, f.retry_at as retryAt, f.given_up as givenUp, f.error, f.settle_at as settleAt, f.hold_id as holdId
         from (${places}) p cross join reference f on f.owner = p.owner and f.path = p.path
           join resource o on o.id = f.owner left join resource v on v.id = f.desired left join resource a on a.id = f.applied
         where o.touched <= :touchedUpTo and o.target_id is not null
         order by f.owner, f.path limit +:limit`,
    ).all({
      ...after,
      limit,
      touchedUpTo: reach.touchedUpTo,
      ...only(reach),
      ...(isOne || now === undefined ? {} : { now }),
    }) as PendingReference[];
  }

  /** How many people and groups outside the pilot have something that would be done without it. */
  countOutside(): number {
    return prepared(this.#db, "select count(*) from resource where waiting").pluck().get() as number;
  }

  /** Something is wanted of accounts that are there already, or of their memberships. */
  get somethingLinked(): boolean {
    const found = prepared(
      this.#db,
      `select exists (select 1 from resource where pending and kind = 'user' and (target_id is not null or match_id is not null))
         or exists (select 1 from membership where pending and desired = 0)`,
    )
      .pluck()
      .get();
    return found === 1;
  }

  *eachReference(reach: Reach): Iterable<PendingReference> {
    for (let after = { owner: 0, path: "" }; ; ) {
      const page = this.references(after, 200, reach);
      yield* page;
      const last = page.at(-1);
      if (last === undefined) return;
      after = { owner: last.owner, path: last.path };
    }
  }

  /** Limits what follows with `listed` to this. */
  list(listing: Listing): void {
    list(this.#db, listing);
  }

  row(id: number): WideRow | undefined {
    const raw = prepared(
      this.#db,
      `select ${wideColumns} from resource r left join wide w on w.id = r.id where r.id = +?`,
    ).get(id);
    return raw === undefined ? undefined : wideRow(raw);
  }
}

/** The condition that a row is within reach. */
export function narrowed({ only: one, listed }: Partial<Reach>, id: string): string {
  if (listed === true) return `and ${id} ${listedRow}`;
  return one === undefined ? "" : `and ${id} = :only`;
}

function only(reach: Partial<Reach>): { only?: number } {
  return reach.only === undefined ? {} : { only: reach.only };
}
