import type { Json } from "../../../src/scim/resource.ts";
import type { SimulationEvent, WriteCall } from "../world/events.ts";
import type { Invariant } from "./invariant.ts";
import { isOn } from "./wanted.ts";

export const nobodySwitchedOff: Invariant = {
  id: "I5",
  sentence:
    "nobody is switched off or deleted who was on in the directory ever since the last complete read began",
  watch(world, ownership, broken) {
    const approved = new Set<string>();
    let begun = 0;
    let lastComplete = 0;
    const lastAsked = new Map<string, number>();
    return (event: SimulationEvent) => {
      if (event.type === "poll") begun = world.timeline.now;
      if (event.type === "page" && event.cursor !== undefined) lastComplete = begun;
      if (event.type === "read one") lastAsked.set(event.id, world.timeline.now);
      if (event.type === "approved")
        for (const held of event.approved)
          if (["not-visible", "deactivations", "deletions"].includes(held.class)) approved.add(held.sourceId);
      if (event.type !== "write" || event.call.kind !== "user" || !takesAway(event.call)) return;
      const owner = ownership.owner(event.call.id);
      if (owner === undefined || approved.has(owner)) return;
      const since = Math.min(lastComplete, lastAsked.get(owner) ?? lastComplete);
      const versions = world.directory.since(owner, since);
      if (versions.length > 0 && versions.every(isOn))
        broken(`${owner} loses ${event.call.id}, and was on all the time since ${since / 1000}`);
    };
  },
};

/** True for a call that switches an account off or deletes it. */
export function takesAway(call: WriteCall): boolean {
  if (call.method === "delete") return true;
  if (call.method === "replace") return isFalse(call.resource?.["active"]);
  return (
    call.operations?.some(
      (each) => each.path === "active" && "value" in each && isFalse(each.value as Json),
    ) ?? false
  );
}

function isFalse(value: Json | undefined): boolean {
  return value === false;
}
