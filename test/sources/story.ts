import type { SourceWorld } from "./exam.ts";

/** Random changes of a directory; the same seed makes the same ones. */
export class Story {
  readonly told: string[] = [];
  readonly #world: SourceWorld;
  readonly #random: () => number;
  readonly #login: () => string;
  readonly #people: string[] = [];
  readonly #groups = new Map<string, Set<string>>();

  /** `login` gives names that nobody has; groups take them too. */
  constructor(world: SourceWorld, seed: number, login: () => string) {
    this.#world = world;
    this.#random = generator(seed);
    this.#login = login;
  }

  async begin(people: number): Promise<void> {
    for (let index = 0; index < people; index++) await this.#join();
    await this.#found();
  }

  async goOn(): Promise<void> {
    const acts: Readonly<Record<string, (person: string, group: string) => Promise<void>>> = {
      join: () => this.#join(),
      found: () => this.#found(),
      change: (person) =>
        this.#world.changePerson(person, { displayName: `Story ${this.#random()}`, mail: null }),
      mail: (person) => this.#world.changePerson(person, { mail: `m${this.#number()}@example.com` }),
      rename: (person) => this.#world.renamePerson(person, `renamed ${this.#number()}`),
      disable: (person) => this.#world.disablePerson(person),
      "rename group": (_, group) => this.#world.renameGroup(group, this.#login()),
      "change member": (person, group) => this.#toggle(group, person),
      ...(this.#world.tellsDeletions ? { leave: (person: string) => this.#leave(person) } : {}),
    };
    const name = this.#pick(Object.keys(acts)) ?? "join";
    const person = this.#pick(this.#people);
    const group = this.#pick([...this.#groups.keys()]);
    if (person === undefined || group === undefined) return await this.#join();
    this.told.push(name);
    await acts[name]?.(person, group);
  }

  async #join(): Promise<void> {
    this.#people.push(await this.#world.createPerson({ login: this.#login(), displayName: "Story" }));
  }

  async #leave(person: string): Promise<void> {
    this.#people.splice(this.#people.indexOf(person), 1);
    for (const members of this.#groups.values()) members.delete(person);
    await this.#world.deletePerson(person);
  }

  async #found(): Promise<void> {
    const members = this.#people.filter(() => this.#random() < 0.5);
    this.#groups.set(await this.#world.createGroup(this.#login(), members), new Set(members));
  }

  async #toggle(group: string, person: string): Promise<void> {
    const members = this.#groups.get(group);
    if (members?.delete(person) === true) return await this.#world.removeMember(group, person);
    members?.add(person);
    await this.#world.addMember(group, person);
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#random() * from.length)];
  }

  #number(): number {
    return Math.floor(this.#random() * 1e9);
  }
}

/** Mulberry32: small, and the same everywhere for the same seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
