import type { Invariant } from "./invariant.ts";

export const chunked: Invariant = {
  id: "I17",
  sentence: "no change of members names more of them than the target takes in one request",
  watch:
    ({ world, broken }) =>
    (event) => {
      if (event.type !== "write" || event.call.method !== "members") return;
      const { n, id, add, remove } = event.call;
      const named = (add?.length ?? 0) + (remove?.length ?? 0);
      const most = world.settings.target.capabilities.membersPerRequest;
      if (named > most) broken(`#${n} names ${named} members of ${id}, and the target takes ${most}`);
    },
};
