import type { WriteCall } from "../world/events.ts";
import type { Process } from "../world/process.ts";
import { type AuditRow, attemptsIn } from "./attempts.ts";
import type { Invariant } from "./invariant.ts";

export const writtenDownFirst: Invariant = {
  id: "I10",
  sentence:
    "every write is preceded by a durable attempt of this process, one attempt a write, one write of an object at a time",
  watch({ broken }) {
    const attempts = new Map<Process, AuditRow[]>();
    const underWay = new Map<string, WriteCall>();
    return (event) => {
      if (event.type === "durable") {
        const list = attempts.get(event.process);
        const rows = attemptsIn(event.written);
        if (list === undefined) attempts.set(event.process, [...rows]);
        else list.push(...rows);
      }
      if (event.type === "answer") underWay.delete(objectOf(event.call));
      if (event.type !== "write") return;
      const { call } = event;
      const open = attempts.get(call.cycle.process) ?? [];
      const at = open.findIndex((row) => isOf(row, call));
      if (at === -1)
        broken(`#${call.n} ${call.method} ${call.kind} ${call.id} left without being written down first`);
      else open.splice(at, 1);
      const other = underWay.get(objectOf(call));
      if (other !== undefined && other.cycle === call.cycle)
        broken(`#${call.n} left while #${other.n} of the same object was under way`);
      underWay.set(objectOf(call), call);
    };
  },
};

function isOf(row: AuditRow, call: WriteCall): boolean {
  if (row.kind !== call.kind) return false;
  if (call.method === "create") return row.sourceId === call.resource?.externalId;
  return row.targetId === call.id && (call.method === "members") === row.action.includes("members");
}

function objectOf(call: WriteCall): string {
  return call.method === "create" ? `new ${String(call.resource?.externalId)}` : call.id;
}
