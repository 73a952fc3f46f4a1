import type { WriteCall } from "../world/events.ts";
import type { Invariant } from "./invariant.ts";

export const settleTime: Invariant = {
  id: "I20",
  sentence:
    "after a call without an answer its object is left alone for the settle time, whatever the clock does",
  watch({ world, broken }) {
    const unanswered = new Map<string, number>();
    const { settleMs } = world.settings.target.capabilities;
    return (event) => {
      if (event.type === "no answer") {
        const object = objectOf(event.call);
        if (object !== undefined) unanswered.set(object, world.timeline.now);
      }
      if (event.type !== "write") return;
      const object = objectOf(event.call);
      const since = object === undefined ? undefined : unanswered.get(object);
      if (object === undefined || since === undefined) return;
      const waitedMs = world.timeline.now - since;
      if (waitedMs < settleMs)
        broken(`#${event.call.n} writes ${object} ${waitedMs / 1000} s after a call without an answer`);
      unanswered.delete(object);
    };
  },
};

/** What has to be left alone; references are absolute values that are simply written again. */
function objectOf({ method, id, resource, operations }: WriteCall): string | undefined {
  if (method === "create") return `new ${String(resource?.externalId)}`;
  if (operations?.every((each) => each.path.endsWith(":manager"))) return undefined;
  return id;
}
