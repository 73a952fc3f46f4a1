import type { Db } from "./database.ts";
import type { Intent } from "./judgement.ts";
import { prepared } from "./prepared.ts";

/** Somebody who was to have an account and is not to have one any more, or once was not. */
export interface Departure {
  readonly resource: number;
  readonly label: string;
  readonly sourceId: string;
  /** The account that was switched off or deleted, else the one that still stands. */
  readonly targetId: string | null;
  /** The run that saw it first, and when that began. */
  readonly run: number;
  readonly seenAt: number;
  /** When it happened, where the directory tells. */
  readonly saidAt: number | null;
  readonly reason: string;
  readonly returnedAt: number | null;
  /** When the target accepted the deactivation or deletion by which they lost access. */
  readonly acceptedAt: number | null;
  /** From the directory's word (or our first sight of it) to the target's yes, or to now while it is still to come; null where nothing is to come. */
  readonly tookMs: number | null;
  /** How the account stands, for those who are still gone. */
  readonly intent: Intent;
  readonly appliedIntent: "active" | "inactive" | "deleted" | null;
  readonly doubt: number | null;
  readonly failingSince: number | null;
  readonly error: string | null;
  /** Class of the hold that it waits under. */
  readonly heldAs: string | null;
  /** Who said no to it, when and why. */
  readonly rejectedBy: string | null;
  readonly rejectedAt: number | null;
  readonly rejectedBecause: string | null;
}

/** The first call after somebody left, and before they came back, that took their access away. */
const accepted = `(select min(o.seq) from audit o where o.resource = d.resource and o.seq > d.audit_from and o.seq <= coalesce(d.audit_to, o.seq)
  and o.event = 'outcome' and o.outcome in ('done', 'found-done') and o.action in ('deactivate', 'delete'))`;

/** Still to lose an account that is on: not yet done, or done and undone since. */
const isOpen =
  "d.returned_at is null and r.applied_intent = 'active' and r.intent in ('inactive', 'deleted')";

const tookMs = `case when ${isOpen} then :now - coalesce(d.said_at, d.seen_at)
  when a.at is not null then max(0, a.at - coalesce(d.said_at, d.seen_at)) end`;

/** Who left, since `since` (ms since 1970 UTC): slowest first, and last those for whom nothing had to be done. Costs the departures of that time. */
export function* departuresSince(db: Db, since: number, now: number): Iterable<Departure> {
  const statement = prepared(
    db,
    `select d.resource, r.label, r.source_id as sourceId, coalesce(a.target_id, r.target_id) as targetId, d.run, d.seen_at as seenAt,
       d.said_at as saidAt, d.reason, d.returned_at as returnedAt, a.at as acceptedAt, ${tookMs} as tookMs,
       r.intent, r.applied_intent as appliedIntent, r.doubt, r.failing_since as failingSince, r.error, h.class as heldAs,
       j.actor as rejectedBy, j.at as rejectedAt, j.reason as rejectedBecause
     from departure d join resource r on r.id = d.resource left join audit a on a.seq = ${accepted}
       left join hold h on h.id = r.hold_id left join rejection j on r.hold_id = 0 and j.resource = r.id and j.grp = 0 and j.path = ''
     where d.seen_at >= :since order by tookMs desc nulls last, d.seen_at desc, d.id`,
  );
  yield* statement.iterate({ since, now }) as IterableIterator<Departure>;
}

/** Writes down who leaves and who comes back; part of the transaction that judges them. */
export function departureWriter(db: Db, run: number) {
  const lastEvent = "coalesce((select seq from audit order by seq desc limit 1), 0)";
  const started = "(select started_at from run where run.id = :run)";
  const leave = prepared(
    db,
    `insert into departure (resource, run, seen_at, said_at, reason_code, reason, audit_from)
     values (:resource, :run, coalesce(${started}, 0), :saidAt, :reasonCode, :reason, ${lastEvent})`,
  );
  const comeBack = prepared(
    db,
    `update departure set returned_at = ${started}, audit_to = ${lastEvent} where resource = :resource and returned_at is null`,
  );
  return (
    row: {
      readonly id: number;
      readonly kind: string;
      readonly presence: string;
      readonly intent: string;
    },
    next: {
      readonly intent: Intent;
      readonly reasonCode: string;
      readonly reason: string;
      readonly disabledAt?: number | undefined;
    },
  ): void => {
    if (row.kind !== "user" || row.presence === "unknown") return;
    const was = row.intent === "active";
    if (was === (next.intent === "active")) return;
    if (was) {
      const { reasonCode, reason, disabledAt = null } = next;
      leave.run({ resource: row.id, run, saidAt: disabledAt, reasonCode, reason });
    } else comeBack.run({ resource: row.id, run });
  };
}
