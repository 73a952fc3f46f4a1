import type { Attributes, Kind } from "../scim/resource.ts";
import type { Claims } from "./claims.ts";
import type { Db } from "./database.ts";
import type { Guarded, HoldClass } from "./holds.ts";
import type { Links } from "./links.ts";
import type { Memberships } from "./memberships.ts";
import { prepared } from "./prepared.ts";
import type { GivenReference } from "./references.ts";
import { Window } from "./window.ts";

/** What the target was seen to hold is what is wanted of it; otherwise what failed before still does. */
const isAsWanted = "desired is :applied or intent = 'keep'";

/** Who is gone from the directory is off at the target: the next cycle works out when they are deleted, if ever. */
const isGoneAndOff =
  "kind = 'user' and :intent = 'inactive' and presence = 'absent' and reason_code = 'deleted'";

export interface Done {
  readonly targetId: string;
  /** Set when this made the link. */
  readonly origin?: "created" | "adopted";
  readonly intent: "active" | "inactive" | "deleted";
  /** When the account was found switched off already, by somebody else: we may not switch it on again by ourselves. */
  readonly switchedOff?: number | undefined;
  /** The digest of what was sent. */
  readonly applied: Buffer | null;
  /** The external id of another system that an account carries which was taken over, and keeps. */
  readonly foreignId?: string | undefined;
  /** What the target accepted: SCIM path -> value. */
  readonly body: Attributes;
  /** Of an account that was just made: the references that it was made with; it has no others. Left out: what it refers to is not known. */
  readonly references?: readonly Pick<GivenReference, "path" | "value">[] | undefined;
  /** Classes of the guards' rolling window that this counts toward, unless a person approved it. */
  readonly counts?: readonly HoldClass[];
}

interface Standing extends Pick<Guarded, "desired" | "matchId"> {
  readonly kind: Kind;
  /** 1: that it gets an account is news to groups. */
  readonly isNoticed: number;
  /** 1: a person said yes to something of it. */
  readonly mayBeApproved: number;
  /** 1: the account is linked to somebody else. */
  readonly isOthers: number;
}

/** Writes down what the target accepted, or was seen to hold. Call inside a transaction, after a new link was claimed. */
export class DoneWriter {
  readonly #db: Db;
  readonly #claims: Claims;
  readonly #memberships: Memberships;
  readonly #links: Links;
  readonly #window: Window;

  constructor(
    db: Db,
    parts: { readonly claims: Claims; readonly memberships: Memberships; readonly links: Links },
  ) {
    this.#db = db;
    this.#claims = parts.claims;
    this.#memberships = parts.memberships;
    this.#links = parts.links;
    this.#window = new Window(db);
  }

  done(at: number, id: number, done: Done): void {
    this.all(at, [{ id, done }]);
  }

  /** The same of many. */
  all(at: number, settled: readonly { readonly id: number; readonly done: Done }[]): void {
    const counted = new Map<HoldClass, number>();
    for (const { id, done } of settled)
      for (const name of this.#one(at, id, done)) counted.set(name, (counted.get(name) ?? 0) + 1);
    this.#window.count(at, counted);
  }

  /** Returns the classes that it counts toward. */
  #one(at: number, id: number, done: Done): readonly HoldClass[] {
    const { kind, ...standing } = this.#standing(id, done.targetId);
    const gone = done.intent === "deleted";
    const carried = done.body["externalId"];
    if (!gone) {
      if (standing.isOthers === 1) this.#links.dropOthers(kind, done.targetId, id);
      if (standing.isNoticed === 1) this.#memberships.noticeLink(id);
    }
    prepared(
      this.#db,
      `update resource set applied = :applied, desired = case when intent = 'keep' then :applied else desired end, applied_intent = :intent, target_id = :targetId, origin = coalesce(:origin, origin),
           linked_at = coalesce(linked_at, :at), doubt = null, doubt_at = null, settle_at = null, attempt = null, seats_since = null,
           failures = case when ${isAsWanted} then 0 else failures end,
           failing_since = case when not (${isAsWanted}) then failing_since end, retry_at = case when not (${isAsWanted}) then retry_at end,
           given_up = case when not (${isAsWanted}) then given_up end, error_code = case when not (${isAsWanted}) then error_code end,
           error = case when not (${isAsWanted}) then error end,
           leaving_since = case when :intent = 'active' and intent in ('inactive', 'deleted') then coalesce(leaving_since, :at) end,
           drifted = null, switched_off = case when :intent = 'inactive' then case when applied_intent = 'inactive' then switched_off else :switchedOff end end,
           gone_off = case when ${isGoneAndOff} then coalesce(gone_off, :at) end, due_at = case when gone_off is null and ${isGoneAndOff} then :at else due_at end,
           foreign_id = case when :origin is not null then :foreignId when :carried is null or :carried = foreign_id then foreign_id end,
           hold_id = case when ${isAsWanted} then null else hold_id end, match_id = null, match_by = null, match_note = null
         where id = :id`,
    ).run({
      id,
      at,
      applied: done.applied,
      intent: done.intent,
      switchedOff: done.switchedOff ?? null,
      targetId: gone ? null : done.targetId,
      origin: done.origin ?? null,
      foreignId: done.foreignId ?? null,
      carried: typeof carried === "string" ? carried : null,
    });
    prepared(
      this.#db,
      "insert into wide (id, applied) values (?, ?) on conflict (id) do update set applied = excluded.applied",
    ).run(id, gone ? null : JSON.stringify(done.body));
    // Who deletes a group takes it away from its members.
    const members = kind === "group" && gone ? this.#memberships.count(id).perhaps : 0;
    const mayBeApproved = standing.mayBeApproved === 1;
    const counted = this.#window.countDone(
      at,
      { id, ...standing, mayBeApproved },
      done.counts ?? [],
      members,
    );
    // An earlier call that was found done uses up no approval of what is wanted since.
    if (mayBeApproved)
      prepared(
        this.#db,
        "delete from approval where resource = :id and grp = 0 and not (select pending from resource where id = :id)",
      ).run({ id });
    if (done.intent === "inactive" && this.#links.hasLeft(id)) this.#claims.release(kind, done.targetId, at);
    if (done.origin !== undefined) this.#refer(id, done.references);
    if (gone) {
      this.#claims.release(kind, done.targetId, at);
      this.#memberships.dropApplied("usr", id);
      this.#memberships.dropApplied("grp", id);
      prepared(this.#db, "update reference set applied = null where owner = ? or desired = ?").run(id, id);
    }
    return counted;
  }

  /** How a row stands before: one statement in place of four that mostly find nothing. */
  #standing(id: number, targetId: string): Standing {
    return prepared(
      this.#db,
      `select r.kind, r.desired, r.match_id as matchId, r.target_id is null and r.intent <> 'active' as isNoticed,
           exists (select 1 from approval a where a.resource = r.id) as mayBeApproved,
           exists (select 1 from resource o where o.kind = r.kind and o.target_id = +:targetId and o.id <> r.id) as isOthers
         from resource r where r.id = +:id`,
    ).get({ id, targetId }) as Standing;
  }

  /** What an account refers to that we took over, or found without ever having been told of it, is not known: 0 is nobody's row, so that even "nobody" is looked at. */
  #refer(owner: number, references: Done["references"]): void {
    if (references === undefined)
      prepared(this.#db, "update reference set applied = 0 where owner = ? and applied is null").run(owner);
    const given = prepared(this.#db, "update reference set applied = ? where owner = ? and path = ?");
    for (const { path, value } of references ?? []) given.run(value, owner, path);
  }
}
