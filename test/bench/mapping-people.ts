/** People for the benchmark: as a directory has them, with gaps, and as the store gives them back (out of JSON). */
import type { Json } from "../../src/scim/resource.ts";
import type { SourceRecord } from "../../src/sources/source.ts";

const DEPARTMENTS = ["IT", "Sales", "Human Resources", "Finance", "Research and Development"];
const NAMES = ["Ann", "Søren", "Zoë", "José María", "Łukasz", "田中", "Mary Jane", "Иван"];

/** What everybody's record is made of, by the names that a source has for it. */
interface Names {
  readonly id: string;
  readonly login: string;
  readonly given: string;
  readonly family: string;
  readonly display: string;
  readonly mail: string;
  readonly title: string;
  readonly department: string;
  readonly office: string;
  readonly city: string;
  readonly street: string;
  readonly postalCode: string;
  readonly country: string;
  readonly phone: string;
  readonly mobile: string;
  readonly number: string;
  readonly manager: string;
}

const common = { department: "department", street: "streetAddress", city: "city", postalCode: "postalCode" };
const names: Readonly<Record<string, Names>> = {
  entra: {
    ...common,
    ...{
      id: "id",
      login: "userPrincipalName",
      given: "givenName",
      family: "surname",
      display: "displayName",
    },
    ...{
      mail: "mail",
      title: "jobTitle",
      office: "officeLocation",
      country: "country",
      phone: "businessPhones",
    },
    ...{ mobile: "mobilePhone", number: "employeeId", manager: "manager" },
  },
  okta: {
    ...common,
    ...{ id: "id", login: "login", given: "firstName", family: "lastName", display: "displayName" },
    ...{
      mail: "email",
      title: "title",
      office: "postalAddress",
      country: "countryCode",
      phone: "primaryPhone",
    },
    ...{ mobile: "mobilePhone", number: "employeeNumber", manager: "managerUser", postalCode: "zipCode" },
  },
  "active-directory": {
    ...common,
    ...{
      id: "objectGUID",
      login: "userPrincipalName",
      given: "givenName",
      family: "sn",
      display: "displayName",
    },
    ...{ mail: "mail", title: "title", office: "physicalDeliveryOfficeName", city: "l", country: "c" },
    ...{ phone: "telephoneNumber", mobile: "mobile", number: "employeeID", manager: "manager" },
  },
};

/** `count` people of a source; the same at each call. */
export function people(source: string, count: number): readonly SourceRecord[] {
  return Array.from({ length: count }, (_, at) => person(source, at));
}

function person(source: string, at: number): SourceRecord {
  const name = names[source];
  if (name === undefined) throw new Error(`no people of ${source}`);
  const given = NAMES[at % NAMES.length] ?? "";
  const family = `Family-${(at * 7919) % 5003}`;
  const id = (n: number) => `${n.toString(16).padStart(8, "0")}-44d7-43e1-9a83-5f2406dee5bd`;
  const phone = `+45 555 ${at}`;
  const all: Record<string, Json> = {
    [name.id]: id(at),
    [name.login]: `person.${at}@contoso.example`,
    accountEnabled: at % 20 !== 0,
    [name.display]: `${given} ${family}`,
    [name.given]: given,
    [name.family]: family,
    [name.mail]: `Person.${at}@contoso.example`,
    [name.title]: `Engineer ${at % 50}`,
    [name.department]: DEPARTMENTS[at % DEPARTMENTS.length] ?? "",
    [name.office]: `Building ${at % 30}`,
    [name.city]: "Copenhagen",
    [name.street]: at % 9 === 0 ? `Main Street ${at % 100}\r\nFloor 2` : `Main Street ${at % 100}`,
    [name.postalCode]: String(2000 + (at % 900)),
    [name.country]: "DK",
    [name.phone]: name.phone === "businessPhones" ? [phone] : phone,
    [name.mobile]: `+45 777 ${at}`,
    [name.number]: `E-${at}`,
    preferredLanguage: at % 3 === 0 ? " da-DK " : "da-DK",
    [name.manager]: id(at >> 3),
  };
  const always = [name.id, name.login, "accountEnabled"];
  // Everybody lacks something else, so records have many shapes, as those of a real directory.
  const kept = Object.entries(all).filter(
    ([key], index) => always.includes(key) || (at * 31 + index * 17) % 7 !== 0,
  );
  return JSON.parse(JSON.stringify(Object.fromEntries(kept))) as SourceRecord;
}
