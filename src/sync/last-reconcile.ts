import type { ReconcileReport } from "./reconcile-notes.ts";
import type { Work } from "./work.ts";

/** What the snapshot remembers of the last look at the whole target. */
export interface LastReconcile
  extends Pick<ReconcileReport, "users" | "groups" | "unmanagedMembers" | "gaps" | "problem"> {
  readonly run: number;
  /** Ms since 1970 UTC. */
  readonly at: number;
}

/** The last look at the whole target that was finished; undefined when there was none. */
export function lastReconcile(store: Pick<Work["store"], "meta">): LastReconcile | undefined {
  const text = store.meta.get("reconcile");
  return text === undefined ? undefined : (JSON.parse(text) as LastReconcile);
}
