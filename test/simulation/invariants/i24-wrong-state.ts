import type { SimulationEvent } from "../world/events.ts";
import type { Eyes, Invariant } from "./invariant.ts";

export const olderState: Invariant = {
  id: "I12",
  sentence:
    "a snapshot that is older than what was already applied is refused; whatever else was put back, the other promises hold",
  watch: (eyes) => (event) => refuses(eyes, event, "I12"),
};

export const wrongState: Invariant = {
  id: "I24",
  sentence: "on another's state, or one in use by another process, the product refuses to work",
  watch: (eyes) => (event) => {
    if (event.type === "let in") eyes.broken(`${event.cycle.process.name} was let in beside another process`);
    refuses(eyes, event, "I24");
  },
};

function refuses({ broken }: Eyes, event: SimulationEvent, id: "I12" | "I24"): void {
  if (event.type === "write" && event.call.cycle.mustRefuse?.invariant === id)
    broken(`#${event.call.n} was sent although ${event.call.cycle.mustRefuse.why}`);
  if (event.type !== "cycle ends" || event.cycle.mustRefuse?.invariant !== id) return;
  if (event.end.type !== "refused")
    broken(`${event.cycle.process.name} worked although ${event.cycle.mustRefuse.why}`);
}
