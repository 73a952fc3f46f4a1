/**
 * The default mappings as a programmer would write them by hand for one source each: no rows, no expressions, nothing to configure.
 * They give the same as the mapping, to the last key; test/bench/mapping.test.ts holds that. Where the mapping would report a problem, they throw.
 */
import { ENTERPRISE_SCHEMA } from "../../src/scim/resource.ts";
import type { SourceRecord } from "../../src/sources/source.ts";

const DEPARTMENT = `${ENTERPRISE_SCHEMA}:department`;
const EMPLOYEE_NUMBER = `${ENTERPRISE_SCHEMA}:employeeNumber`;
const MANAGER = `${ENTERPRISE_SCHEMA}:manager`;

const UNWANTED = /[^ -~\u00a0-\u2027\u202f-\u2065\u206a-\uffff]/;

/** A text without what no target wants: spaces at the ends, control characters, half characters. */
function clean(value: unknown, lines = false): string | null {
  if (typeof value !== "string") {
    if (value === undefined || value === null) return null;
    throw new Error("not a text");
  }
  if (value.length > 65_536) throw new Error("too long");
  let text = value.isWellFormed() ? value : value.toWellFormed();
  if (UNWANTED.test(text)) {
    const parts = text
      .split(/\r\n?|[\n\v\f\u0085\u2028\u2029]/)
      .map((each) => each.replaceAll("\t", " ").replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu, ""));
    text = lines ? parts.join("\n") : parts.filter((each) => each.trim() !== "").join(" ");
  }
  text = text.trim();
  return text === "" ? null : text;
}

/** The same without the cleaning: what it costs to move the values alone. */
function asIs(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function joined(a: unknown, b: unknown): string | null {
  const [first, second] = [asIs(a), asIs(b)];
  if (first === null || second === null) return first ?? second;
  return `${first} ${second}`;
}

function firstOf(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : value;
}

function needed(value: string | null): string {
  if (value === null) throw new Error("userName is empty");
  return value;
}

function truth(value: unknown): boolean {
  if (typeof value !== "boolean") throw new Error("active is neither true nor false");
  return value;
}

export type Plain = (user: SourceRecord) => unknown;

/** With `text` in the place of `clean`, so that both kinds are measured by the same lines. */
const entra =
  (text: typeof clean): Plain =>
  (user) => ({
    attributes: {
      'addresses[type eq "work"].country': text(user["country"]),
      'addresses[type eq "work"].formatted': text(user["officeLocation"], true),
      'addresses[type eq "work"].locality': text(user["city"]),
      'addresses[type eq "work"].postalCode': text(user["postalCode"]),
      'addresses[type eq "work"].region': text(user["state"]),
      'addresses[type eq "work"].streetAddress': text(user["streetAddress"], true),
      displayName: text(asIs(user["displayName"]) ?? user["userPrincipalName"]),
      'emails[type eq "work"].value': text(user["mail"]),
      externalId: text(user["id"]),
      "name.familyName": text(user["surname"]),
      "name.formatted": text(joined(user["givenName"], user["surname"]), true),
      "name.givenName": text(user["givenName"]),
      'phoneNumbers[type eq "fax"].value': text(user["faxNumber"]),
      'phoneNumbers[type eq "mobile"].value': text(user["mobilePhone"]),
      'phoneNumbers[type eq "work"].value': text(firstOf(user["businessPhones"])),
      preferredLanguage: text(user["preferredLanguage"]),
      title: text(user["jobTitle"]),
      [DEPARTMENT]: text(user["department"]),
      [EMPLOYEE_NUMBER]: text(user["employeeId"]),
      userName: needed(text(user["userPrincipalName"])),
    },
    onCreate: {},
    active: truth(user["accountEnabled"]),
    references: { [MANAGER]: text(user["manager"]) },
    problems: [],
  });

const okta =
  (text: typeof clean): Plain =>
  (user) => ({
    attributes: {
      'addresses[type eq "work"].country': text(user["countryCode"]),
      'addresses[type eq "work"].formatted': text(user["postalAddress"], true),
      'addresses[type eq "work"].locality': text(user["city"]),
      'addresses[type eq "work"].postalCode': text(user["zipCode"]),
      'addresses[type eq "work"].region': text(user["state"]),
      'addresses[type eq "work"].streetAddress': text(user["streetAddress"], true),
      displayName: text(
        asIs(user["displayName"]) ?? joined(user["firstName"], user["lastName"]) ?? user["login"],
      ),
      'emails[type eq "work"].value': text(user["email"]),
      externalId: text(user["id"]),
      "name.familyName": text(user["lastName"]),
      "name.formatted": text(joined(user["firstName"], user["lastName"]), true),
      "name.givenName": text(user["firstName"]),
      'phoneNumbers[type eq "fax"].value': text(user["faxNumber"]),
      'phoneNumbers[type eq "mobile"].value': text(user["mobilePhone"]),
      'phoneNumbers[type eq "work"].value': text(user["primaryPhone"]),
      preferredLanguage: text(user["preferredLanguage"]),
      title: text(user["title"]),
      [DEPARTMENT]: text(user["department"]),
      [EMPLOYEE_NUMBER]: text(user["employeeNumber"]),
      userName: needed(text(user["login"])),
    },
    onCreate: {},
    active: truth(user["accountEnabled"]),
    references: { [MANAGER]: text(user["managerUser"]) },
    problems: [],
  });

const activeDirectory =
  (text: typeof clean): Plain =>
  (user) => ({
    attributes: {
      'addresses[type eq "work"].country': text(user["c"]),
      'addresses[type eq "work"].formatted': text(user["physicalDeliveryOfficeName"], true),
      'addresses[type eq "work"].locality': text(user["l"]),
      'addresses[type eq "work"].postalCode': text(user["postalCode"]),
      'addresses[type eq "work"].region': text(user["st"]),
      'addresses[type eq "work"].streetAddress': text(user["streetAddress"], true),
      displayName: text(asIs(user["displayName"]) ?? asIs(user["cn"]) ?? user["sAMAccountName"]),
      'emails[type eq "work"].value': text(user["mail"]),
      externalId: text(user["objectGUID"]),
      "name.familyName": text(user["sn"]),
      "name.formatted": text(joined(user["givenName"], user["sn"]), true),
      "name.givenName": text(user["givenName"]),
      'phoneNumbers[type eq "fax"].value': text(user["facsimileTelephoneNumber"]),
      'phoneNumbers[type eq "mobile"].value': text(user["mobile"]),
      'phoneNumbers[type eq "work"].value': text(user["telephoneNumber"]),
      preferredLanguage: text(user["preferredLanguage"]),
      title: text(user["title"]),
      [DEPARTMENT]: text(user["department"]),
      [EMPLOYEE_NUMBER]: text(asIs(user["employeeID"]) ?? user["employeeNumber"]),
      userName: needed(text(asIs(user["userPrincipalName"]) ?? user["sAMAccountName"])),
    },
    onCreate: {},
    active: truth(user["accountEnabled"]),
    references: { [MANAGER]: text(user["manager"]) },
    problems: [],
  });

export const plain: Readonly<Record<string, Plain>> = {
  entra: entra(clean),
  okta: okta(clean),
  "active-directory": activeDirectory(clean),
};

export const bare: Readonly<Record<string, Plain>> = {
  entra: entra(asIs),
  okta: okta(asIs),
  "active-directory": activeDirectory(asIs),
};
