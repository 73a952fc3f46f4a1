import type { Db } from "./database.ts";
import { digest } from "./digest.ts";
import type { Guarded, HoldClass } from "./holds.ts";
import { prepared } from "./prepared.ts";

/** A person's yes to a change. */
export interface Approval {
  readonly actor: string;
  readonly reason: string;
}

/** What an approval or rejection is bound to: the change as it stood when the person said yes or no. */
export function boundTo(held: Guarded): Buffer {
  if (held.grp !== undefined) return digest([held.joins === true ? "add" : "remove", held.grp, held.id]);
  return digest([held.desired?.toString("hex") ?? null, held.matchId ?? null]);
}

/** The approval of exactly this change, if a person gave one that has not expired: a yes to another change is none. */
export function approvalOf(
  db: Db,
  guarded: Guarded,
  holdClass: HoldClass,
  now: number,
): Approval | undefined {
  const found = prepared(
    db,
    "select actor, reason, desired, expires_at as expiresAt from approval where resource = ? and grp = ? and class = ?",
  ).get(guarded.id, guarded.grp ?? 0, holdClass) as
    | { actor: string; reason: string; desired: Buffer; expiresAt: number }
    | undefined;
  if (found === undefined || found.expiresAt <= now || !found.desired.equals(boundTo(guarded)))
    return undefined;
  return { actor: found.actor, reason: found.reason };
}
