import type { Json, Kind } from "../../../src/scim/resource.ts";
import type { Change, Evidence } from "../../../src/sources/source.ts";
import type { DirectoryKind } from "./settings.ts";

/** One person as the directory holds them. */
export interface Person {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  readonly title: string | undefined;
  readonly mail: string | undefined;
  readonly manager: string | undefined;
  readonly enabled: boolean;
  readonly inside: boolean;
  readonly gone: boolean;
  /** There, but the account that reads may not see them. */
  readonly hidden: boolean;
}

export interface Group {
  readonly id: string;
  readonly name: string;
  /** Ids of people and groups. */
  readonly members: ReadonlySet<string>;
  readonly gone: boolean;
}

/** What was true of an object from a moment on. */
interface Version<T> {
  readonly from: number;
  readonly value: T;
}

/** The directory itself: what is true, what was true when, and a feed of what changed. The checker's own truth. */
export class Directory {
  readonly kind: DirectoryKind;
  readonly #now: () => number;
  readonly #people = new Map<string, Version<Person>[]>();
  readonly #groups = new Map<string, Version<Group>[]>();
  readonly #feed: Change[] = [];

  constructor(kind: DirectoryKind, now: () => number) {
    this.kind = kind;
    this.#now = now;
  }

  get people(): readonly Person[] {
    return [...this.#people.values()].map(latest);
  }

  get groups(): readonly Group[] {
    return [...this.#groups.values()].map(latest);
  }

  /** How much the feed holds: where a read that begins now will end. */
  get end(): number {
    return this.#feed.length;
  }

  person(id: string): Person | undefined {
    const versions = this.#people.get(id);
    return versions === undefined ? undefined : latest(versions);
  }

  group(id: string): Group | undefined {
    const versions = this.#groups.get(id);
    return versions === undefined ? undefined : latest(versions);
  }

  /** What was true of a person at any moment since then; empty when they were never there. */
  since(id: string, time: number): readonly Person[] {
    return during(this.#people.get(id) ?? [], time);
  }

  groupSince(id: string, time: number): readonly Group[] {
    return during(this.#groups.get(id) ?? [], time);
  }

  put(person: Person): void {
    const before = this.person(person.id);
    push(this.#people, person.id, { from: this.#now(), value: person });
    if (person.gone) {
      for (const group of this.groups)
        if (group.members.has(person.id))
          this.#quietly({ ...group, members: without(group.members, person.id) });
      if (this.kind.tombstones)
        this.#feed.push({ type: "absent", kind: "user", id: person.id, evidence: "tombstone" });
      return;
    }
    if (person.hidden) return;
    const record = recordOf(person);
    if (before === undefined || before.gone || this.#feed.length % 2 === 0)
      this.#feed.push({ type: "present", kind: "user", id: person.id, record });
    else this.#feed.push(changeBetween(person.id, recordOf(before), record));
  }

  putGroup(group: Group): void {
    const before = this.group(group.id);
    push(this.#groups, group.id, { from: this.#now(), value: group });
    if (group.gone) {
      for (const other of this.groups)
        if (other.members.has(group.id))
          this.#quietly({ ...other, members: without(other.members, group.id) });
      if (this.kind.tombstones)
        this.#feed.push({ type: "absent", kind: "group", id: group.id, evidence: "tombstone" });
      return;
    }
    if (before === undefined || before.gone || before.name !== group.name)
      this.#feed.push({
        type: "present",
        kind: "group",
        id: group.id,
        record: { id: group.id, name: group.name },
      });
    if (before === undefined || before.gone) {
      this.#feed.push({
        type: "members",
        group: group.id,
        mode: "listed",
        ids: [...group.members],
        last: true,
      });
      return;
    }
    const added = [...group.members].filter((id) => !before.members.has(id));
    const removed = [...before.members].filter((id) => !group.members.has(id));
    if (added.length > 0)
      this.#feed.push({ type: "members", group: group.id, mode: "add", ids: added, last: true });
    if (removed.length > 0)
      this.#feed.push({ type: "members", group: group.id, mode: "remove", ids: removed, last: true });
  }

  /** What changed between two places in the feed. */
  changes(from: number, to: number): readonly Change[] {
    return this.#feed.slice(from, to);
  }

  /** Everything that may be seen now. */
  everything(): readonly Change[] {
    const people = this.people.filter((person) => !person.gone && !person.hidden);
    const groups = this.groups.filter((group) => !group.gone);
    return [
      ...people.map(
        (person): Change => ({ type: "present", kind: "user", id: person.id, record: recordOf(person) }),
      ),
      ...groups.flatMap((group) => this.#whole(group)),
    ];
  }

  /** One object by its id. */
  read(kind: Kind, id: string): readonly Change[] {
    const evidence: Evidence = this.kind.hides ? "not-visible" : "not-found";
    if (kind === "group") {
      const group = this.group(id);
      return group === undefined || group.gone
        ? [{ type: "absent", kind, id, evidence }]
        : this.#whole(group);
    }
    const person = this.person(id);
    if (person === undefined || person.gone) return [{ type: "absent", kind, id, evidence }];
    if (person.hidden) return [{ type: "absent", kind, id, evidence: "not-visible" }];
    return [{ type: "present", kind, id, record: recordOf(person) }];
  }

  find(key: string): readonly string[] {
    return this.people
      .filter(
        (person) => !person.gone && !person.hidden && [person.id, person.login, person.mail].includes(key),
      )
      .map((person) => person.id);
  }

  #whole(group: Group): Change[] {
    return [
      { type: "present", kind: "group", id: group.id, record: { id: group.id, name: group.name } },
      { type: "members", group: group.id, mode: "listed", ids: [...group.members], last: true },
    ];
  }

  /** A change that the feed does not mention: whoever is deleted leaves their groups without a word. */
  #quietly(group: Group): void {
    push(this.#groups, group.id, { from: this.#now(), value: group });
  }
}

function recordOf(person: Person): Record<string, Json> {
  const { id, login, name, title, mail, manager, enabled, inside } = person;
  return {
    id,
    login,
    name,
    enabled,
    department: inside ? "in" : "out",
    ...(title === undefined ? {} : { title }),
    ...(mail === undefined ? {} : { mail }),
    ...(manager === undefined ? {} : { manager }),
  };
}

function changeBetween(id: string, before: Record<string, Json>, after: Record<string, Json>): Change {
  const set = Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value));
  const cleared = Object.keys(before).filter((name) => !(name in after));
  return { type: "changed", kind: "user", id, set, cleared };
}

function push<T>(into: Map<string, Version<T>[]>, id: string, version: Version<T>): void {
  const versions = into.get(id);
  if (versions === undefined) into.set(id, [version]);
  else versions.push(version);
}

function latest<T>(versions: readonly Version<T>[]): T {
  const last = versions.at(-1);
  if (last === undefined) throw new Error("an object without a version");
  return last.value;
}

function during<T>(versions: readonly Version<T>[], time: number): readonly T[] {
  return versions
    .filter((_, at) => (versions[at + 1]?.from ?? Number.POSITIVE_INFINITY) >= time)
    .map((version) => version.value);
}

function without(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  return new Set([...set].filter((each) => each !== id));
}
