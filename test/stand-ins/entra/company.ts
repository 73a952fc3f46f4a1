import { createCompany } from "../../lab/people.ts";
import type { Directory } from "./directory.ts";
import type { Properties, Value } from "./value.ts";

export interface Filled {
  /** Ids in the order of the company's people and teams. */
  readonly people: readonly string[];
  readonly groups: readonly string[];
}

/** Fills a tenant with a made-up company; the same seed gives the same people, groups and ids. */
export function fillWithCompany(
  directory: Directory,
  options: {
    readonly seed: number;
    readonly people: number;
    readonly groups: number;
    readonly largeGroup?: number;
  },
): Filled {
  const company = createCompany(options);
  const id = (kind: number, index: number): string =>
    `${hex(options.seed, 8)}-${hex(kind, 4)}-4000-8000-${hex(index, 12)}`;
  const people = company.people.map((person) => {
    const login = `${person.login.toLowerCase().replaceAll(/[^a-z0-9.'_-]/g, "")}.${person.index}@${directory.domain}`;
    return directory.createUser(
      known({
        id: id(1, person.index),
        accountEnabled: !person.disabled,
        userPrincipalName: login,
        mailNickname: login.split("@")[0],
        displayName: person.displayName ?? person.cn,
        givenName: person.givenName,
        surname: person.surname,
        mail: person.mail,
        jobTitle: person.title,
        department: person.department,
        employeeId: person.employeeId,
        officeLocation: person.office,
        streetAddress: person.street,
        city: person.city,
        state: person.region,
        postalCode: person.postalCode,
        country: person.country,
        businessPhones: person.phone === undefined ? [] : [person.phone],
        mobilePhone: person.mobile,
        faxNumber: person.fax,
        preferredLanguage: person.language,
      }),
    );
  });
  for (const { index, manager } of company.people)
    if (manager !== undefined) directory.setManager(people[index] ?? "", people[manager]);
  const groups: string[] = [];
  for (const team of company.teams) {
    const members = [
      ...team.people.map((index) => people[index] ?? ""),
      ...team.teams.map((index) => groups[index] ?? ""),
    ];
    const { displayName = team.cn, description } = team;
    groups.push(directory.createGroup(known({ id: id(2, team.index), displayName, description }), members));
  }
  return { people, groups };
}

/** What is undefined was never set. */
function known(properties: Readonly<Record<string, Value | undefined>>): Properties {
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, Value] => entry[1] !== undefined),
  );
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, "0").slice(-digits);
}
