import type { Invariant } from "./invariant.ts";

export const doubtEnds: Invariant = {
  id: "I9",
  sentence: "no call stays without a known outcome once the faults have stopped, and the status says so",
  watch({ broken }) {
    let doubt = 0;
    return (event) => {
      if (event.type === "cycle ends" && event.end.type === "report") doubt = event.end.status.doubt;
      if (event.type === "calm" && doubt > 0) broken(`${doubt} objects are still in doubt`);
    };
  },
};
