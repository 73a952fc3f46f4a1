import type { Limits } from "../config/config.ts";
import type { HoldClass } from "../store/holds.ts";
import { sentence } from "./hold-words.ts";
import type { Work } from "./work.ts";

const shares: Readonly<Partial<Record<HoldClass, keyof Limits>>> = {
  deactivations: "deactivations",
  deletions: "deletions",
  "member-removals": "memberRemovals",
  creations: "creations",
  "identifier-changes": "identifierChanges",
  "cleared-values": "clearedValues",
};

/** What one change of a class that was applied inside the window did to the base: removals took away from it, creations added. */
const growth: Readonly<Partial<Record<HoldClass, 1 | -1>>> = {
  deactivations: 1,
  deletions: 1,
  "member-removals": 1,
  creations: -1,
};

/** How many there must be before the creation of accounts and groups is limited, and how few are too few for a share of the base to mean something. */
const fewestForCreations = 20;
const fewestForHalf = 3;

/** A sentence when a class is over its limit: more than its share (and more than a handful), or more than half of everything. */
export function overLimit(
  work: Work,
  name: HoldClass,
  n: number,
  base: number,
  now: number,
): string | undefined {
  const key = shares[name];
  if (key === undefined) return `${sentence(name, n)}; ${n === 1 ? "this" : "each"} needs a person's word`;
  const { limits } = work.config;
  const share = limits[key];
  const { before, atStart, most } = limitOf(work, name, share, base, now);
  if (name === "creations" && atStart < fewestForCreations) return undefined;
  const total = n + before;
  if (total <= most && !isMostOf(total, atStart)) return undefined;
  const also =
    before === 0 ? "" : `, after ${before} in the last ${Math.round(limits.windowMs / 3_600_000)} h`;
  return `${sentence(name, n, atStart)}${also} (limit ${most}: ${Math.round(share * 1000) / 10} %, at least ${limits.neverHoldBelow})`;
}

/** How many of a class may go within the window without a person's word, those included that went already. */
export function mostWithin(work: Work, name: HoldClass): number {
  const key = shares[name];
  if (key === undefined) return 0;
  const share = work.config.limits[key];
  const { atStart, most } = limitOf(work, name, share, baseOf(work, name), work.clock.now());
  return Math.min(most, Math.max(fewestForHalf - 1, Math.floor(atStart / 2)));
}

/** What was applied of a class inside the window, how many there were when it began, and how many of those may go. */
function limitOf(
  { store, config: { limits } }: Work,
  name: HoldClass,
  share: number,
  base: number,
  now: number,
) {
  const before = store.window.appliedSince(name, now - limits.windowMs);
  const atStart = base + before * (growth[name] ?? 0);
  return { before, atStart, most: Math.max(limits.neverHoldBelow, Math.floor(share * atStart)) };
}

/** How many there are of what a class takes away or adds. */
export function baseOf(work: Work, name: HoldClass): number {
  if (name === "member-removals") return work.store.memberships.applied();
  const users = work.store.people.managedActive("user");
  return name === "deletions" || name === "creations"
    ? users + work.store.people.managedActive("group")
    : users;
}

/** Whether one group would lose too many of the members that it had when the window began: `n` now, on top of those who were removed since. */
export function groupLimit(
  { store, config: { limits } }: Pick<Work, "store" | "config">,
  group: number,
  n: number,
  now: number,
): { readonly isOver: boolean; readonly atStart: number } {
  const before = store.window.removedSince(group, now - limits.windowMs);
  const atStart = store.memberships.count(group).applied + before;
  const most = Math.max(limits.neverHoldBelow, Math.floor(limits.memberRemovals * atStart));
  const total = n + before;
  return { isOver: total > most || isMostOf(total, atStart), atStart };
}

function isMostOf(n: number, whole: number): boolean {
  return n >= fewestForHalf && n > whole / 2;
}
