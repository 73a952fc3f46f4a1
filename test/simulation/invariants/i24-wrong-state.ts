import type { Invariant } from "./invariant.ts";

export const wrongState: Invariant = {
  id: "I24",
  sentence: "on a state that is older, another's, or in use by another process, the product refuses to work",
  watch:
    ({ broken }) =>
    (event) => {
      if (event.type === "let in") broken(`${event.cycle.process.name} was let in beside another process`);
      if (event.type === "write" && event.call.cycle.mustRefuse !== undefined)
        broken(`#${event.call.n} was sent although ${event.call.cycle.mustRefuse}`);
      if (event.type !== "cycle ends" || event.cycle.mustRefuse === undefined) return;
      if (event.end.type !== "refused") broken(`${event.cycle.process.name} worked although ${event.cycle.mustRefuse}`);
    },
};
