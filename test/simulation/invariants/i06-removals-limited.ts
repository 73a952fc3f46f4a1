import type { Held } from "../world/application.ts";
import type { Eyes, Invariant } from "./invariant.ts";

const dayMs = 24 * 3_600_000;

/** One access that was taken away without anybody's word. */
interface Removal {
  readonly wallAt: number;
  readonly what: string;
}

export const removalsLimited: Invariant = {
  id: "I6",
  sentence: "no more people lose access in a day than the limit says, unless a person approved it",
  watch(eyes) {
    const { world, owners, approvals, broken } = eyes;
    const made = new Set<string>();
    let removals: Removal[] = [];
    return (event) => {
      // An older state knows nothing of what was done since; an edit of the limits judges what comes after it.
      if (event.type === "state restored") removals = [];
      if (event.type !== "effect" || event.call.kind !== "user") return;
      if (event.call.method === "create") made.add(event.id);
      const owner = owners.owner(event.id);
      if (owner === undefined || !losesAccess(event.before, world.application.get(event.id))) return;
      if (approvals.ever(owner, ["deactivations", "deletions", "not-visible"])) return;
      removals = removals.filter((each) => each.wallAt > world.wallAt - dayMs);
      removals.push({ wallAt: world.wallAt, what: `${owner} (${event.id})` });
      const most = mostRemovals(eyes, made.size);
      if (removals.length > most)
        broken(`${removals.map((each) => each.what).join(", ")} within a day, where ${most} may be`);
    };
  },
};

/** The limit for deactivations and that for deletions may both be used up. */
function mostRemovals({ world }: Eyes, base: number): number {
  const { neverHoldBelow, deactivations, deletions } = world.settings.limits;
  return [deactivations, deletions]
    .map((share) => Math.max(neverHoldBelow, Math.floor(share * base)))
    .reduce((sum, each) => sum + each, 0);
}

function losesAccess(before: Held | undefined, after: Held | undefined): boolean {
  return before?.resource["active"] === true && after?.resource["active"] !== true;
}
