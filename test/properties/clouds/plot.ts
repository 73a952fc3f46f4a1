import type { Chance } from "./chance.ts";
import {
  type Company,
  type Group,
  type Happening,
  type Person,
  type ValueName,
  valueNames,
} from "./company.ts";

/** What a directory can do. */
export interface Customs {
  /** Deleted people and groups lie in a bin first, from which they come back with all that they had. */
  readonly bin: boolean;
  readonly guests: boolean;
  /** Groups can be members of groups. */
  readonly nesting: boolean;
  /** Values that everybody has. */
  readonly required: readonly ValueName[];
}

/** How a story may go beyond what any target takes. */
export interface Licence {
  /** Newcomers get the login of somebody who left. */
  readonly recycling: boolean;
}

type Choice = () => Happening | undefined;

/** Chooses what happens next, of what can happen in the company as it is. */
export class Plot {
  readonly #company: Company;
  readonly #chance: Chance;
  readonly #customs: Customs;
  readonly #licence: Licence;
  /** Whose former login somebody else has: an account that nobody follows any more would keep it for good. */
  readonly #tied = new Set<string>();
  /** The group whose members somebody is at: who changes one often changes the next at once. */
  #group: string | undefined;
  #count = 0;

  constructor(company: Company, chance: Chance, customs: Customs, licence: Licence) {
    this.#company = company;
    this.#chance = chance;
    this.#customs = customs;
    this.#licence = licence;
  }

  /** How it begins: some people, a few of them managers of others, and groups. */
  *beginning(): Generator<Happening> {
    const people = 3 + this.#chance.below(5);
    for (let index = 0; index < people; index++) yield this.hire();
    for (const person of this.#chance.some(this.#here(this.#company.people), 0.4))
      yield this.#manager(person);
    const groups = 1 + this.#chance.below(3);
    for (let index = 0; index < groups; index++) yield this.found();
  }

  next(): Happening {
    for (let tries = 0; tries < 20; tries++) {
      const goesOn = this.#group !== undefined && this.#chance.happens(0.4);
      const happening = goesOn ? this.#membership() : this.#choice()();
      if (happening === undefined) continue;
      this.#group = happening.what === "join" || happening.what === "leave" ? happening.group : undefined;
      return happening;
    }
    return this.hire();
  }

  hire(): Happening {
    const person = `p${++this.#count}`;
    const names = this.#chance.some(valueNames, 0.5);
    const values = Object.fromEntries(
      [...new Set([...names, ...this.#customs.required])].map((name) => [name, this.#value(name)]),
    );
    const on = !this.#chance.happens(0.1);
    const guest = this.#customs.guests && this.#chance.happens(0.1);
    return { what: "hire", person, login: this.#newcomersLogin(), values, on, guest };
  }

  found(): Happening {
    const people = this.#here(this.#company.people).map(({ key }) => key);
    const groups = this.#here(this.#company.groups).map(({ key }) => key);
    const members = [
      ...this.#chance.some(people, 0.6),
      ...(this.#customs.nesting ? this.#chance.some(groups, 0.3) : []),
    ];
    const group = `g${++this.#count}`;
    return { what: "found", group, title: `Team ${group}`, members };
  }

  #choice(): Choice {
    const { bin, guests } = this.#customs;
    return this.#weighed([
      [10, () => this.hire()],
      [3, () => (this.#company.groups.size < 5 ? this.found() : undefined)],
      [16, () => this.#withPerson((person) => this.#set(person))],
      [6, () => this.#withPerson(({ key }) => ({ what: "rename", person: key, login: this.#freshLogin() }))],
      [2, () => this.#passOn()],
      [5, () => this.#ring()],
      [12, () => this.#withPerson(({ key, on }) => ({ what: "switch", person: key, on: !on }))],
      [guests ? 4 : 0, () => this.#away(({ key, guest }) => ({ what: "guest", person: key, guest: !guest }))],
      [7, () => this.#withPerson((person) => this.#manager(person))],
      [bin ? 8 : 0, () => this.#away(({ key }) => ({ what: "bin", person: key }))],
      [bin ? 26 : 0, () => this.#restore()],
      [6, () => this.#erase()],
      [4, () => this.#withPerson(({ key }) => ({ what: "noise", person: key }))],
      [22, () => this.#membership()],
      [
        4,
        () =>
          this.#withGroup(({ key }) => ({
            what: "retitle",
            group: key,
            title: `Team ${key}.${++this.#count}`,
          })),
      ],
      [bin ? 2 : 0, () => this.#withGroup(({ key }) => ({ what: "bin group", group: key }))],
      [bin ? 6 : 0, () => this.#restoreGroup()],
      [1, () => this.#withGroup(({ key }) => ({ what: "erase group", group: key }))],
    ]);
  }

  #weighed(choices: readonly (readonly [weight: number, choice: Choice])[]): Choice {
    let left = this.#chance.number() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, choice] of choices) {
      left -= weight;
      if (left < 0) return choice;
    }
    return () => undefined;
  }

  #set({ key, values }: Person): Happening {
    const name = this.#chance.one(valueNames) ?? "title";
    const clears = !this.#customs.required.includes(name) && this.#chance.happens(0.3);
    // Now and then a value comes back to what it was.
    const value = clears ? undefined : this.#chance.happens(0.2) ? values[name] : this.#value(name);
    return { what: "set", person: key, name, value: value ?? (clears ? undefined : this.#value(name)) };
  }

  /** Somebody gets another login, and somebody else the one that came free by that. */
  #passOn(): Happening | undefined {
    const people = [...this.#company.people.values()];
    const from = this.#chance.one(people.filter(({ at, guest }) => at === "here" && !guest));
    const held = new Set(
      people.flatMap(({ at, guest, login, logins }) => (at === "here" && !guest ? [login] : [...logins])),
    );
    const login = this.#chance.one([...(from?.logins ?? [])].filter((each) => !held.has(each)));
    if (from === undefined || login === undefined) return undefined;
    return this.#withPerson(({ key }) => {
      this.#tie(login);
      return { what: "rename", person: key, login };
    });
  }

  /** Two or three people pass their logins round, so that none of them can be renamed first. */
  #ring(): Happening | undefined {
    const people = this.#here(this.#company.people).filter(({ guest }) => !guest);
    const size = this.#chance.pick([2, 2, 3]);
    const ring: Person[] = [];
    while (ring.length < size && people.length > 0)
      ring.push(...people.splice(this.#chance.below(people.length), 1));
    if (ring.length < 2) return undefined;
    for (const { login } of ring) this.#tie(login);
    return { what: "ring", people: ring.map(({ key }) => key) };
  }

  /** Nobody who ever had this login leaves any more. */
  #tie(login: string): void {
    for (const { key, logins } of this.#company.people.values()) if (logins.has(login)) this.#tied.add(key);
  }

  #manager({ key }: Person): Happening {
    const people = this.#here(this.#company.people);
    const others = people.filter((each) => each.key !== key);
    const bosses = others.filter((each) => people.some(({ manager }) => manager === each.key));
    const from = this.#chance.happens(0.6) && bosses.length > 0 ? bosses : others;
    const manager = this.#chance.happens(0.25) ? undefined : this.#chance.one(from)?.key;
    return { what: "manager", person: key, manager };
  }

  #restore(): Happening | undefined {
    const back = [...this.#company.people.values()].filter(
      ({ at, login }) => at === "bin" && this.#company.isFree(login),
    );
    const person = this.#chance.one(back);
    return person && { what: "restore", person: person.key };
  }

  #erase(): Happening | undefined {
    const inBin = [...this.#company.people.values()].filter(({ at }) => at === "bin");
    const person = this.#chance.happens(0.5) ? this.#chance.one(inBin) : undefined;
    if (person !== undefined) return { what: "erase", person: person.key };
    return this.#away(({ key }) => ({ what: "erase", person: key }));
  }

  #membership(): Happening | undefined {
    const change = ({ key, members }: Group): Happening | undefined => {
      const groups = this.#customs.nesting && this.#chance.happens(0.25);
      const from: readonly (Person | Group)[] = groups
        ? this.#here(this.#company.groups)
        : this.#here(this.#company.people);
      const member = this.#chance.one(from.filter((each) => each.key !== key))?.key;
      if (member === undefined) return undefined;
      return { what: members.has(member) ? "leave" : "join", group: key, member };
    };
    return this.#group === undefined ? this.#withGroup(change) : change(this.#company.group(this.#group));
  }

  #restoreGroup(): Happening | undefined {
    const group = this.#chance.one([...this.#company.groups.values()].filter(({ at }) => at === "bin"));
    return group && { what: "restore group", group: group.key };
  }

  #withPerson(make: (person: Person) => Happening | undefined): Happening | undefined {
    const person = this.#chance.one(this.#here(this.#company.people));
    return person && make(person);
  }

  /** Of those who may leave. Somebody always stays: a directory with nobody in it is taken for a mistake. */
  #away(make: (person: Person) => Happening): Happening | undefined {
    const here = this.#here(this.#company.people).filter(({ key }) => !this.#tied.has(key));
    const person = here.length < 3 ? undefined : this.#chance.one(here);
    return person && make(person);
  }

  #withGroup(make: (group: Group) => Happening | undefined): Happening | undefined {
    const group = this.#chance.one(this.#here(this.#company.groups));
    return group && make(group);
  }

  #here<T extends Person | Group>(all: ReadonlyMap<string, T>): T[] {
    return [...all.values()].filter(({ at }) => at === "here");
  }

  #newcomersLogin(): string {
    const left = [...this.#company.people.values()]
      .filter(({ at }) => at !== "here")
      .map(({ login }) => login);
    const recycled =
      this.#licence.recycling && this.#chance.happens(0.4) ? this.#chance.one(left) : undefined;
    return recycled !== undefined && this.#company.isFree(recycled) ? recycled : this.#freshLogin();
  }

  #freshLogin(): string {
    return `login${++this.#count}@contoso.example`;
  }

  #value(name: ValueName): string {
    return name === "mail" ? `mail${++this.#count}@example.com` : `${name} ${this.#chance.below(4)}`;
  }
}
