/** What is wanted for a record, worked out by sync/judge.ts from mapping, scope and policy; the store only writes it down. */
import type { Attributes, Kind } from "../scim/resource.ts";
import type { Evidence, SourceRecord } from "../sources/source.ts";

export type Intent = "active" | "inactive" | "deleted" | "keep";

/** Why an intent is what it is; part of the desired digest, so absent, disabled and out of scope are different things. */
export type ReasonCode =
  | "in-scope"
  | "disabled"
  | "out-of-scope"
  | "excluded"
  | "unassigned"
  | "moved-out"
  | "deleted"
  | "not-visible"
  | "not-pushed";

export interface Judgement {
  readonly inScope: boolean;
  /** The rule that decided on the scope, for `explain`. */
  readonly rule: string;
  readonly intent: Intent;
  readonly reasonCode: ReasonCode;
  /** A sentence part for people: "disabled in the directory". */
  readonly reason: string;
  /** userName or displayName, for lists. */
  readonly label: string;
  /** Undefined when the mapping failed for this record; then nothing but a removal is applied. */
  readonly body: Attributes | undefined;
  readonly onCreate: Attributes;
  /** SCIM path -> source id of the object referred to, or null. */
  readonly references: Readonly<Record<string, string | null>>;
  readonly problem: string | undefined;
  /** The directory itself says that they are off, whatever mapping and scope make of it. */
  readonly isDisabled: boolean;
  /** When they were disabled, where the directory tells, ms since 1970 UTC. */
  readonly disabledAt?: number | undefined;
  /** When to judge again without a change at the source. */
  readonly dueAt: number | undefined;
  /** There is a pilot, and this one is not in it: nothing is sent. */
  readonly isOutside: boolean;
}

/** What is wanted for somebody who is no longer there. */
export type Absence = Pick<Judgement, "intent" | "reasonCode" | "reason" | "dueAt" | "isOutside"> & {
  readonly putOffUntil?: number | undefined;
};

/** What we know of somebody besides what the directory says. */
export interface Standing {
  /** Their row: what is left to chance follows from it. */
  readonly id: number;
  /** Where the connection is limited to assigned people: whether this one is. */
  readonly isAssigned: boolean;
  /** Where there is a pilot: whether this one is in it. */
  readonly isPiloted: boolean;
  /** Has an account or group at the target, or perhaps: a call to make it got no answer. */
  readonly hasAccount: boolean;
  /** Since when somebody who is gone has been off at the target, ms since 1970 UTC. */
  readonly goneOffAt: number | undefined;
  /** They are deleted no earlier than that, ms since 1970 UTC, whatever the period of grace says. */
  readonly putOffUntil: number | undefined;
}

export interface Judge {
  present(kind: Kind, record: SourceRecord, now: number, standing: Standing): Judgement;
  absent(kind: Kind, evidence: Evidence, now: number, standing: Standing): Absence;
  /** The external id of another system on an account that was taken over is replaced by ours. */
  readonly rewritesExternalId: boolean;
  /** Nested groups give their members to the groups above. */
  readonly flatten: boolean;
}
