import type { Limits } from "../../../src/config/config.ts";
import type { SimulationEvent, WriteCall } from "../world/events.ts";
import { ConfirmedMemberships, type Membership } from "./confirmed-memberships.ts";
import { DayOfRemovals } from "./day-of-removals.ts";
import type { Eyes, Invariant } from "./invariant.ts";
import { isOn } from "./wanted.ts";

/** From so many on, more than half of everything is too much whatever the limit says. */
const fewestForHalf = 3;

export const memberRemovalsLimited: Invariant = {
  id: "I6",
  sentence:
    "no more memberships are removed in a day, or from one group at once, than the limit says, unless a person approved it",
  watch(eyes) {
    const { world, broken } = eyes;
    const confirmed = new ConfirmedMemberships();
    const limitsOf = new Map<number, Limits>();
    const day = new DayOfRemovals<"member-removals">(world);
    const inCycle = new Map<string, number>();
    return (event) => {
      if (event.type === "state restored") day.forget();
      if (event.type === "write") limitsOf.set(event.call.n, world.settings.limits);
      for (const removed of removedBy(event, confirmed)) {
        if (event.type !== "effect" || !needsLimit(eyes, event.call, removed)) continue;
        const limits = limitsOf.get(event.call.n) ?? world.settings.limits;
        day.add("member-removals", nameOf(removed), event.call.cycle);
        const found = day.of("member-removals");
        if (isTooMuch(limits, found.length, confirmed.ever()))
          broken(`memberships ${found.join(", ")} are removed within a day, of ${confirmed.ever()}`);
        if (event.call.method !== "members") continue;
        const key = `${event.call.cycle.n} ${removed.group}`;
        const n = (inCycle.get(key) ?? 0) + 1;
        inCycle.set(key, n);
        if (isTooMuch(limits, n, confirmed.ever(removed.group)))
          broken(
            `${n} of ${confirmed.ever(removed.group)} memberships of ${removed.group} are removed at once`,
          );
      }
      confirmed.hear(event);
      // What came back before anybody noticed that it was gone was never counted.
      if (event.type === "effect")
        for (const member of event.call.add ?? [])
          day.drop("member-removals", nameOf({ group: event.call.id, member }));
    };
  },
};

/** The memberships that a call took away and that the product was told of when it gave them. */
function removedBy(event: SimulationEvent, confirmed: ConfirmedMemberships): readonly Membership[] {
  if (event.type !== "effect" || event.before?.kind !== "group") return [];
  const { method, id, remove } = event.call;
  const gone = method === "delete" ? event.before.members : method === "members" ? (remove ?? []) : [];
  const { members } = event.before;
  return [...new Set(gone)]
    .filter((member) => members.includes(member))
    .map((member) => ({ group: id, member }))
    .filter((each) => confirmed.has(each));
}

/** Who leaves takes the memberships along: that was guarded as a deactivation or deletion. */
function needsLimit(
  { world, owners, knowledge, approvals }: Eyes,
  call: WriteCall,
  removed: Membership,
): boolean {
  const group = owners.owner(removed.group);
  const person = owners.owner(removed.member);
  if (group === undefined || person === undefined) return false;
  if (call.method === "delete") return !approvals.any(group, ["member-removals", "configuration"]);
  if (approvals.any(person, ["not-visible", "deactivations", "deletions", "configuration"])) return false;
  if (approvals.any(person, ["member-removals", "configuration"], { group })) return false;
  const versions = world.directory.since(person, knowledge.since(person));
  return versions.length > 0 && versions.every((each) => isOn(each) && !each.hidden);
}

/** By the limit, with the most memberships that there ever were for its base. */
function isTooMuch(limits: Limits, n: number, base: number): boolean {
  const most = Math.max(limits.neverHoldBelow, Math.floor(limits.memberRemovals * base));
  return n > most || (n >= fewestForHalf && n > base / 2);
}

function nameOf({ group, member }: Membership): string {
  return `${group}/${member}`;
}
