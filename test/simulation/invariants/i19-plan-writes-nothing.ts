import type { Invariant } from "./invariant.ts";

export const planWritesNothing: Invariant = {
  id: "I19",
  sentence: "a plan sends no write to the target",
  watch:
    ({ broken }) =>
    (event) => {
      if (event.type !== "write" || event.call.cycle.request.purpose !== "plan") return;
      broken(`a plan sends #${event.call.n} ${event.call.method} ${event.call.kind} ${event.call.id}`);
    },
};
