import type { Guarded, Hold, HoldClass } from "../store/holds.ts";
import type { Reach } from "../store/pending.ts";
import { impactText } from "./edit-impact.ts";
import { emptiedGroups } from "./emptied-groups.ts";
import { sentence } from "./hold-words.ts";
import { baseOf, overLimit } from "./limits.ts";
import { stopLastMembers } from "./privileged.ts";
import { Room } from "./room.ts";
import { type Suspects, suspectsOf } from "./suspects.ts";
import type { Work } from "./work.ts";

/** What the guards decided about the whole plan, before anything is written. */
export interface Verdict {
  readonly holds: readonly Hold[];
  /** Set when nothing at all may be written: a first run that found existing accounts waits for its approval. */
  readonly firstRun: boolean;
  readonly room: Room;
}

/**
 * Looks at the whole plan. A class of changes over its limit is held for a person, everything else goes on; a change that a person approved
 * as it stands goes on too. Held rows stay pending: a hold stops no cursor and is looked at again in every run.
 */
export function guard(work: Work, reach: Reach): Verdict {
  return work.store.transaction(() => {
    work.store.edits.tidy();
    const suspects = suspectsOf(work, reach);
    const found = suspects.classes;
    work.store.holds.clear();
    work.store.protections.clear();
    const now = work.clock.now();
    work.store.window.forgetBefore(now - work.config.limits.windowMs);
    work.store.holds.approvals.tidy(now);
    const someAnswered = work.store.holds.someAnswered;
    const holds: Hold[] = [];
    const going = new Map<HoldClass, number | undefined>();
    for (const [name, all] of found) {
      const open = someAnswered ? all.filter((each) => !work.store.holds.isAnswered(each, name, now)) : all;
      const n = open.reduce((sum, each) => sum + (each.weight ?? 1), 0);
      if (n === 0) continue;
      const base = baseOf(work, name);
      const message =
        name === "configuration"
          ? impactText(work, impactsOf(suspects, open))
          : overLimit(work, name, n, base, now);
      going.set(name, message === undefined ? n : undefined);
      if (message === undefined) continue;
      holds.push(work.store.holds.place({ class: name, run: work.run, at: now, message, n, base }, open));
    }
    if (!holds.some((hold) => hold.class === "member-removals"))
      holds.push(...emptiedGroups(work, found.get("member-removals") ?? [], now));
    holds.push(...leftOver(work, found, holds, now));
    for (const { reason, ...change } of suspects.stopped) work.store.protections.stop(change, reason);
    if (suspects.someoneLeaves) stopLastMembers(work);
    work.store.holds.closeEmpty(now);
    const firstRun =
      work.store.meta.get("started") === undefined && holds.some((hold) => hold.class === "adoptions");
    return { holds, firstRun, room: new Room(work, found, going, now) };
  });
}

type Found = Suspects["classes"];

function impactsOf({ impacts }: Suspects, open: readonly Guarded[]) {
  return open.map((each) => impacts.get(each)).filter((each) => each !== undefined);
}

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
