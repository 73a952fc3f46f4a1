import type { Invariant } from "./invariant.ts";

export const strangersUntouched: Invariant = {
  id: "I7",
  sentence: "an account or group that was neither made nor taken over by the product is never written",
  watch:
    ({ world, owners, broken }) =>
    (event) => {
      if (event.type !== "write" || event.call.method === "create") return;
      const { id, method } = event.call;
      if (owners.owner(id) === undefined && world.application.get(id) !== undefined)
        broken(`${method} of ${id}, which is somebody else's`);
    },
};
