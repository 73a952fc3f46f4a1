import { type AuditRow, auditRowsIn } from "./attempts.ts";
import type { Invariant } from "./invariant.ts";

/** So many whole cycles an attempt may stay without an outcome once the faults have stopped; each waits out the settle time by itself. */
const mostCycles = 2;

/**
 * Follows the attempts and outcomes that reached the disk: what the product says of its own doubt is not asked, except that it may not claim
 * to doubt anything in the end.
 */
export const doubtEnds: Invariant = {
  id: "I9",
  sentence:
    "no call stays without an outcome in the audit trail once the faults have stopped, and the status says so",
  watch({ broken }) {
    let open = new Map<number, AuditRow>();
    let kept = new Map(open);
    /** Attempt -> whole cycles since the faults stopped that have left it open. */
    let left = new Map<number, number>();
    let doubt = 0;
    let calm = false;
    return (event) => {
      if (event.type === "state kept") kept = new Map(open);
      if (event.type === "state restored") open = new Map(kept);
      if (event.type === "durable")
        for (const row of auditRowsIn(event.written)) {
          if (row.event === "attempt") open.set(row.seq, row);
          if (row.event === "outcome") open.delete(row.attempt ?? 0);
        }
      if (event.type === "faults stop") calm = true;
      if (event.type === "cycle ends" && event.end.type === "report") {
        doubt = event.end.status.doubt;
        if (!calm) return;
        left = new Map([...open.keys()].map((seq) => [seq, (left.get(seq) ?? 0) + 1]));
        for (const [seq, cycles] of left)
          if (cycles > mostCycles) broken(`${describe(open.get(seq))} has no outcome after ${cycles} cycles`);
      }
      if (event.type === "calm") {
        if (doubt > 0) broken(`${doubt} objects are still in doubt`);
        for (const row of open.values()) broken(`${describe(row)} never got an outcome`);
      }
      if (event.type === "audit")
        for (const { event: what, seq, action, sourceId, outcome } of event.entries)
          if (what === "attempt" && outcome === null)
            broken(`the trail shows attempt ${seq} (${action} ${sourceId}) without an outcome`);
    };
  },
};

function describe(row: AuditRow | undefined): string {
  return `attempt ${row?.seq} of run ${row?.run} (${row?.action} ${row?.sourceId})`;
}
