import type { Guarded, Hold, HoldClass } from "../store/holds.ts";
import type { Reach } from "../store/pending.ts";
import { classesOf } from "./classes.ts";
import { emptiedGroups } from "./emptied-groups.ts";
import { sentence } from "./hold-words.ts";
import { baseOf, overLimit } from "./limits.ts";
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
    work.store.holds.approvals.tidy(now);
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
      holds.push(...emptiedGroups(work, found.get("member-removals") ?? [], now));
    holds.push(...leftOver(work, found, holds, now));
    work.store.holds.closeEmpty(now);
    const firstRun =
      work.store.meta.get("started") === undefined && holds.some((hold) => hold.class === "adoptions");
    return { holds, firstRun };
  });
}

type Found = ReadonlyMap<HoldClass, readonly Guarded[]>;

/** What is left of a hold that a person answered in part waits for its answer too, however few are left. */
function leftOver(work: Work, found: Found, placed: readonly Hold[], now: number): Hold[] {
  const holds: Hold[] = [];
  for (const [name, suspects] of found) {
    if (placed.some((hold) => hold.class === name && name !== "member-removals")) continue;
    const left = work.store.holds
      .leftOver(name, suspects)
      .filter((each) => !work.store.holds.isAnswered(each, name, now));
    if (left.length === 0) continue;
    const known = placed.find((hold) => hold.class === name);
    const { n, base, message } = known ?? {
      n: left.length,
      base: baseOf(work, name),
      message: `${sentence(name, left.length)}; a part of what was held was answered, the rest still needs a person's word`,
    };
    const hold = work.store.holds.place({ class: name, run: work.run, at: now, message, n, base }, left);
    if (known === undefined) holds.push(hold);
  }
  return holds;
}

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
