import type { SimulationEvent, WriteCall } from "../world/events.ts";

/** By the ids at the target. */
export interface Membership {
  readonly group: string;
  readonly member: string;
}

/** The memberships that the product made and was told of: a process lived to the end of its cycle, and none of its calls stayed without an answer. */
export class ConfirmedMemberships {
  readonly #ever = new Map<string, Set<string>>();
  readonly #now = new Map<string, Set<string>>();
  readonly #unanswered = new Set<number>();
  #added: WriteCall[] = [];

  /** Without a group: of all groups. */
  ever(group?: string): number {
    if (group !== undefined) return this.#ever.get(group)?.size ?? 0;
    return [...this.#ever.values()].reduce((sum, members) => sum + members.size, 0);
  }

  has({ group, member }: Membership): boolean {
    return this.#now.get(group)?.has(member) === true;
  }

  hear(event: SimulationEvent): void {
    if (event.type === "state restored") this.#now.clear();
    if (event.type === "no answer") this.#unanswered.add(event.call.n);
    if (event.type === "cycle ends") {
      if (event.end.type === "report")
        for (const { n, id, add } of this.#added)
          if (!this.#unanswered.has(n)) for (const member of add ?? []) note(this.#now, id, member);
      this.#added = [];
    }
    if (event.type !== "effect") return;
    const { call, before } = event;
    for (const member of [...(before?.members ?? []), ...(call.add ?? [])])
      if (before?.kind === "group") note(this.#ever, call.id, member);
    if (call.method === "delete") this.#now.delete(call.id);
    for (const member of call.remove ?? []) {
      this.#now.get(call.id)?.delete(member);
      this.#added = this.#added.filter((each) => each.add?.includes(member) !== true || each.id !== call.id);
    }
    if (call.method === "members") this.#added.push(call);
  }
}

function note(into: Map<string, Set<string>>, group: string, member: string): void {
  const known = into.get(group);
  if (known === undefined) into.set(group, new Set([member]));
  else known.add(member);
}
