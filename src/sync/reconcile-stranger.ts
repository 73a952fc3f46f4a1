import { readAttributes } from "../scim/build.ts";
import { isEmpty, sameValue } from "../scim/compare.ts";
import { knownPath, readPath } from "../scim/path.ts";
import type { Kind, StoredResource } from "../scim/resource.ts";
import type { WideRow } from "../store/rows.ts";
import { followedOf } from "./action.ts";
import type { ReconcileNotes } from "./reconcile-notes.ts";
import type { Work } from "./work.ts";

/** A second account that looks like somebody's of ours. */
export interface Twin {
  readonly row: number;
  readonly targetId: string;
}

/**
 * An account or group that none of our rows is linked to. Somebody else's: not our concern. Proved to be ours, by the claim and by what the audit
 * trail says we did to it: linked again. Carrying the external id of somebody who has an account: a second one, named and never touched. Active,
 * of somebody who is to have no access: told. Anything else is managed by nobody, and counted.
 */
export function compareStranger(
  work: Work,
  kind: Kind,
  current: StoredResource,
  notes: ReconcileNotes,
): Twin | undefined {
  const { claims, comparison } = work.store;
  const owner = claims.owner(kind, current.id);
  if (owner !== undefined && owner.connection !== work.config.name) return undefined;
  const claimed = owner === undefined ? undefined : comparison.bySourceId(kind, owner.sourceId);
  const row = claimed ?? namedBy(work, kind, current);
  if (row === undefined) {
    notes.unmanaged(kind, current);
    return undefined;
  }
  if (row.targetId !== null) return { row: row.id, targetId: current.id };
  // A creation without an answer is looked up by those who know what was sent.
  if (row.doubt !== null) return undefined;
  const doneTo = claimed === undefined ? [] : comparison.doneTo(row.id, current.id);
  if (doneTo.length > 0) {
    if (isNamedOtherwise(row, current)) told(kind, row, "lost-link", current, notes);
    else relink(work, kind, row, current, doneTo, notes);
    return undefined;
  }
  // Who is to have an account is looked for by the match step, and found there.
  if (row.intent === "active") return undefined;
  const isOff =
    kind === "group" || sameValue(knownPath("active"), false, readPath(current, knownPath("active")));
  if (isOff || row.intent === "keep") notes.unmanaged(kind, current);
  else told(kind, row, "kept-access", current, notes);
  return undefined;
}

/** Our row whose external id an account carries. */
function namedBy(work: Work, kind: Kind, current: StoredResource): WideRow | undefined {
  const { externalId } = current;
  if (typeof externalId !== "string" || externalId === "") return undefined;
  const row = work.store.comparison.bySourceId(kind, externalId);
  if (row !== undefined) return row;
  // Where the mapping gives another external id than the directory's own, by name.
  const name = current[kind === "user" ? "userName" : "displayName"];
  if (typeof name !== "string" || name === "") return undefined;
  return work.store.comparison.byLabel(kind, name).find((each) => each.body["externalId"] === externalId);
}

function isNamedOtherwise(row: WideRow, current: StoredResource): boolean {
  const path = knownPath("externalId");
  const ours = [row.body["externalId"], row.appliedBody["externalId"]].filter((each) => !isEmpty(each));
  if (isEmpty(current.externalId) || ours.length === 0) return false;
  return !ours.some((each) => sameValue(path, each, current.externalId));
}

function told(
  kind: Kind,
  row: WideRow,
  type: "lost-link" | "kept-access",
  current: StoredResource,
  notes: ReconcileNotes,
): void {
  const finding = { type, resource: row.id, path: "account", ours: null, theirs: current.id };
  notes.found(kind, row.label, { finding });
}

function relink(
  work: Work,
  kind: Kind,
  row: WideRow,
  current: StoredResource,
  doneTo: readonly string[],
  notes: ReconcileNotes,
): void {
  const { store, run, actor, clock } = work;
  const now = clock.now();
  const origin =
    doneTo.find((action) => action === "create" || action === "adopt") === "create" ? "created" : "adopted";
  const isOff =
    kind === "user" && sameValue(knownPath("active"), false, readPath(current, knownPath("active")));
  const isOffByUs = doneTo.find((action) => action !== "relink") === "deactivate";
  const values = readAttributes(current, Object.keys(followedOf({ ...row, origin })));
  store.comparison.relink(now, row, {
    targetId: current.id,
    origin,
    intent: isOff ? "inactive" : "active",
    switchedOff: isOff && !isOffByUs ? now : null,
    body: kind === "user" ? { ...values, active: !isOff } : values,
  });
  const { id: resource, sourceId, label } = row;
  const reason = "the claim and this trail say that the account is ours";
  const attempt = {
    resource,
    kind,
    sourceId,
    targetId: current.id,
    action: "relink",
    reason,
    before: null,
    after: null,
  };
  store.audit.outcome(store.audit.attempt(run, actor, now, attempt), now, run, "done");
  notes.found(kind, label, {
    finding: { type: "relinked", resource, path: "account", ours: null, theirs: current.id },
    times: 1,
  });
}
