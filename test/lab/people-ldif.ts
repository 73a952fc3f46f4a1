import type { Company, Person, Team } from "./people.ts";

/** Where the company lies in the lab's domain. */
export const COMPANY_DN = "OU=Company,DC=lab,DC=example";

export function personDn(person: Person): string {
  return `CN=${escapeRdn(person.cn)},OU=${escapeRdn(person.unit)},${COMPANY_DN}`;
}

export function teamDn(team: Team): string {
  return `CN=${escapeRdn(team.cn)},OU=${escapeRdn(team.unit)},${COMPANY_DN}`;
}

/**
 * The whole company as LDIF for Active Directory, in an order in which every reference points at what came before. Besides
 * people and groups there are a computer and a contact, both members of the last group: nobody may take them for people.
 */
export function companyLdif(company: Company): string {
  const units = [...new Set([...company.people, ...company.teams].map((one) => one.unit))];
  const last = company.teams.length - 1;
  return [
    entry(COMPANY_DN, { objectClass: ["organizationalUnit"] }),
    ...units.map((unit) =>
      entry(`OU=${escapeRdn(unit)},${COMPANY_DN}`, { objectClass: ["organizationalUnit"] }),
    ),
    ...company.people.map((person) => entry(personDn(person), personAttributes(company, person))),
    entry(COMPUTER_DN, {
      objectClass: ["computer"],
      sAMAccountName: ["PC0001$"],
      userAccountControl: ["4096"],
    }),
    entry(CONTACT_DN, { objectClass: ["contact"], sn: ["Outsider"], mail: ["outsider@elsewhere.example"] }),
    ...company.teams.map((team) =>
      entry(teamDn(team), {
        objectClass: ["group"],
        sAMAccountName: [`g${String(team.index).padStart(5, "0")}`],
        displayName: some(team.displayName),
        description: some(team.description),
        member: [
          ...team.people.map((index) => personDn(at(company.people, index))),
          ...team.teams.map((index) => teamDn(at(company.teams, index))),
          ...(team.index === last ? [COMPUTER_DN, CONTACT_DN] : []),
        ],
      }),
    ),
  ].join("\n");
}

const COMPUTER_DN = `CN=PC0001,${COMPANY_DN}`;
const CONTACT_DN = `CN=Outsider,${COMPANY_DN}`;

function personAttributes(company: Company, person: Person): Record<string, readonly string[]> {
  return {
    objectClass: ["user"],
    sAMAccountName: [person.login],
    userPrincipalName: some(person.upn),
    userAccountControl: [person.disabled ? "514" : "512"],
    displayName: some(person.displayName),
    givenName: some(person.givenName),
    sn: some(person.surname),
    mail: some(person.mail),
    title: some(person.title),
    department: some(person.department),
    employeeID: some(person.employeeId),
    physicalDeliveryOfficeName: some(person.office),
    streetAddress: some(person.street),
    l: some(person.city),
    st: some(person.region),
    postalCode: some(person.postalCode),
    c: some(person.country),
    telephoneNumber: some(person.phone),
    mobile: some(person.mobile),
    facsimileTelephoneNumber: some(person.fax),
    preferredLanguage: some(person.language),
    manager: person.manager === undefined ? [] : [personDn(at(company.people, person.manager))],
    accountExpires: person.expires === undefined ? [] : [fileTime(person.expires)],
  };
}

/** The value of a relative distinguished name, escaped (RFC 4514 section 2.4). */
function escapeRdn(value: string): string {
  return value
    .replace(/[,+"\\<>;=]/g, "\\$&")
    .replace(/^[ #]/, "\\$&")
    .replace(/ $/, "\\ ");
}

/** Windows time: 100 nanoseconds since 1601 (MS-ADTS 3.1.1.1.1). */
function fileTime(milliseconds: number): string {
  return String((BigInt(milliseconds) + 11_644_473_600_000n) * 10_000n);
}

/** One LDIF entry (RFC 2849), every value in base64: nothing to escape. */
function entry(dn: string, attributes: Readonly<Record<string, readonly string[]>>): string {
  const lines = Object.entries(attributes).flatMap(([name, values]) =>
    values.map((value) => line(name, value)),
  );
  return `${line("dn", dn)}\n${lines.join("\n")}\n`;
}

function line(name: string, value: string): string {
  return `${name}:: ${Buffer.from(value, "utf8").toString("base64")}`;
}

function some(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value];
}

function at<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) throw new Error(`nobody at ${index}`);
  return value;
}
