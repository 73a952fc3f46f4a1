import { idOf } from "./ids.ts";

/** How big the tenant is. Groups with a number below `bigGroups` have `bigMembers` members, the others `members`. */
export interface Shape {
  readonly people: number;
  readonly groups: number;
  readonly members: number;
  readonly bigGroups: number;
  readonly bigMembers: number;
}

/** What happened to one person or group. */
interface Event {
  readonly kind: "user" | "group";
  readonly index: number;
  /** Who came (true) or went (false). */
  readonly members?: ReadonlyMap<number, boolean>;
}

/** What a round of changes tells of one of them. */
export interface Told {
  readonly index: number;
  /** Who came or went since; undefined: all members are told. */
  readonly members?: ReadonlyMap<number, boolean>;
}

/** Steps through the people by which a group's members are picked; a prime, so that nobody comes twice. */
const STEP = 15_485_863;

/** A tenant of computed people and groups, with what changed since it began; only changes take memory. */
export class Crowd {
  readonly shape: Shape;
  readonly #log: Event[] = [];
  readonly #versions = new Map<number, number>();
  readonly #left = new Set<number>();
  readonly #memberships = new Map<number, Map<number, boolean>>();
  #people: number;
  #next = 0;

  constructor(shape: Shape) {
    if (shape.people % STEP === 0 || Math.max(shape.members, shape.bigMembers) > shape.people)
      throw new Error("a group cannot have that many different members");
    this.shape = shape;
    this.#people = shape.people;
  }

  /** Numbers of people and groups, those who left included. */
  count(kind: "user" | "group"): number {
    return kind === "user" ? this.#people : this.shape.groups;
  }

  /** So much happened. */
  get now(): number {
    return this.#log.length;
  }

  isThere(kind: "user" | "group", index: number): boolean {
    return index < this.count(kind) && !(kind === "user" && this.#left.has(index));
  }

  version(index: number): number {
    return this.#versions.get(index) ?? 0;
  }

  /** Others each time: a new title for so many, so many new ones, so many deleted. */
  changePeople({ titles = 0, came = 0, left = 0 }: { titles?: number; came?: number; left?: number }): void {
    for (let n = 0; n < titles; n++) {
      const index = this.#another();
      this.#versions.set(index, this.version(index) + 1);
      this.#log.push({ kind: "user", index });
    }
    for (let n = 0; n < left; n++) {
      const index = this.#another();
      this.#left.add(index);
      this.#log.push({ kind: "user", index });
    }
    for (let n = 0; n < came; n++) this.#log.push({ kind: "user", index: this.#people++ });
  }

  /** So many who were not in the group join it, and so many members leave it. */
  changeMembers({ group, came = 0, left = 0 }: { group: number; came?: number; left?: number }): void {
    const changes = new Map<number, boolean>();
    const size = this.#sizeOf(group);
    for (let at = size; changes.size < came && at < this.shape.people; at++) {
      const index = this.#memberAt(group, at);
      if (!this.#isMember(group, index, false)) changes.set(index, true);
    }
    for (let at = 0; changes.size < came + left && at < size; at++) {
      const index = this.#memberAt(group, at);
      if (this.#isMember(group, index, true)) changes.set(index, false);
    }
    const overlay = this.#memberships.get(group) ?? new Map<number, boolean>();
    for (const [index, isIn] of changes) overlay.set(index, isIn);
    this.#memberships.set(group, overlay);
    this.#log.push({ kind: "group", index: group, members: changes });
  }

  /** Members of a group from a position on, with the position after each. */
  *members(group: number, from = 0): Generator<{ readonly index: number; readonly next: number }> {
    const overlay = this.#memberships.get(group);
    const size = this.#sizeOf(group);
    for (let at = from; at < size; at++) {
      const index = this.#memberAt(group, at);
      if (overlay?.get(index) !== false && !this.#left.has(index)) yield { index, next: at + 1 };
    }
    let at = size;
    for (const [index, isIn] of overlay ?? []) {
      at++;
      if (isIn && at > from && !this.#left.has(index)) yield { index, next: at };
    }
  }

  /** Ids of the groups that somebody is in. */
  groupsOf(person: number): readonly string[] {
    const ids: string[] = [];
    for (let group = 0; group < this.shape.groups; group++) {
      for (const { index } of this.members(group)) if (index === person) ids.push(idOf("group", group));
    }
    return ids;
  }

  /** Who changed between two points, each once. */
  between(kind: "user" | "group", since: number, until: number): readonly Told[] {
    const told = new Map<number, Map<number, boolean>>();
    for (const event of this.#log.slice(since, until)) {
      if (event.kind !== kind) continue;
      const members = told.get(event.index) ?? new Map<number, boolean>();
      for (const [index, isIn] of event.members ?? []) members.set(index, isIn);
      told.set(event.index, members);
    }
    return [...told].map(([index, members]) => ({ index, members }));
  }

  #sizeOf(group: number): number {
    return group < this.shape.bigGroups ? this.shape.bigMembers : this.shape.members;
  }

  #memberAt(group: number, at: number): number {
    return (group * 7919 + at * (STEP % this.shape.people)) % this.shape.people;
  }

  #isMember(group: number, index: number, computed: boolean): boolean {
    return this.#memberships.get(group)?.get(index) ?? computed;
  }

  /** Somebody who was there from the beginning, is there, and was not taken before: scattered over everybody. */
  #another(): number {
    for (;;) {
      const index = (this.#next++ * (STEP % this.shape.people)) % this.shape.people;
      if (this.isThere("user", index)) return index;
    }
  }
}
