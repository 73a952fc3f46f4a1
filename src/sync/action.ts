import { sameValue } from "../scim/compare.ts";
import { knownPath } from "../scim/path.ts";
import type { Attributes, Json } from "../scim/resource.ts";
import type { WideRow } from "../store/rows.ts";

export type Action =
  | "create"
  | "adopt"
  | "update"
  | "rename"
  | "deactivate"
  | "reactivate"
  | "delete"
  /** Only what we remember changes (a reason, say); nothing is sent. */
  | "none";

/** What is sent between two others, so that everybody in a ring of names can get theirs. */
export type Detour = "step aside" | "step back";

/** One value of the plan: what the target last accepted, and what is wanted now. */
export interface ValueChange {
  readonly path: string;
  readonly before: Json;
  readonly after: Json;
}

/** What has to happen to a pending person or group. */
export function actionOf(row: WideRow): Action {
  if (row.targetId === null) {
    if (row.intent !== "active") return "none";
    return row.matchId === null ? "create" : "adopt";
  }
  if (row.intent === "deleted") return "delete";
  if (row.intent === "inactive" && row.appliedIntent === "active") return "deactivate";
  if (row.intent === "active" && row.appliedIntent === "inactive") return "reactivate";
  const changes = changesOf(row);
  if (changes.length === 0) return row.applied === null ? "update" : "none";
  const name = row.kind === "user" ? "userName" : "displayName";
  return changes.some(({ path }) => path === name) ? "rename" : "update";
}

/** The values that differ between what the target last accepted and what is wanted, in the mapping's order. */
export function changesOf(row: WideRow): ValueChange[] {
  const wanted = wantedOf(row);
  return Object.entries(wanted)
    .filter(([path, after]) => !sameValue(knownPath(path), after, row.appliedBody[path]))
    .map(([path, after]) => ({ path, before: row.appliedBody[path] ?? null, after }));
}

/**
 * What is to stand at the target. People who are gone or out of scope keep their values and only go inactive; disabled people are still
 * followed. `active` is written when it has to flip, and at creation; an account that somebody else switched off is left alone.
 */
export function wantedOf(row: WideRow): Attributes {
  if (row.kind === "group") return managed(row);
  const followed = row.reasonCode === "in-scope" || row.reasonCode === "disabled" ? managed(row) : {};
  if (row.intent === "inactive") return { ...followed, active: false };
  if (row.appliedIntent === "inactive") return { ...followed, active: true };
  return followed;
}

/** An adopted account keeps the external id that another system gave it: it was left out when we took the account over. */
function managed(row: WideRow): Attributes {
  if (row.origin !== "adopted" || "externalId" in row.appliedBody) return row.body;
  const { externalId: _kept, ...rest } = row.body;
  return rest;
}

const identifiers: ReadonlySet<string> = new Set(["userName", "externalId", 'emails[type eq "work"].value']);

/** True when an update changes how the target knows somebody: a typo in a mapping locks people out that way. */
export function changesIdentifier(changes: readonly ValueChange[]): boolean {
  return changes.some(({ path, before }) => identifiers.has(path) && before !== null);
}

/** Paths whose value goes away. */
export function clearedPaths(changes: readonly ValueChange[]): string[] {
  return changes.filter(({ before, after }) => before !== null && after === null).map(({ path }) => path);
}
