import type { Policy } from "../config/config.ts";
import type { Mapped, Mapping } from "../mapping/mapping.ts";
import type { Json, Kind } from "../scim/resource.ts";
import type { Evidence, SourceDefinition, View } from "../sources/source.ts";
import type { Intent, Judge, ReasonCode, Standing } from "../store/judgement.ts";
import type { Chance } from "./chance.ts";
import { graceOf } from "./grace.ts";

/** What decides about a record: how the source sees it, mapping and scope, policy. */
export interface JudgeRules {
  readonly view: SourceDefinition["view"];
  readonly mapping: Mapping;
  readonly policy: Policy;
  /** Classes that are let in although the default scope leaves them out. */
  readonly include: readonly string[];
  /** Only assigned people are in scope. */
  readonly limitedToAssigned: boolean;
  /** Only people of a pilot are written. */
  readonly hasPilot: boolean;
  /** The connection is to end: whoever would keep an account that is on is switched off. */
  readonly isRetired: boolean;
  /** When the run before began, ms since 1970 UTC; undefined: there was none. */
  readonly lastRunAt: number | undefined;
  /** For what the mapping leaves to chance. */
  readonly chance: Chance;
}

/** Turns what the directory says of somebody into what is wanted at the target. Pure: the same record and moment give the same judgement. */
export function createJudge(rules: JudgeRules): Judge {
  return {
    flatten: rules.policy.groups.nested === "flatten",
    rewritesExternalId: rules.policy.rewriteExternalId,
    present(kind, record, now, standing) {
      const view = rules.view(kind, record, now);
      const random = (path: string) => rules.chance(standing.id, path);
      const mapped = rules.mapping.evaluate(kind, view.attributes, { now, random });
      const scope = scopeOf(rules, kind, view, standing, mapped.active === false);
      const label = text(mapped.attributes[kind === "user" ? "userName" : "displayName"]);
      const fate = retired(rules, kind, fateOf(rules, kind, view, scope, mapped));
      const problem =
        fate.intent === "active" ? (scope.problem ?? problemOf(kind, mapped, label)) : undefined;
      const followed = scope.inScope && problem === undefined;
      return {
        inScope: scope.inScope,
        rule: scope.rule,
        ...fate,
        label,
        body: followed ? mapped.attributes : undefined,
        onCreate: mapped.onCreate,
        references: mapped.references,
        problem,
        isDisabled: view.disabled !== undefined,
        disabledAt: fate.reasonCode === "disabled" ? view.disabledAt : undefined,
        dueAt: view.dueAt !== undefined && view.dueAt > now ? view.dueAt : undefined,
        isOutside: isOutside(rules, kind, standing, fate.intent),
      };
    },
    absent(kind, evidence, now, standing) {
      const { code, reason } = absences[evidence];
      const policy = evidence === "moved-out" ? rules.policy.whenOutOfScope : rules.policy.whenDeleted;
      const intent = kind === "group" ? removedGroup(rules.policy) : intents[policy];
      const left = { intent, reasonCode: code, reason, dueAt: undefined };
      const grace = kind === "user" && code === "deleted" ? graceOf(rules, now, standing) : {};
      const fate = retired(rules, kind, { ...left, ...grace });
      return { ...fate, isOutside: isOutside(rules, kind, standing, fate.intent) };
    },
  };
}

/** Accounts are switched off as for people who are disabled: memberships and values stay, and can come back. */
function retired<
  Fate extends { readonly intent: Intent; readonly reasonCode: ReasonCode; readonly reason: string },
>({ isRetired }: JudgeRules, kind: Kind, fate: Fate): Fate {
  if (!isRetired || kind === "group" || fate.intent === "inactive") return fate;
  const reasonCode = fate.reasonCode === "in-scope" ? "disabled" : fate.reasonCode;
  return { ...fate, intent: "inactive", reasonCode, reason: "the connection is being retired" };
}

/** In a pilot nothing is written for anybody else; a group's deletion would take memberships of others away. */
function isOutside(rules: JudgeRules, kind: Kind, { isPiloted }: Standing, intent: Intent): boolean {
  return rules.hasPilot && !rules.isRetired && (kind === "user" ? !isPiloted : intent === "deleted");
}

const absences: Readonly<Record<Evidence, { readonly code: ReasonCode; readonly reason: string }>> = {
  tombstone: { code: "deleted", reason: "deleted in the directory" },
  "not-found": { code: "deleted", reason: "no longer exists in the directory" },
  "moved-out": { code: "moved-out", reason: "moved out of the part of the directory that is read" },
  "not-visible": {
    code: "not-visible",
    reason: "no longer visible to us in the directory (deleted, or hidden from our account)",
  },
};

const intents: Readonly<Record<"deactivate" | "delete" | "keep", Intent>> = {
  deactivate: "inactive",
  delete: "deleted",
  keep: "keep",
};

interface Scope {
  readonly inScope: boolean;
  readonly rule: string;
  readonly code: ReasonCode;
  readonly reason: string;
  /** The rule could not be worked out for this record: nobody loses access by that, and nobody gets it. */
  readonly problem?: string | undefined;
}

/**
 * Who is disabled may have lost the assignment by that: Okta takes all of them away from whoever is deactivated,
 * https://support.okta.com/help/s/article/Question-Does-Okta-support-partialselective-app-assignment-revokeremoval-during-user-deactivation
 * As long as they are disabled, an account that they have is judged by that. A rule speaks of the person, whatever became of the assignment.
 */
function scopeOf(
  rules: JudgeRules,
  kind: Kind,
  view: View,
  { isAssigned, hasAccount }: Standing,
  isDisabled: boolean,
): Scope {
  if (kind === "group" && !rules.policy.groups.push) {
    return {
      inScope: false,
      rule: "policy.groups.push is false",
      code: "not-pushed",
      reason: "groups are not pushed",
    };
  }
  const excluded = view.excluded;
  if (excluded !== undefined && !rules.include.includes(excluded.key)) {
    const rule = `left out by default (scope.include: ${excluded.key} lets them in)`;
    return { inScope: false, rule, code: "excluded", reason: excluded.reason };
  }
  const isUnassigned = kind === "user" && rules.limitedToAssigned && !isAssigned;
  if (isUnassigned && !(isDisabled && hasAccount)) {
    return { inScope: false, rule: "scope.assigned", code: "unassigned", reason: "not assigned" };
  }
  const verdict = rules.mapping.scope(kind, view.attributes);
  return {
    ...verdict,
    code: verdict.inScope ? "in-scope" : "out-of-scope",
    reason: verdict.inScope ? "in scope" : "out of scope",
  };
}

function fateOf(
  rules: JudgeRules,
  kind: Kind,
  view: View,
  scope: Scope,
  mapped: Mapped,
): { readonly intent: Intent; readonly reasonCode: ReasonCode; readonly reason: string } {
  const { policy } = rules;
  if (!scope.inScope) {
    const intent = kind === "group" ? removedGroup(policy) : intents[policy.whenOutOfScope];
    return { intent, reasonCode: scope.code, reason: scope.reason };
  }
  if (kind === "user" && mapped.active === false) {
    const reason = view.disabled ?? "the mapping says that active is false";
    return { intent: intents[policy.whenDisabled], reasonCode: "disabled", reason };
  }
  return { intent: "active", reasonCode: "in-scope", reason: "in scope" };
}

function removedGroup(policy: Policy): Intent {
  return policy.groups.removed === "delete" ? "deleted" : "keep";
}

function problemOf(kind: Kind, mapped: Mapped, label: string): string | undefined {
  const [first] = mapped.problems;
  if (first !== undefined) return `${first.path}: ${first.message} (${first.where})`;
  if (label === "") return kind === "user" ? "userName is empty" : "displayName is empty";
  return undefined;
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
