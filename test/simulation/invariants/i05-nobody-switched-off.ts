import type { Json } from "../../../src/scim/resource.ts";
import type { WriteCall } from "../world/events.ts";
import type { Invariant } from "./invariant.ts";
import { isOn } from "./wanted.ts";

const removals = ["not-visible", "deactivations", "deletions"];

export const nobodySwitchedOff: Invariant = {
  id: "I5",
  sentence: "nobody is switched off or deleted who was on in the directory ever since the last honest read",
  watch:
    ({ world, owners, knowledge, approvals, broken }) =>
    (event) => {
      if (event.type !== "write" || event.call.kind !== "user" || !takesAway(event.call)) return;
      const owner = owners.owner(event.call.id);
      if (owner === undefined || approvals.any(owner, removals)) return;
      // Whom the directory hides no read can show: what was known of them before stands.
      const since = world.directory.person(owner)?.hidden === true ? 0 : knowledge.since(owner);
      const versions = world.directory.since(owner, since);
      if (versions.length > 0 && versions.every(isOn))
        broken(`${owner} loses ${event.call.id}, and was on all the time since ${since / 1000}`);
    },
};

/** True for a call that switches an account off or deletes it. */
export function takesAway(call: WriteCall): boolean {
  if (call.method === "delete") return true;
  if (call.method === "replace") return call.resource?.["active"] === false;
  return (
    call.operations?.some(
      (each) => each.path === "active" && "value" in each && (each.value as Json) === false,
    ) ?? false
  );
}
