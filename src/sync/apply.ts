import type { Reach } from "../store/pending.ts";
import { applyMembers } from "./apply-members.ts";
import { applyReferences } from "./apply-references.ts";
import { applyResources } from "./apply-resources.ts";
import { NameQueue } from "./name-queue.ts";
import { resolve } from "./resolve.ts";
import type { Tally } from "./tally.ts";
import type { Work } from "./work.ts";

/** Longest that a run waits for the outcome of calls that got no answer, in ms; what is still unknown then is looked at by the next run. */
const longestWaitMs = 3 * 60_000;

/** The first run is the first that knows the whole directory: one person on demand, or a read that failed, is none. */
function beginOnce({ store, clock }: Work): void {
  if (store.meta.get("complete_run") === undefined || store.meta.get("started") !== undefined) return;
  store.meta.set("started", new Date(clock.now()).toISOString());
}

/**
 * Makes the target match: deactivations first, then people, references, groups, memberships, and deletions last. Rows whose last call has an
 * unknown outcome are looked up before and after; nothing is ever sent again blindly. With `removalsOnly` nobody gets anything: accounts are
 * switched off and deleted, and memberships end.
 */
export async function apply(work: Work, reach: Reach, tally: Tally): Promise<void> {
  const deadline = work.clock.now() + longestWaitMs;
  // Edges of a read that was not finished wait for one that is.
  const groupsAreWhole = !work.store.memberships.areDirty;
  const isForAll = reach.removalsOnly !== true;
  if (reach.only === undefined && isForAll) beginOnce(work);
  tally.seats.begin(work.store.failures.someWaitForSeats);
  for (;;) {
    const lookedAt = work.clock.now();
    tally.waiting = 0;
    await resolve(work, tally, reach);
    const names = new NameQueue(work, tally, reach);
    await applyResources(work, "deactivations", tally, reach, names);
    if (isForAll) {
      await applyResources(work, "seats", tally, reach, names);
      await applyResources(work, "users", tally, reach, names);
    }
    if (groupsAreWhole) work.store.recomputeGroups(work.judge.flatten);
    if (isForAll) {
      await applyReferences(work, tally, reach);
      await applyResources(work, "groups", tally, reach, names);
    }
    await applyMembers(work, tally, reach);
    await applyResources(work, "deletions", tally, reach, names);
    // What could be looked at in this round and still has no answer is not waited for: another round would find nothing else.
    const settleAt = work.store.pending.nextSettle(lookedAt, reach);
    if (settleAt === undefined || settleAt > deadline) return;
    const waitMs = Math.max(0, settleAt - work.clock.now());
    work.progress({
      step: "settle",
      done: 0,
      note: `${Math.ceil(waitMs / 1000)} s until calls without an answer can be looked at`,
    });
    await work.clock.sleep(waitMs, work.signal);
  }
}
