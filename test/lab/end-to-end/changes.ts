import { type Company, createCompany, type Person, type Team } from "../people.ts";
import { COMPANY_DN, companyLdif, personDn, teamDn } from "../people-ldif.ts";

/** A working day in the directory: what an administrator types, and what the company is afterwards. */
export interface Changes {
  /** For ldapmodify. */
  readonly ldif: string;
  /** The company as the directory then shows it to a first sync. */
  readonly after: Company;
  /** Disabled just now: their accounts stay, switched off, with their memberships. */
  readonly disabled: readonly Person[];
  /** Deleted, or moved to where Rollcall does not look: their accounts stay, switched off, without memberships. */
  readonly left: readonly Person[];
  /** Deleted: stays at the target as it was (`groups.removed: keep`). */
  readonly deletedGroup: Team;
}

export function changesOf(company: Company, options: { readonly seed: number }): Changes {
  const { people, teams } = company;
  const reports = (person: Person): number => people.filter((each) => each.manager === person.index).length;
  const inTeams = (person: Person): number =>
    teams.filter((team) => team.people.includes(person.index)).length;
  const free = people.filter((person) => person.index > 100 && isActive(person));
  const take = (fits: (person: Person) => boolean): Person => {
    const found = free.findIndex(fits);
    const [person] = free.splice(found, found < 0 ? 0 : 1);
    if (person === undefined) throw new Error("nobody fits");
    return person;
  };
  const renamed = take((person) => person.upn !== undefined && reports(person) > 0);
  const disabled = take((person) => reports(person) > 0 && inTeams(person) > 1);
  const deleted = take((person) => reports(person) > 0 && inTeams(person) > 1);
  const movedOut = take((person) => reports(person) === 0 && inTeams(person) > 1);
  const moved = take((person) => person.unit === "Berlin");
  const promoted = take((person) => person.title !== undefined);
  const mailless = take((person) => person.mail !== undefined && person.upn !== undefined);
  const transferred = take((person) => person.manager !== undefined);
  const orphaned = take((person) => person.manager !== undefined && isActive(at(people, person.manager)));
  const enabled = people.find((person) => person.index > 100 && person.disabled && reports(person) > 0);
  if (enabled === undefined) throw new Error("nobody is disabled");
  const joiners = createCompany({ ...options, people: people.length + 3, groups: 0 }).people.slice(-3);

  const inner = teams.find((team) => team.index > 1 && team.people.length > 5 && isInner(company, team));
  const small = teams.find(
    (team) =>
      team !== inner &&
      team.teams.length === 0 &&
      team.people.length > 0 &&
      team.people.length < 9 &&
      isInner(company, team),
  );
  const shown = teams.find((team) => team.displayName !== undefined && team !== inner && team !== small);
  const plain = teams.find(
    (team) => team.index > 4 && team.displayName === undefined && team !== inner && team !== small,
  );
  if (inner === undefined || small === undefined || shown === undefined || plain === undefined)
    throw new Error("no such teams");
  const dropped = inner.people.find((index) => isActive(at(people, index)));
  if (dropped === undefined) throw new Error("nobody to drop");
  const added = take((person) => !inner.people.includes(person.index));
  const fresh: Team = {
    index: teams.length,
    cn: 'New "Team", Ltd.',
    unit: "Groups",
    people: [renamed.index, moved.index],
    teams: [],
  };

  const edits = new Map<number, Partial<Person>>([
    [
      renamed.index,
      {
        surname: "Ó Néw-Name",
        displayName: "Renamed, Person",
        upn: "new.o'name@lab.example",
        cn: "Renamed, Person",
      },
    ],
    [deleted.index, { disabled: true }],
    [movedOut.index, { disabled: true }],
    [enabled.index, { disabled: false }],
    [moved.index, { unit: "São Paulo" }],
    [promoted.index, { title: 'Chief "Everything" Officer' }],
    [transferred.index, { manager: renamed.index }],
  ]);
  const edited = [...people, ...joiners].map((person): Person => {
    const after = { ...person, ...edits.get(person.index) };
    if (person === mailless) return without(after, "mail");
    if (person === orphaned) return without(after, "manager");
    return after;
  });
  const after: Company = {
    people: edited,
    teams: [
      ...teams.map((team): Team => {
        if (team === inner)
          return {
            ...team,
            people: [
              ...team.people.filter((one) => one !== dropped),
              added.index,
              ...joiners.map((one) => one.index),
            ],
          };
        if (team === shown) return { ...team, displayName: "Shown, as new" };
        if (team === plain) return { ...team, cn: "Plain, renamed" };
        if (team === small) return { ...team, people: [] };
        return team;
      }),
      fresh,
    ],
  };
  const joined: Company = { people: [...people, ...joiners], teams: [] };
  const ldif = [
    ...companyLdif(joined)
      .split("\n\n")
      .filter((entry) => joiners.some((one) => entry.startsWith(line("dn", personDn(one)))))
      // Without a password an account may only be enabled when it need not have one.
      .map((entry) =>
        entry.replace(`${line("userAccountControl", "512")}`, line("userAccountControl", "544")),
      ),
    replace(personDn(renamed), {
      sn: "Ó Néw-Name",
      displayName: "Renamed, Person",
      userPrincipalName: "new.o'name@lab.example",
    }),
    rename(personDn(renamed), "CN=Renamed\\, Person"),
    replace(personDn(disabled), { userAccountControl: "514" }),
    replace(personDn(enabled), { userAccountControl: "544" }),
    `${line("dn", personDn(deleted))}\nchangetype: delete`,
    rename(
      personDn(movedOut),
      personDn(movedOut).slice(0, personDn(movedOut).search(/(?<!\\),/)),
      "CN=Users,DC=lab,DC=example",
    ),
    rename(
      personDn(moved),
      personDn(moved).slice(0, personDn(moved).search(/(?<!\\),/)),
      `OU=São Paulo,${COMPANY_DN}`,
    ),
    replace(personDn(promoted), { title: 'Chief "Everything" Officer' }),
    replace(personDn(mailless), { mail: undefined }),
    replace(personDn(transferred), {
      manager: `CN=Renamed\\, Person,${personDn(renamed).slice(personDn(renamed).search(/(?<!\\),/) + 1)}`,
    }),
    replace(personDn(orphaned), { manager: undefined }),
    `${line("dn", teamDn(inner))}\nchangetype: modify\ndelete: member\n${line("member", personDn(at(people, dropped)))}\n-\nadd: member\n${[added, ...joiners].map((one) => line("member", personDn(one))).join("\n")}\n-`,
    replace(teamDn(shown), { displayName: "Shown, as new" }),
    rename(teamDn(plain), "CN=Plain\\, renamed"),
    `${line("dn", teamDn(small))}\nchangetype: delete`,
    `${line("dn", teamDn(fresh))}\nobjectClass: group\nsAMAccountName: g${String(fresh.index).padStart(5, "0")}\n${fresh.people.map((index) => line("member", personDn(at(edited, index)))).join("\n")}`,
  ]
    .map((entry) => `${entry.trim()}\n`)
    .join("\n");
  return { ldif, after, disabled: [disabled], left: [deleted, movedOut], deletedGroup: small };
}

function isActive(person: Person): boolean {
  return !person.disabled && person.expires === undefined;
}

function isInner(company: Company, team: Team): boolean {
  return company.teams.some((outer) => outer.teams.includes(team.index));
}

function without<Key extends keyof Person>(person: Person, key: Key): Person {
  return Object.fromEntries(Object.entries(person).filter(([name]) => name !== key)) as unknown as Person;
}

function replace(dn: string, values: Readonly<Record<string, string | undefined>>): string {
  const parts = Object.entries(values).map(
    ([name, value]) => `replace: ${name}\n${value === undefined ? "" : `${line(name, value)}\n`}-`,
  );
  return `${line("dn", dn)}\nchangetype: modify\n${parts.join("\n")}`;
}

function rename(dn: string, rdn: string, parent?: string): string {
  const above = parent === undefined ? "" : `\n${line("newsuperior", parent)}`;
  return `${line("dn", dn)}\nchangetype: modrdn\n${line("newrdn", rdn)}\ndeleteoldrdn: 1${above}`;
}

function line(name: string, value: string): string {
  return `${name}:: ${Buffer.from(value, "utf8").toString("base64")}`;
}

function at(people: readonly Person[], index: number): Person {
  const person = people[index];
  if (person === undefined) throw new Error(`nobody at ${index}`);
  return person;
}
