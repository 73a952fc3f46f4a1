import type { ItemError } from "../errors.ts";
import { readAttributes } from "../scim/build.ts";
import { difference } from "../scim/patch.ts";
import type { Attributes, Json, StoredResource } from "../scim/resource.ts";
import type { HoldClass } from "../store/holds.ts";
import type { WideRow } from "../store/rows.ts";
import type { Done } from "../store/write-done.ts";
import { type Action, wantedOf } from "./action.ts";
import { classesOf, classesOfCall, isOwnCreation } from "./classes.ts";
import type { Planned } from "./dispatch.ts";
import type { Preparation } from "./preparation.ts";
import type { Work } from "./work.ts";
import { writeDifference } from "./write.ts";

/** The call that brings an account or group to these values; undefined where it holds them already. */
export function update(
  { work, putOff, second }: Preparation,
  row: WideRow,
  current: StoredResource,
  action: Action,
  wanted: Attributes,
): Planned | undefined {
  const origin = action !== "adopt" ? undefined : isOwnCreation(row) ? "created" : "adopted";
  const before = readAttributes(current, Object.keys(wanted));
  const asPlanned = done(work, row, current.id, wanted, origin);
  const settled = {
    ...asPlanned,
    counts: [...new Set([...asPlanned.counts, ...classesOfCall(work, { action, before, after: wanted })])],
    ...(action === "deactivate" ? { switchedOff: switchedOffBefore(work, row, current["active"]) } : {}),
  };
  if (action !== "adopt" && difference(current, wanted).length === 0) {
    work.store.outcomes.settleQuietly(work.clock.now(), row.id, settled);
    return undefined;
  }
  const send = async () => {
    if (difference(current, wanted).length > 0)
      await writeDifference(work.target, row.kind, current, wanted, work.abort);
    return settled;
  };
  return {
    row,
    action,
    before,
    after: wanted,
    send,
    putOff: (refusal) => second.isLate(row, refusal) || putOff(row, refusal),
  };
}

/**
 * Disabled people are still followed, but no value that the target refuses, and no name that is still taken, keeps anybody's access alive: then
 * the account is only switched off, and the values remain to be done.
 */
export function deactivation(given: Preparation, row: WideRow, current: StoredResource): Planned | undefined {
  const { putOff, second } = given;
  if (second.isOffAlone(row)) return switchingOff(given, row, current);
  const planned = update(given, row, current, "deactivate", wantedOf(row));
  if (planned === undefined) return undefined;
  const others = difference(current, { ...planned.after, active: current["active"] ?? null });
  const isPutOff = (refusal: ItemError) => {
    if (second.isLate(row, refusal)) return true;
    if (others.length === 0 || refusal.code === "not-found" || !second.switchOffAlone(row)) return false;
    putOff(row, refusal);
    return true;
  };
  return { ...planned, putOff: isPutOff };
}

/** Nothing but `active` goes out, and nothing but that is done. */
function switchingOff(
  { work, second }: Preparation,
  row: WideRow,
  current: StoredResource,
): Planned | undefined {
  const after = { active: false };
  const switchedOff = switchedOffBefore(work, row, current["active"]);
  const settled: Done = { ...done(work, row, current.id, after, undefined), applied: null, switchedOff };
  if (difference(current, after).length === 0) {
    work.store.outcomes.settleQuietly(work.clock.now(), row.id, settled);
    return undefined;
  }
  const send = async () => {
    await writeDifference(work.target, row.kind, current, after, work.abort);
    return settled;
  };
  return {
    row,
    action: "deactivate",
    before: readAttributes(current, ["active"]),
    after,
    send,
    putOff: (refusal) => second.isLate(row, refusal),
  };
}

/** Who is to be switched off, and was so already by somebody else's hand; not where accounts begin inactive by policy. */
export function switchedOffBefore(work: Work, row: WideRow, active: Json | undefined): number | undefined {
  const beganOff = work.config.policy.newUsers === "inactive" && row.origin === "created";
  return active === false && !beganOff ? work.clock.now() : undefined;
}

/** What a row is once the target accepted these values. */
export function done(
  work: Work,
  row: WideRow,
  targetId: string,
  wanted: Attributes,
  origin: "created" | "adopted" | undefined,
): Done & { readonly counts: readonly HoldClass[] } {
  const intent = row.intent === "deleted" ? "deleted" : row.intent === "inactive" ? "inactive" : "active";
  const body: Attributes =
    row.kind === "user"
      ? { ...row.appliedBody, ...wanted, active: intent === "active" }
      : { ...row.appliedBody, ...wanted };
  const counts = classesOf(work, row);
  return {
    targetId,
    intent,
    applied: row.desired,
    body,
    counts,
    ...(origin === undefined ? {} : { origin }),
  };
}
