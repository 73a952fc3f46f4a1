import type { ApprovedObject } from "../../store/approvals.ts";
import type { HeldObject } from "../../store/held-objects.ts";
import type { HoldClass } from "../../store/holds.ts";
import type { Rejection } from "../../store/rejections.ts";
import { rejectedText } from "../../sync/plan-blocked.ts";
import type { HeldChange } from "../held-choice.ts";
import { escaped } from "./escape.ts";
import { isoTime } from "./json.ts";
import { counted, localTime, relative } from "./numbers.ts";
import { showPath, showValue } from "./value.ts";

/** What happens to whom as long as nobody answers. */
const waits: Partial<Readonly<Record<HoldClass | "changes", string>>> = {
  adoptions: "they have no account of ours, and none is made beside the one that was found",
  "not-visible": "they keep their access; somebody who really left keeps it too",
  deactivations: "they keep their access at the target, also who really left",
  deletions: "the accounts and groups stay as they are",
  "member-removals": "they stay members, with the access that this gives",
  creations: "they have no account at the target",
  "identifier-changes":
    "they keep the old name or address, and everything else that changed for them waits too",
  "cleared-values": "the old values stay, and everything else that changed for them waits too",
  "switched-off": "the accounts stay switched off",
  "privileged-additions": "they are no members, and have none of the rights of these groups",
  configuration: "nobody loses anything by the edit; what it adds goes on",
};

export function whileItWaits(name: HoldClass | "changes"): string {
  return waits[name] ?? "nothing of it is sent";
}

/** Why somebody is on the list, in a few words. */
export function whyHeld({
  reason,
  groupLabel,
  joins,
  matchId,
  matchNote,
}: Pick<HeldObject, "reason" | "groupLabel" | "joins" | "matchId" | "matchNote">): string {
  if (groupLabel !== null) return `${joins === 1 ? "joins" : "leaves"} the group ${groupLabel}`;
  if (matchId === null) return reason;
  const { externalId } = JSON.parse(matchNote ?? "{}") as { readonly externalId?: string | null };
  const owner =
    externalId === null || externalId === undefined || externalId === ""
      ? "no external id"
      : `${showPath("externalId")} ${showValue(externalId)}`;
  return `exists already: ${matchId}, ${owner}`;
}

/** "ann@example.com  deactivations: disabled in the directory" */
export function changeLine(change: HeldChange): string {
  const { label, sourceId, class: name, rejection } = change;
  const said = rejection === undefined ? "" : `; ${rejectedText(rejection)}`;
  return escaped(`${label || sourceId}  ${name}: ${whyHeld(change)}${said}`);
}

/** The same for other programs. */
export function changeFields(change: HeldChange): Record<string, unknown> {
  const {
    hold,
    class: name,
    kind,
    sourceId,
    targetId,
    label,
    groupLabel,
    path,
    reason,
    matchId,
    rejection,
  } = change;
  return {
    hold: hold ?? null,
    class: name,
    kind,
    sourceId,
    targetId,
    label,
    group: groupLabel,
    path: path === "" ? null : path,
    reason,
    found: matchId,
    rejected: rejection === undefined ? null : rejectionFields(rejection),
  };
}

function rejectionFields({ actor, reason, at }: Rejection) {
  return { actor, reason, at: isoTime(at) };
}

/** What one person approved with one word, and is not applied yet. */
interface ApprovedTogether {
  readonly first: ApprovedObject;
  readonly objects: readonly ApprovedObject[];
}

/** Approvals that were given together. */
export function approvedTogether(approved: readonly ApprovedObject[]): readonly ApprovedTogether[] {
  const together = new Map<string, ApprovedObject[]>();
  for (const each of approved) {
    const key = JSON.stringify([each.class, each.actor, each.reason, each.at]);
    together.set(key, [...(together.get(key) ?? []), each]);
  }
  return [...together.values()].flatMap((objects) => {
    const [first] = objects;
    return first === undefined ? [] : [{ first, objects }];
  });
}

/** "approved, not applied yet: 12 deactivations by ann 2 h ago, good until ...: the shop closes" */
export function approvedText({ first, objects }: ApprovedTogether, now: number): string {
  const { class: name, actor, at, reason, expiresAt } = first;
  const who = objects.slice(0, 3).map(({ label, sourceId }) => label || sourceId);
  const all = `${who.join(", ")}${objects.length > who.length ? ", ..." : ""}`;
  const what = `${counted(objects.length, "change")} of class ${name} (${all}), by ${actor} ${relative(at, now)}: ${reason}`;
  return expiresAt <= now
    ? `an approval expired ${relative(expiresAt, now)} before it was used: ${what}`
    : `approved and not applied yet, good until ${localTime(expiresAt)}: ${what}`;
}

export function approvedFields({ kind, sourceId, label, groupLabel, ...each }: ApprovedObject, now: number) {
  return {
    class: each.class,
    kind,
    sourceId,
    label,
    group: groupLabel,
    actor: each.actor,
    reason: each.reason,
    at: isoTime(each.at),
    expiresAt: isoTime(each.expiresAt),
    expired: each.expiresAt <= now,
  };
}
