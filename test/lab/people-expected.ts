import type { Company, Person } from "./people.ts";

export interface ExpectedUser {
  readonly login: string;
  readonly userName: string;
  /** SCIM path -> value of everything that the default mapping fills, save externalId and manager (ids are not known here). */
  readonly values: Readonly<Record<string, string>>;
  /** userName of the manager, where the manager is in the target too. */
  readonly manager?: string;
}

export interface ExpectedGroup {
  readonly displayName: string;
  /** userNames, sorted; members of inner groups included. */
  readonly members: readonly string[];
}

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/**
 * What a first sync of the company with the default mapping must leave in an empty target. Written from the definition of the
 * mapping, not by the product's code. Who is disabled or expired was never there and is not created.
 */
export function expectedDirectory(company: Company): {
  readonly users: readonly ExpectedUser[];
  readonly groups: readonly ExpectedGroup[];
} {
  const present = new Map(company.people.filter(isActive).map((person) => [person.index, person]));
  const users = [...present.values()].map((person): ExpectedUser => {
    const above = person.manager === undefined ? undefined : present.get(person.manager);
    return {
      login: person.login,
      userName: userName(person),
      values: values(person),
      ...(above === undefined ? {} : { manager: userName(above) }),
    };
  });
  // Teams only hold teams that came before them.
  const everybodyIn: ReadonlySet<number>[] = [];
  const groups = company.teams.map((team): ExpectedGroup => {
    const inside = new Set([
      ...team.people,
      ...team.teams.flatMap((index) => [...(everybodyIn[index] ?? [])]),
    ]);
    everybodyIn.push(inside);
    const members = [...inside].flatMap((index) => {
      const person = present.get(index);
      return person === undefined ? [] : [userName(person)];
    });
    return { displayName: team.displayName ?? team.cn, members: members.toSorted() };
  });
  return { users, groups };
}

function isActive(person: Person): boolean {
  return !person.disabled && (person.expires === undefined || person.expires > Date.UTC(2090, 0, 1));
}

function userName(person: Person): string {
  return person.upn ?? person.login;
}

function values(person: Person): Readonly<Record<string, string>> {
  const work = (name: string): string => `addresses[type eq "work"].${name}`;
  const rows: readonly (readonly [path: string, value: string | undefined])[] = [
    ["userName", userName(person)],
    ["displayName", person.displayName ?? person.cn],
    ["title", person.title],
    ['emails[type eq "work"].value', person.mail],
    ["preferredLanguage", person.language],
    ["name.givenName", person.givenName],
    ["name.familyName", person.surname],
    ["name.formatted", [person.givenName, person.surname].filter(Boolean).join(" ")],
    [work("formatted"), person.office],
    [work("streetAddress"), person.street],
    [work("locality"), person.city],
    [work("region"), person.region],
    [work("postalCode"), person.postalCode],
    [work("country"), person.country],
    ['phoneNumbers[type eq "work"].value', person.phone],
    ['phoneNumbers[type eq "mobile"].value', person.mobile],
    ['phoneNumbers[type eq "fax"].value', person.fax],
    [`${ENTERPRISE}:employeeNumber`, person.employeeId],
    [`${ENTERPRISE}:department`, person.department],
  ];
  return Object.fromEntries(rows.flatMap(([path, value]) => (value === undefined ? [] : [[path, value]])));
}
