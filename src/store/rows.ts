/** Rows of the snapshot as the queries give them. */
import type { Attributes, Kind } from "../scim/resource.ts";
import type { Intent, ReasonCode } from "./judgement.ts";

export interface ResourceRow {
  readonly id: number;
  readonly kind: Kind;
  readonly sourceId: string;
  readonly presence: "unknown" | "present" | "absent";
  readonly evidence: string | null;
  readonly label: string;
  readonly inScope: number;
  readonly rule: string;
  readonly intent: Intent;
  readonly reason: string;
  readonly reasonCode: ReasonCode | "";
  readonly problem: string | null;
  readonly desired: Buffer | null;
  readonly applied: Buffer | null;
  readonly appliedIntent: "active" | "inactive" | "deleted" | null;
  readonly targetId: string | null;
  readonly origin: "created" | "adopted" | null;
  readonly linkedAt: number | null;
  readonly matchId: string | null;
  readonly matchBy: string | null;
  readonly matchNote: string | null;
  readonly matchAt: number | null;
  readonly doubt: number | null;
  readonly doubtAt: number | null;
  readonly settleAt: number | null;
  readonly attempt: number | null;
  readonly failures: number;
  readonly failingSince: number | null;
  readonly retryAt: number | null;
  /** Since when it is no longer tried. */
  readonly givenUp: number | null;
  /** Since when the target has no licence for this person. */
  readonly seatsSince: number | null;
  readonly errorCode: string | null;
  readonly error: string | null;
  readonly holdId: number | null;
  readonly dueAt: number | null;
  readonly touched: number;
  /** The run that found the row changed at the target; null once it is as we want it. */
  readonly drifted: number | null;
  /** When the account was first seen switched off by somebody else; it is then inactive, but not by our doing. */
  readonly switchedOff: number | null;
  /** 1: there is a pilot, and this one is not in it: nothing is sent. */
  readonly outside: number;
  /** Since when somebody who is gone from the directory has been off at the target, ms since 1970 UTC. */
  readonly goneOff: number | null;
  /** The external id of another system that the account carries. */
  readonly foreignId: string | null;
}

/** A row with what is wanted and what was last applied, ready for plan and apply. */
export interface WideRow extends ResourceRow {
  readonly body: Attributes;
  readonly onCreate: Attributes;
  readonly appliedBody: Attributes;
  /** Values that another system keeps changing back: SCIM path -> the value that we gave up on. */
  readonly contested: Attributes;
}

/** Columns of `resource r`, under the names of ResourceRow. */
const resourceColumns = `r.id, r.kind, r.source_id as sourceId, r.presence, r.evidence, r.label, r.in_scope as inScope, r.rule, r.intent,
  r.reason, r.reason_code as reasonCode, r.problem, r.desired, r.applied, r.applied_intent as appliedIntent, r.target_id as targetId,
  r.origin, r.linked_at as linkedAt, r.match_id as matchId, r.match_by as matchBy, r.match_note as matchNote, r.match_at as matchAt,
  r.doubt, r.doubt_at as doubtAt, r.settle_at as settleAt, r.attempt, r.failures, r.failing_since as failingSince, r.retry_at as retryAt,
  r.given_up as givenUp, r.seats_since as seatsSince,  r.error_code as errorCode, r.error, r.hold_id as holdId, r.due_at as dueAt, r.touched,
  r.drifted, r.switched_off as switchedOff, r.outside, r.gone_off as goneOff, r.foreign_id as foreignId`;

export const wideColumns = `${resourceColumns}, w.body, w.on_create as onCreate, w.applied as appliedBody, w.contested`;

type Raw = ResourceRow & {
  readonly body: string | null;
  readonly onCreate: string | null;
  readonly appliedBody: string | null;
  readonly contested: string | null;
};

/** Texts give way to what they say in the row itself: to copy its fifty columns takes longer than to read them. */
export function wideRow(raw: unknown): WideRow {
  const row = raw as Raw;
  return Object.assign(row, {
    body: parse(row.body),
    onCreate: parse(row.onCreate),
    appliedBody: parse(row.appliedBody),
    contested: parse(row.contested),
  });
}

function parse(text: string | null): Attributes {
  return text === null ? {} : (JSON.parse(text) as Attributes);
}
