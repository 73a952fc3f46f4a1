import type { QuarantineReason } from "../store/quarantines.ts";

/** Creations and updates of people and groups in one run. Those that take access away do not count: they go on whatever else is wrong. */
export interface Writes {
  readonly taken: number;
  readonly refused: number;
}

/** What is refused by now and still tried, whenever that began. */
interface Failing {
  readonly objects: number;
  readonly parts: number;
}

/**
 * Where a connection is no longer right, and not only some of its people. The large numbers are those of Microsoft Entra provisioning
 * (https://learn.microsoft.com/entra/identity/app-provisioning/application-provisioning-quarantine-status); they say nothing to a company of
 * 50 people, so there are small ones too: at least ten refused writes and more than half of all, in two runs one after the other.
 *
 * - Ten: fewer are people whom somebody can look at one by one; the report names them.
 * - More than half: a mapping or a rule of the target that hits most of what is written hits the next person, too.
 * - Two runs: what is refused is tried again by the next cycle, so one bad moment of the target is over by then. After that its retries are
 *   hours apart, so that the same people do not bring the connection back here again and again.
 *
 * Calls without an answer, and a target that is down, are none of this: they pass by themselves.
 */
const limits = {
  failing: 40_000,
  failingWithParts: 60_000,
  refusedOfMany: 5_000,
  shareOfMany: 0.4,
  refusedOfFew: 10,
  shareOfFew: 0.5,
} as const;

/** Why the connection belongs in quarantine, in a code and a sentence; undefined where it does not. `before`: the sync before this one. */
export function overThreshold(
  run: Writes,
  before: Writes | undefined,
  failing: Failing,
): { readonly reason: QuarantineReason; readonly message: string } | undefined {
  const { objects, parts } = failing;
  if (objects > limits.failing)
    return {
      reason: "EncounteredBaseEscrowThreshold",
      message: `the target refuses ${objects} people and groups (limit ${limits.failing})`,
    };
  if (objects + parts > limits.failingWithParts)
    return {
      reason: "EncounteredTotalEscrowThreshold",
      message: `the target refuses ${objects} people and groups and ${parts} references and memberships (limit ${limits.failingWithParts} together)`,
    };
  const all = run.taken + run.refused;
  const said = `the target refused ${run.refused} of ${all} creations and updates of people and groups`;
  if (run.refused >= limits.refusedOfMany && run.refused > all * limits.shareOfMany)
    return {
      reason: "EncounteredEscrowProportionThreshold",
      message: `${said} (limit ${limits.shareOfMany * 100} %, from ${limits.refusedOfMany} on)`,
    };
  if (isMostOf(run) && before !== undefined && isMostOf(before))
    return {
      reason: "EncounteredEscrowProportionThreshold",
      message: `${said}, and ${before.refused} of ${before.taken + before.refused} in the sync before (limit ${limits.shareOfFew * 100} %, from ${limits.refusedOfFew} on)`,
    };
  return undefined;
}

function isMostOf({ taken, refused }: Writes): boolean {
  return refused >= limits.refusedOfFew && refused > (taken + refused) * limits.shareOfFew;
}
