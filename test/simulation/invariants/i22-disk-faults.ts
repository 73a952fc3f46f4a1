import { ConfigurationError, isRollcallError } from "../../../src/errors.ts";
import type { CycleInfo } from "../world/events.ts";
import type { Invariant } from "./invariant.ts";

export const diskFaults: Invariant = {
  id: "I22",
  sentence: "whatever the disk does, a cycle ends with a report or a sentence, and the next one starts",
  watch:
    ({ broken }) =>
    (event) => {
      if (event.type !== "cycle ends") return;
      const { end, cycle } = event;
      if (end.type === "threw" && !mayEndSo(end.error, cycle))
        broken(`${cycle.process.name} ended with ${end.error.stack}`);
      if (end.type === "refused" && cycle.mustRefuse === undefined && cycle.process.plan.store === undefined)
        broken(`${cycle.process.name} did not start: ${end.error.message}`);
    },
};

/** A sentence for whoever asked for somebody whom nobody knows, or about the disk. */
function mayEndSo(error: Error, { request, process }: CycleInfo): boolean {
  if (error instanceof ConfigurationError) return request.user !== undefined;
  return isRollcallError(error) && process.plan.store !== undefined;
}
