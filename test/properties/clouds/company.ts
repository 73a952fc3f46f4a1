/** What is true of a company, in the words of no directory: the books that a target is compared with in the end. */
export const valueNames = [
  "display",
  "given",
  "family",
  "mail",
  "title",
  "department",
  "phone",
  "mobile",
  "city",
  "number",
] as const;

export type ValueName = (typeof valueNames)[number];
export type Values = Readonly<Partial<Record<ValueName, string>>>;

/** "bin": deleted, and may come back; "gone": for good. */
export type Whereabouts = "here" | "bin" | "gone";

export interface Person {
  readonly key: string;
  login: string;
  /** All that they ever had. */
  readonly logins: Set<string>;
  values: Values;
  /** May log in. */
  on: boolean;
  /** Of another organisation, and so out of scope by default. */
  guest: boolean;
  at: Whereabouts;
  manager: string | undefined;
}

export interface Group {
  readonly key: string;
  title: string;
  /** Keys of people and of groups; who is in the bin stays, and counts for nothing there. */
  readonly members: Set<string>;
  at: Whereabouts;
}

/** One thing that somebody does in the directory. */
export type Happening =
  | {
      readonly what: "hire";
      readonly person: string;
      readonly login: string;
      readonly values: Values;
      readonly on: boolean;
      readonly guest: boolean;
    }
  | {
      readonly what: "set";
      readonly person: string;
      readonly name: ValueName;
      readonly value: string | undefined;
    }
  | { readonly what: "rename"; readonly person: string; readonly login: string }
  /** Each gets the login and names of the next one, and the last those of the first. */
  | { readonly what: "ring"; readonly people: readonly string[] }
  | { readonly what: "switch"; readonly person: string; readonly on: boolean }
  | { readonly what: "guest"; readonly person: string; readonly guest: boolean }
  | { readonly what: "manager"; readonly person: string; readonly manager: string | undefined }
  | { readonly what: "bin" | "erase" | "restore"; readonly person: string }
  /** Something that nobody reads of. */
  | { readonly what: "noise"; readonly person: string }
  | {
      readonly what: "found";
      readonly group: string;
      readonly title: string;
      readonly members: readonly string[];
    }
  | { readonly what: "retitle"; readonly group: string; readonly title: string }
  | { readonly what: "join" | "leave"; readonly group: string; readonly member: string }
  | { readonly what: "bin group" | "erase group" | "restore group"; readonly group: string };

/** What goes along with a login when names go round in a ring. */
export const ringed: readonly ValueName[] = ["display", "given", "family", "mail"];

export class Company {
  readonly people = new Map<string, Person>();
  readonly groups = new Map<string, Group>();

  person(key: string): Person {
    return known(this.people.get(key), key);
  }

  group(key: string): Group {
    return known(this.groups.get(key), key);
  }

  happen(happening: Happening): void {
    if ("group" in happening) this.#toGroup(happening);
    else if (happening.what === "hire") this.#hire(happening);
    else if (happening.what === "ring") this.#ring(happening.people.map((key) => this.person(key)));
    else this.#toPerson(happening);
  }

  /** Whether nobody who is here has this login. */
  isFree(login: string): boolean {
    return [...this.people.values()].every((each) => each.at !== "here" || each.login !== login);
  }

  #hire({ person, login, values, on, guest }: Extract<Happening, { what: "hire" }>): void {
    const logins = new Set([login]);
    this.people.set(person, {
      key: person,
      login,
      logins,
      values,
      on,
      guest,
      at: "here",
      manager: undefined,
    });
  }

  #ring(people: readonly Person[]): void {
    const before = people.map(({ login, values }) => ({ login, values }));
    for (const [index, person] of people.entries()) {
      const next = before[(index + 1) % before.length] ?? person;
      person.login = next.login;
      person.logins.add(next.login);
      person.values = { ...without(person.values, ringed), ...only(next.values, ringed) };
    }
  }

  #toPerson(happening: Exclude<Happening, { group: string } | { what: "hire" } | { what: "ring" }>): void {
    const person = this.person(happening.person);
    switch (happening.what) {
      case "set": {
        const { name, value } = happening;
        person.values = {
          ...without(person.values, [name]),
          ...(value === undefined ? {} : { [name]: value }),
        };
        break;
      }
      case "rename":
        person.login = happening.login;
        person.logins.add(happening.login);
        break;
      case "switch":
        person.on = happening.on;
        break;
      case "guest":
        person.guest = happening.guest;
        break;
      case "manager":
        person.manager = happening.manager;
        break;
      case "bin":
        person.at = "bin";
        break;
      case "restore":
        person.at = "here";
        break;
      case "erase":
        person.at = "gone";
        for (const group of this.groups.values()) group.members.delete(person.key);
        for (const each of this.people.values()) if (each.manager === person.key) each.manager = undefined;
        break;
      case "noise":
        break;
    }
  }

  #toGroup(happening: Extract<Happening, { group: string }>): void {
    const { group: key } = happening;
    if (happening.what === "found") {
      const { title, members } = happening;
      this.groups.set(key, { key, title, members: new Set(members), at: "here" });
      return;
    }
    const group = this.group(key);
    switch (happening.what) {
      case "retitle":
        group.title = happening.title;
        break;
      case "join":
        group.members.add(happening.member);
        break;
      case "leave":
        group.members.delete(happening.member);
        break;
      case "bin group":
        group.at = "bin";
        break;
      case "restore group":
        group.at = "here";
        break;
      case "erase group":
        group.at = "gone";
        group.members.clear();
        for (const each of this.groups.values()) each.members.delete(key);
        break;
    }
  }
}

function known<T>(found: T | undefined, key: string): T {
  if (found === undefined) throw new Error(`the story knows nobody called ${key}`);
  return found;
}

function only(values: Values, names: readonly ValueName[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name as ValueName)));
}

function without(values: Values, names: readonly ValueName[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name as ValueName)));
}
