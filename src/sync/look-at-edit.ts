import type { Roots } from "../store/assignments.ts";
import { retirementOf } from "../store/retirement.ts";
import type { Work } from "./work.ts";

/**
 * Call before the first page of a read is written down: where mapping, scope or policy were edited since the last time, marks what the edit alone
 * would take away. A first run has nothing to compare with.
 */
export async function lookAtEdit(
  { store, judge, judgeDigest, config, run }: Work,
  roots: Roots | undefined,
): Promise<void> {
  const seen = store.meta.get("edit_looked_at") ?? store.meta.get("mapping");
  if (seen === judgeDigest && store.meta.get("assigned_rule") !== undefined) return;
  const rule = JSON.stringify(config.scope.assigned ?? null);
  const ruleBefore = store.meta.get("assigned_rule");
  if (isToBeMarked(store, seen, judgeDigest))
    await store.markEdits(run, judge, { roots: ruleBefore === rule ? undefined : roots });
  store.transaction(() => {
    store.meta.set("edit_looked_at", judgeDigest);
    store.meta.set("assigned_rule", rule);
  });
}

/** The same for one person or group, who is read before everybody else is. */
export async function lookAtEditOf(
  { store, judge, judgeDigest, run }: Work,
  sourceId: string,
): Promise<void> {
  const seen = store.meta.get("edit_looked_at") ?? store.meta.get("mapping");
  if (isToBeMarked(store, seen, judgeDigest)) await store.markEdits(run, judge, { only: sourceId });
}

/** A connection that is being retired was asked about already, with its impact and a reason: that is no edit. */
function isToBeMarked(store: Work["store"], seen: string | undefined, judgeDigest: string): boolean {
  return seen !== undefined && seen !== judgeDigest && retirementOf(store.meta) === undefined;
}
