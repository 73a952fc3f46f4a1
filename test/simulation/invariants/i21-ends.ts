import type { Invariant } from "./invariant.ts";

/** A cycle asks from its cursor, and once more for everything. */
const mostPolls = 2;

export const readsEnd: Invariant = {
  id: "I21",
  sentence: "a cycle reads the directory once, twice at most, and comes to an end",
  watch({ broken }) {
    let polls = 0;
    return (event) => {
      if (event.type === "cycle begins") polls = 0;
      if (event.type === "poll") {
        polls += 1;
        if (polls === mostPolls + 1) broken(`the directory is read for the ${polls}rd time in one cycle`);
      }
      if (event.type === "endless")
        broken(`${event.cycle.process.name} does not come to an end: ${event.why}`);
    };
  },
};
