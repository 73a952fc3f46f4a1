import type { LastReconcile } from "./last-reconcile.ts";
import { compareAll } from "./reconcile-accounts.ts";
import { compareMembers } from "./reconcile-members.ts";
import { ReconcileNotes, type ReconcileReport } from "./reconcile-notes.ts";
import { isRestored } from "./restored.ts";
import type { Work } from "./work.ts";

/** Time for a look at the whole target: so long after the last one, or after the first sync, whatever was restarted since. */
export function isReconcileDue(work: Work): boolean {
  const { reconcileEveryMs } = work.config;
  const { meta } = work.store;
  const started = meta.get("started");
  if (started !== undefined && isRestored(work.store)) return true;
  if (reconcileEveryMs === undefined || started === undefined) return false;
  const last =
    meta.get("last_reconcile_at") === undefined ? Date.parse(started) : meta.number("last_reconcile_at");
  // A time that is far ahead was set by a clock that was wrong.
  return Math.abs(work.clock.now() - last) >= reconcileEveryMs;
}

/**
 * Reads everything that the target holds and corrects what we believe to stand there. Nothing is written to the target: what is not as we want
 * it is pending from here on, and goes through match, guards and apply like every other change.
 */
export async function reconcile(work: Work): Promise<ReconcileReport> {
  const { store } = work;
  const notes = new ReconcileNotes(work);
  await compareAll(work, "user", notes);
  if (work.config.policy.groups.push || store.comparison.countLinked("group") > 0) {
    await compareAll(work, "group", notes);
    // Members who are gone, or seem to be, would look as if somebody had taken them out.
    if (notes.problem === undefined) await compareMembers(work, notes);
  }
  const report = notes.report();
  store.transaction(() => {
    const at = work.clock.now();
    const { users, groups, unmanagedMembers, gaps, problem } = report;
    const last: LastReconcile = { run: work.run, at, users, groups, unmanagedMembers, gaps, problem };
    store.meta.set("reconcile", JSON.stringify(last));
    store.meta.set("last_reconcile_at", String(at));
    store.findings.forgetOld(work.run, at);
  });
  return report;
}
