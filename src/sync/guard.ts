import type { Limits } from "../config/config.ts";
import type { Guarded, Hold, HoldClass } from "../store/holds.ts";
import type { Reach } from "../store/pending.ts";
import type { WideRow } from "../store/rows.ts";
import { type Action, actionOf, changesIdentifier, changesOf, clearedPaths } from "./action.ts";
import type { Work } from "./work.ts";

/** What the guards decided about the whole plan, before anything is written. */
export interface Verdict {
  readonly holds: readonly Hold[];
  /** Set when nothing at all may be written: a first run that found existing accounts waits for its approval. */
  readonly firstRun: boolean;
}

/**
 * Looks at the whole plan. A class of changes over its limit is held for a person, everything else goes on; a change that a person approved
 * as it stands goes on too. Held rows stay pending: a hold stops no cursor and is looked at again in every run.
 */
export function guard(work: Work, reach: Reach): Verdict {
  const found = collect(work, reach);
  return work.store.transaction(() => {
    work.store.holds.clear();
    const now = work.clock.now();
    work.store.holds.forgetAppliedBefore(now - work.config.limits.windowMs);
    const holds: Hold[] = [];
    for (const [name, suspects] of found) {
      const open = suspects.filter((each) => !work.store.holds.isAnswered(each, name, now));
      const n = open.reduce((sum, each) => sum + (each.weight ?? 1), 0);
      if (n === 0) continue;
      const base = baseOf(work, name);
      const message = overLimit(work, name, n, base, now);
      if (message === undefined) continue;
      holds.push(work.store.holds.place({ class: name, run: work.run, at: now, message, n, base }, open));
    }
    if (!holds.some((hold) => hold.class === "member-removals"))
      holds.push(...emptiedGroups(work, found, now));
    work.store.holds.closeEmpty(now);
    const firstRun =
      work.store.meta.get("started") === undefined && holds.some((hold) => hold.class === "adoptions");
    return { holds, firstRun };
  });
}

type Found = ReadonlyMap<HoldClass, readonly Guarded[]>;

function collect(work: Work, reach: Reach): Found {
  const found = new Map<HoldClass, Guarded[]>();
  const add = (name: HoldClass, guarded: Guarded) => {
    const list = found.get(name);
    if (list === undefined) found.set(name, [guarded]);
    else list.push(guarded);
  };
  for (const phase of ["deactivations", "users", "groups", "deletions"] as const) {
    for (const row of work.store.pending.each(phase, reach)) {
      if (row.problem !== null && row.intent === "active") continue;
      const guarded = { id: row.id, desired: row.desired, matchId: row.matchId };
      for (const name of classesOf(work, row)) add(name, guarded);
      if (row.kind === "group" && row.intent === "deleted" && row.targetId !== null)
        add("member-removals", { ...guarded, weight: work.store.memberships.count(row.id).applied });
    }
  }
  for (const group of pendingGroups(work, reach)) {
    for (const each of work.store.memberships.pending(group, reach.only)) {
      // Who leaves takes the memberships along; that was guarded as a deactivation or deletion.
      if (each.desired === 0 && each.applied === 1 && each.leaves === 0)
        add("member-removals", { id: each.usr, grp: group, desired: null });
    }
  }
  return found;
}

function* pendingGroups(work: Work, reach: Reach): Iterable<number> {
  for (let after = 0; ; ) {
    const page = work.store.memberships.pendingGroups(after, 200, reach.only);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last;
  }
}

/** The classes that a change falls into; some fall into none. */
export function classesOf(work: Pick<Work, "config" | "target" | "store">, row: WideRow): HoldClass[] {
  const action = row.targetId === null ? whatMayBe(row) : actionOf(row);
  // Who waits for a seat went past the guards before.
  if (action === "create") return row.kind === "user" && row.seatsSince === null ? ["creations"] : [];
  if (action === "adopt") return isLeftAlone(work, row) || mayAdopt(work, row) ? [] : ["adoptions"];
  if (action === "delete") return [row.evidence === "not-visible" ? "not-visible" : "deletions"];
  if (action === "deactivate") {
    if (row.evidence === "not-visible") return ["not-visible"];
    return [work.target.capabilities.irreversibleDeactivation ? "deletions" : "deactivations"];
  }
  if (action === "reactivate" && row.switchedOff !== null) return ["switched-off"];
  if (action !== "update" && action !== "rename") return [];
  const changes = changesOf(row);
  return [
    ...(changesIdentifier(changes) ? (["identifier-changes"] as const) : []),
    ...(clearedPaths(changes).length > 0 ? (["cleared-values"] as const) : []),
  ];
}

/** A creation without an answer may have made an account, which is then switched off or deleted where nobody is to have one. */
function whatMayBe(row: WideRow): Action {
  if (row.doubt === null || row.intent === "active") return actionOf(row);
  return row.intent === "deleted" ? "delete" : row.intent === "inactive" ? "deactivate" : "none";
}

/** The policy says that accounts which exist already are none of ours. */
export function isLeftAlone(work: Pick<Work, "config">, row: WideRow): boolean {
  return (
    row.kind === "user" &&
    row.matchId !== null &&
    work.config.policy.existingAccounts === "leave" &&
    !isOwnCreation(row)
  );
}

/** What was found is what we created ourselves: its call got no answer and took effect long after. */
export function isOwnCreation({ matchNote }: Pick<WideRow, "matchNote">): boolean {
  return (JSON.parse(matchNote ?? "{}") as { ours?: boolean }).ours === true;
}

/**
 * Without a person's word only what the policy lets us adopt; never on a first run, never an account that was somebody else's, never a group.
 */
function mayAdopt(work: Pick<Work, "config" | "store">, row: WideRow): boolean {
  if (isOwnCreation(row)) return true;
  if (work.config.policy.existingAccounts !== "adopt" || row.kind === "group") return false;
  if (work.store.meta.get("started") === undefined) return false;
  const { externalId, formerly, active } = JSON.parse(row.matchNote ?? "{}") as {
    externalId?: string | null;
    formerly?: string | null;
    active?: boolean | null;
  };
  // Somebody switched it off on purpose: that it belongs to somebody of ours is no reason to switch it on.
  if (active === false) return false;
  if (formerly !== null && formerly !== undefined && formerly !== row.sourceId) return false;
  return (
    externalId === null ||
    externalId === undefined ||
    externalId === "" ||
    externalId === row.body["externalId"]
  );
}

const shares: Readonly<Partial<Record<HoldClass, keyof Limits>>> = {
  deactivations: "deactivations",
  deletions: "deletions",
  "member-removals": "memberRemovals",
  creations: "creations",
  "identifier-changes": "identifierChanges",
  "cleared-values": "clearedValues",
};

/** What would happen to n of them, and who they are. */
const words: Readonly<Record<HoldClass, readonly [what: string, one: string, many: string]>> = {
  adoptions: ["be taken over", "existing account or group", "existing accounts or groups"],
  "not-visible": ["lose access, no longer visible in the directory", "person or group", "people or groups"],
  deactivations: ["be deactivated", "person", "people"],
  deletions: ["be deleted", "person or group", "people or groups"],
  "member-removals": ["be removed", "membership", "memberships"],
  creations: ["be created", "person", "people"],
  "identifier-changes": ["get another user name, external id or e-mail address", "person", "people"],
  "cleared-values": ["lose a value", "person", "people"],
  "switched-off": [
    "be switched on again that somebody else switched off at the target",
    "account",
    "accounts",
  ],
};

function sentence(name: HoldClass, n: number, base?: number): string {
  const [what, one, many] = words[name];
  return `${n}${base === undefined ? "" : ` of ${base}`} ${n === 1 && base === undefined ? one : many} would ${what}`;
}

/** What one change of a class that was applied inside the window did to the base: removals took away from it, creations added. */
const growth: Readonly<Partial<Record<HoldClass, 1 | -1>>> = {
  deactivations: 1,
  deletions: 1,
  "member-removals": 1,
  creations: -1,
};

/** How many there must be before the creation of accounts is limited, and how few are too few for a share of the base to mean something. */
const fewestForCreations = 20;
const fewestForHalf = 3;

/** A sentence when a class is over its limit: more than its share (and more than a handful), or more than half of everything. */
function overLimit(work: Work, name: HoldClass, n: number, base: number, now: number): string | undefined {
  const key = shares[name];
  if (key === undefined) return `${sentence(name, n)}; ${n === 1 ? "this" : "each"} needs a person's word`;
  const { limits } = work.config;
  const share = limits[key];
  const before = work.store.holds.appliedSince(name, now - limits.windowMs);
  const atStart = base + before * (growth[name] ?? 0);
  if (name === "creations" && atStart < fewestForCreations) return undefined;
  const most = Math.max(limits.neverHoldBelow, Math.floor(share * atStart));
  const total = n + before;
  if (total <= most && !(total >= fewestForHalf && total > atStart / 2)) return undefined;
  const also =
    before === 0 ? "" : `, after ${before} in the last ${Math.round(limits.windowMs / 3_600_000)} h`;
  return `${sentence(name, n, atStart)}${also} (limit ${most}: ${Math.round(share * 1000) / 10} %, at least ${limits.neverHoldBelow})`;
}

function baseOf(work: Work, name: HoldClass): number {
  if (name === "member-removals") return work.store.memberships.applied();
  const users = work.store.people.managedActive("user");
  return name === "deletions" ? users + work.store.people.managedActive("group") : users;
}

/** A single group that would lose most of its members is held even where all groups together stay below the limit. */
function emptiedGroups(work: Work, found: Found, now: number): Hold[] {
  const byGroup = new Map<number, Guarded[]>();
  for (const each of found.get("member-removals") ?? []) {
    if (each.grp === undefined) continue;
    const list = byGroup.get(each.grp);
    if (list === undefined) byGroup.set(each.grp, [each]);
    else list.push(each);
  }
  const held: Guarded[] = [];
  let base = 0;
  for (const [group, removals] of byGroup) {
    const open = removals.filter((each) => !work.store.holds.isAnswered(each, "member-removals", now));
    const { applied } = work.store.memberships.count(group);
    const most = Math.max(
      work.config.limits.neverHoldBelow,
      Math.floor(work.config.limits.memberRemovals * applied),
    );
    if (open.length > most || (open.length >= fewestForHalf && open.length > applied / 2)) {
      held.push(...open);
      base += applied;
    }
  }
  if (held.length === 0) return [];
  const message = `${held.length} of ${base} memberships of single groups would be removed (limit a group: ${work.config.limits.memberRemovals * 100} %, at least ${work.config.limits.neverHoldBelow}, never more than half)`;
  return [
    work.store.holds.place(
      { class: "member-removals", run: work.run, at: now, message, n: held.length, base },
      held,
    ),
  ];
}
