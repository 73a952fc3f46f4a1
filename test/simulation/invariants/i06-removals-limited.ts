import type { Limits } from "../../../src/config/config.ts";
import type { Held } from "../world/application.ts";
import type { Invariant } from "./invariant.ts";

const dayMs = 24 * 3_600_000;

/** One access that was taken away without anybody's word. */
interface Removal {
  readonly at: number;
  readonly wallAt: number;
  readonly type: "deactivations" | "deletions";
  readonly what: string;
}

export const removalsLimited: Invariant = {
  id: "I6",
  sentence: "no more people lose access in a day than the limit says, unless a person approved it",
  watch({ world, owners, approvals, broken }) {
    const made = new Set<string>();
    const limitsOf = new Map<number, Limits>();
    let removals: Removal[] = [];
    return (event) => {
      // An older state knows nothing of what was done since.
      if (event.type === "state restored") removals = [];
      // The limits of when it was decided; its effect may come after they were edited.
      if (event.type === "write") limitsOf.set(event.call.n, world.settings.limits);
      if (event.type !== "effect" || event.call.kind !== "user") return;
      if (event.call.method === "create") made.add(event.id);
      const owner = owners.owner(event.id);
      if (owner === undefined || !losesAccess(event.before, world.application.get(event.id))) return;
      if (approvals.any(owner, ["deactivations", "deletions", "not-visible"])) return;
      const type = event.call.method === "delete" ? "deletions" : "deactivations";
      // A clock that is set forward tells of a day that never was; one that is set back after the decision makes two days one.
      removals = removals.filter(
        (each) => each.wallAt > world.wallAt - dayMs && each.at > world.timeline.now - dayMs,
      );
      removals.push({ at: world.timeline.now, wallAt: world.wallAt, type, what: `${owner} (${event.id})` });
      const found = removals.filter((each) => each.type === type);
      const most = mostRemovals(limitsOf.get(event.call.n) ?? world.settings.limits, type, made.size);
      if (found.length > most)
        broken(`${type} of ${found.map((each) => each.what).join(", ")} within a day, where ${most} may be`);
    };
  },
};

function mostRemovals(limits: Limits, type: Removal["type"], base: number): number {
  return Math.max(limits.neverHoldBelow, Math.floor(limits[type] * base));
}

function losesAccess(before: Held | undefined, after: Held | undefined): boolean {
  return before?.resource["active"] === true && after?.resource["active"] !== true;
}
