import type { WriteCall } from "../world/events.ts";
import type { Invariant } from "./invariant.ts";

/** So often one object may be written in one cycle: switched, updated, referred, tried again after a look. Memberships go in chunks. */
const mostWrites = 6;

export const bounded: Invariant = {
  id: "I16",
  sentence: "one cycle writes one object a few times at most, however often it fails",
  watch({ world, broken }) {
    let cycle: WriteCall["cycle"] | undefined;
    const counts = new Map<string, number>();
    return (event) => {
      if (event.type !== "write") return;
      const { call } = event;
      if (call.cycle !== cycle) counts.clear();
      cycle = call.cycle;
      const object =
        call.method === "create" ? `new ${String(call.resource?.externalId)}` : `${call.method} ${call.id}`;
      const count = (counts.get(object) ?? 0) + 1;
      counts.set(object, count);
      const most =
        call.method === "members"
          ? 4 +
            4 *
              Math.ceil(world.directory.people.length / world.settings.target.capabilities.membersPerRequest)
          : mostWrites;
      if (count === most + 1) broken(`${object} is written for the ${count}th time in one cycle`);
    };
  },
};
