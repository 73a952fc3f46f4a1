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
  /** Their account at the target is somebody else's, or there are several: nothing is sent until that is over. */
  | "conflict"
  /** Only what we remember changes (a reason, say); nothing is sent. */
  | "none";

/** What is sent between two others, so that everybody in a ring of names can get theirs. */
export type Detour = "step aside" | "step back";

/** True for what takes access away: nothing that is wrong with other writes stops it. */
export function takesAway(action: Action | Detour): boolean {
  return action === "deactivate" || action === "delete";
}

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
    if (isInConflict(row)) return "conflict";
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

/** What the look-up found last. It looks again before anything is done for them. */
function isInConflict({ matchId, doubt, failingSince, errorCode }: WideRow): boolean {
  if (matchId !== null || doubt !== null || failingSince === null) return false;
  return errorCode === "collision" || errorCode === "duplicate";
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
  const followed = withoutContested(row, followedOf(row));
  if (row.kind === "group") return followed;
  if (row.intent === "inactive") return { ...followed, active: false };
  if (row.appliedIntent === "inactive") return { ...followed, active: true };
  return followed;
}

/** False for people who are gone, out of scope, or to be kept as they are. */
export function isFollowed({ intent, reasonCode }: Pick<WideRow, "intent" | "reasonCode">): boolean {
  return intent === "active" || (intent === "inactive" && reasonCode === "disabled");
}

/** The values that follow the directory, whatever stands at the target; nothing for people who are gone or out of scope. */
export function followedOf(row: WideRow): Attributes {
  return row.kind === "group" || isFollowed(row) ? managed(row) : {};
}

/** True for a value that was given up because another system writes it too; another wanted value is written again. */
export function isContested(row: Pick<WideRow, "contested">, path: string, wanted: Json): boolean {
  return path in row.contested && sameValue(knownPath(path), row.contested[path], wanted);
}

function withoutContested(row: WideRow, values: Attributes): Attributes {
  if (Object.keys(row.contested).length === 0) return values;
  return Object.fromEntries(
    Object.entries(values).filter(([path, wanted]) => !isContested(row, path, wanted)),
  );
}

/** Why something is written, for plan and audit trail: what the directory says, or that it is not as we left it. */
export function reasonOf({ reason, drifted }: Pick<WideRow, "reason" | "drifted">): string {
  if (drifted === null) return reason;
  return reason === "" || reason === "in scope" ? changedByHand : `${reason}; ${changedByHand}`;
}

/** Why memberships of a group change. */
export function membersReason(changes: readonly { readonly drifted: number | null }[]): string {
  const byHand = changes.filter(({ drifted }) => drifted !== null).length;
  if (byHand === 0) return changedInDirectory;
  return byHand === changes.length ? changedByHand : `${changedInDirectory}; others ${changedByHand}`;
}

/** The usual reason, not worth a line of a plan. */
export const changedInDirectory = "memberships changed in the directory";

/** Why something is put right that nobody changed in the directory. */
export const changedByHand = "changed at the target by hand";

/** An adopted account keeps the external id that another system gave it: it was left out when we took the account over. */
function managed(row: WideRow): Attributes {
  if (row.origin !== "adopted" || "externalId" in row.appliedBody) return row.body;
  const { externalId: _kept, ...rest } = row.body;
  return rest;
}

/** The values that a call changes at the target. */
export function changesBetween(before: Attributes | null, after: Attributes): ValueChange[] {
  return Object.entries(after)
    .filter(([path, value]) => !sameValue(knownPath(path), value, before?.[path]))
    .map(([path, value]) => ({ path, before: before?.[path] ?? null, after: value }));
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
