import type { Limits } from "../../../src/config/config.ts";
import type { Held } from "../world/application.ts";
import { DayOfRemovals } from "./day-of-removals.ts";
import type { Invariant } from "./invariant.ts";

/** What a call that took effect took away from somebody. */
type Loss = "deactivations" | "deletions" | "identifier-changes" | "cleared-values";

const limitOf = {
  deactivations: "deactivations",
  deletions: "deletions",
  "identifier-changes": "identifierChanges",
  "cleared-values": "clearedValues",
} as const satisfies Readonly<Record<Loss, keyof Limits>>;

/**
 * The classes whose approval lets such a loss through. Values that change along with somebody's deactivation were listed with it and are in its
 * digest, also where a name has to be sent by itself afterwards, because it was not free. Whoever approved what an edit of the configuration does saw
 * each of them listed with it.
 */
const approvedAs: Readonly<Record<Loss, readonly string[]>> = {
  deactivations: ["deactivations", "deletions", "not-visible", "configuration"],
  deletions: ["deactivations", "deletions", "not-visible", "configuration"],
  "identifier-changes": ["identifier-changes", "deactivations", "configuration"],
  "cleared-values": ["cleared-values", "deactivations", "configuration"],
};

export const removalsLimited: Invariant = {
  id: "I6",
  sentence: "no more people lose access or values in a day than the limit says, unless a person approved it",
  watch({ world, owners, approvals, broken }) {
    const managed = new Set<string>();
    const limitsOf = new Map<number, Limits>();
    const desiredOf = new Map<number, string>();
    const day = new DayOfRemovals<Loss>(world);
    return (event) => {
      // An older state knows nothing of what was done since, and looks at everybody anew.
      if (event.type === "state restored") {
        day.forget();
        managed.clear();
      }
      // The limits of when it was decided; its effect may come after they were edited.
      if (event.type === "write") {
        limitsOf.set(event.call.n, world.settings.limits);
        const wanted = approvals.wanted(owners.owner(event.call.id) ?? "");
        if (wanted !== undefined) desiredOf.set(event.call.n, wanted.desired);
      }
      if (event.type !== "effect" || event.call.method === "members") return;
      const owner = owners.owner(event.id);
      if (owner === undefined) return;
      const account = `${owner} ${event.id}`;
      // What the first write changes of an account that was there before belongs to its taking over.
      const wasOurs = managed.has(account);
      managed.add(account);
      for (const loss of lossesOf(event.before, world.application.get(event.id))) {
        const isOfAccess = loss === "deactivations" || loss === "deletions";
        // A yes counts for what was sent as it was listed, for nothing that came later.
        const desired = desiredOf.get(event.call.n);
        if ((!isOfAccess && !wasOurs) || approvals.any(owner, approvedAs[loss], { desired })) continue;
        day.add(loss, account, event.call.cycle, isOfAccess ? event.call.n : undefined);
        const found = day.of(loss);
        const limits = limitsOf.get(event.call.n) ?? world.settings.limits;
        const most = Math.max(limits.neverHoldBelow, Math.floor(limits[limitOf[loss]] * managed.size));
        if (found.length > most) broken(`${loss} of ${found.join(", ")} within a day, where ${most} may be`);
      }
    };
  },
};

function lossesOf(before: Held | undefined, after: Held | undefined): readonly Loss[] {
  if (before === undefined) return [];
  if (after === undefined)
    return before.kind === "group" || before.resource["active"] === true ? ["deletions"] : [];
  if (before.kind === "group") return [];
  if (before.resource["active"] !== after.resource["active"])
    return before.resource["active"] === true ? ["deactivations"] : [];
  const changes = ["userName", "externalId", "emails"].some((name) => {
    const was = textOf(before, name);
    return was !== undefined && was !== textOf(after, name);
  });
  const cleared = ["title", "emails"].some(
    (name) => textOf(before, name) !== undefined && textOf(after, name) === undefined,
  );
  return [
    ...(changes ? (["identifier-changes"] as const) : []),
    ...(cleared ? (["cleared-values"] as const) : []),
  ];
}

function textOf({ resource }: Held, name: string): string | undefined {
  const value = resource[name];
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0)
    ? undefined
    : JSON.stringify(value);
}
