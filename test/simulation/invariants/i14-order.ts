import type { WriteCall } from "../world/events.ts";
import type { Process } from "../world/process.ts";
import { takesAway } from "./i05-nobody-switched-off.ts";
import type { Invariant } from "./invariant.ts";

const phases = ["deactivations", "users", "references", "groups", "members", "deletions"] as const;

export const inOrder: Invariant = {
  id: "I14",
  sentence:
    "deactivations go first, then users, references, groups, members and deletions; nobody becomes a member without a link, and the members of a group that is deleted are let be",
  watch({ owners, broken }) {
    const reached = new Map<Process, number>();
    const withMembers = new Map<Process, Set<string>>();
    const deleted = new Map<Process, Set<string>>();
    return (event) => {
      // After a wait for outcomes the next round begins.
      if (event.type === "sleep") reached.delete(event.process);
      if (event.type !== "write") return;
      const { call } = event;
      if (call.method === "members") note(withMembers, call);
      if (call.kind === "group" && call.method === "delete") note(deleted, call);
      const { process } = call.cycle;
      if (withMembers.get(process)?.has(call.id) === true && deleted.get(process)?.has(call.id) === true)
        broken(`#${call.n} ${call.method}: ${call.id} is deleted, and its members are changed`);
      const before = reached.get(call.cycle.process) ?? 0;
      const now = phasesOf(call).find((phase) => phase >= before);
      if (now === undefined)
        broken(`#${call.n} ${call.method} ${call.kind} ${call.id} comes after ${phases[before]}`);
      reached.set(call.cycle.process, now ?? before);
      const unlinked = call.add?.find((id) => owners.owner(id) === undefined);
      if (unlinked !== undefined) broken(`#${call.n} makes ${unlinked} a member, which is nobody's account`);
    };
  },
};

function note(calls: Map<Process, Set<string>>, { cycle, id }: WriteCall): void {
  const known = calls.get(cycle.process);
  if (known === undefined) calls.set(cycle.process, new Set([id]));
  else known.add(id);
}

/** The phases that a call may belong to, by their place in the order; a write of the whole resource does not show which. */
function phasesOf(call: WriteCall): readonly number[] {
  if (call.method === "delete") return [5];
  if (call.method === "members") return [4];
  if (call.kind === "group") return [3];
  if (takesAway(call)) return [0];
  if (call.operations?.every((each) => each.path.endsWith(":manager"))) return [2];
  return call.method === "replace" ? [0, 1, 2] : [0, 1];
}
