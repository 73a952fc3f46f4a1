import type { Roots } from "../store/assignments.ts";
import { retirementOf } from "../store/retirement.ts";
import { keptRules, sparedBy } from "./kept-rules.ts";
import type { Work } from "./work.ts";

/**
 * Call before the first page of a read is written down: where mapping, scope or policy were edited since the last time, marks what the edit alone
 * would take away. A first run has nothing to compare with.
 */
export async function lookAtEdit(work: Work, roots: Roots | undefined): Promise<void> {
  const { store, judge, rules, config, run } = work;
  const seen = store.meta.get("edit_looked_at") ?? store.meta.get("mapping");
  const before = keptRules(store);
  beginJudging(work);
  if (seen === rules.digest && store.meta.get("assigned_rule") !== undefined) return;
  const rule = JSON.stringify(config.scope.assigned ?? null);
  const ruleBefore = store.meta.get("assigned_rule");
  if (isToBeMarked(store, seen, rules.digest))
    await store.markEdits(run, judge, {
      roots: ruleBefore === rule ? undefined : roots,
      spares: sparedBy(before, work),
    });
  store.transaction(() => {
    store.meta.set("edit_looked_at", rules.digest);
    store.meta.set("assigned_rule", rule);
  });
}

/** The same for one person or group, who is read before everybody else is. */
export async function lookAtEditOf(work: Work, sourceId: string): Promise<void> {
  const { store, judge, rules, run } = work;
  const seen = store.meta.get("edit_looked_at") ?? store.meta.get("mapping");
  beginJudging(work);
  if (isToBeMarked(store, seen, rules.digest)) await store.markEdits(run, judge, { only: sourceId });
}

/**
 * Call before anybody is judged by other rules than everybody was: from then on no rules are those of all, until all were judged by the same
 * again. Whoever dies over it leaves people of either kind, also for a configuration that is taken back.
 */
export function beginJudging({ store, rules }: Pick<Work, "store" | "rules">): void {
  const known = store.meta.get("mapping");
  if (known !== undefined && known !== rules.digest) store.meta.set("mapping", "");
}

/** A connection that is being retired was asked about already, with its impact and a reason: that is no edit. */
function isToBeMarked(store: Work["store"], seen: string | undefined, digest: string): boolean {
  return seen !== undefined && seen !== digest && retirementOf(store.meta) === undefined;
}
