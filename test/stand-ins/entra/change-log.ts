import type { Kind } from "./schema.ts";

/** One thing that happened to one object. */
export type Event =
  | { readonly type: "created" | "restored" | "removed" }
  | { readonly type: "properties"; readonly names: readonly string[] }
  | { readonly type: "member"; readonly member: string }
  | { readonly type: "manager"; readonly before: string | undefined };

export interface Entry {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly kind: Kind;
  readonly id: string;
  readonly event: Event;
}

/** Everything that happened to one object between two points of the log. */
export interface Collapsed {
  readonly id: string;
  /** It was created or restored: all of it is news. */
  fresh: boolean;
  removed: boolean;
  readonly names: Set<string>;
  readonly members: Set<string>;
  managerChanged: boolean;
  readonly formerManagers: Set<string>;
}

/** All that ever happened in the tenant, in order; a point in it is a number of entries. */
export class ChangeLog {
  readonly #entries: Entry[] = [];

  get length(): number {
    return this.#entries.length;
  }

  clear(): void {
    this.#entries.length = 0;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
  }

  /** The point before the first entry that is younger than `at`: what a lagging replica knows. */
  pointAt(at: number): number {
    let point = this.#entries.length;
    while (point > 0 && (this.#entries[point - 1]?.at ?? 0) > at) point--;
    return point;
  }

  /** Who changed after the point `since`, up to `until`, and in what; in the order of the first change. */
  between(kind: Kind, since: number, until: number): readonly Collapsed[] {
    const changed = new Map<string, Collapsed>();
    for (let index = since; index < until; index++) {
      const entry = this.#entries[index];
      if (entry === undefined || entry.kind !== kind) continue;
      const sum = changed.get(entry.id) ?? nothing(entry.id);
      changed.set(entry.id, sum);
      include(sum, entry.event);
    }
    return [...changed.values()];
  }
}

function nothing(id: string): Collapsed {
  return {
    id,
    fresh: false,
    removed: false,
    names: new Set(),
    members: new Set(),
    managerChanged: false,
    formerManagers: new Set(),
  };
}

function include(sum: Collapsed, event: Event): void {
  switch (event.type) {
    case "created":
    case "restored":
      sum.fresh = true;
      break;
    case "removed":
      sum.removed = true;
      break;
    case "properties":
      for (const name of event.names) sum.names.add(name);
      break;
    case "member":
      sum.members.add(event.member);
      break;
    case "manager":
      sum.managerChanged = true;
      if (event.before !== undefined) sum.formerManagers.add(event.before);
  }
}
