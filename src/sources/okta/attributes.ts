/** What an Okta organisation offers to a mapping by name. Any other name is taken from the profile, where organisations add their own. */
import type { Kind } from "../../scim/resource.ts";
import type { AttributeInfo } from "../source.ts";

type Table = Readonly<Record<string, AttributeInfo>>;

function strings(table: Readonly<Record<string, string>>): Table {
  return Object.fromEntries(
    Object.entries(table).map(([name, description]) => [name, { type: "string", description }]),
  );
}

/** Beside the profile. A profile's attribute of the same name cannot be reached. */
const base = {
  user: {
    ...strings({
      id: "The immutable id, 00u...",
      status:
        "STAGED, PROVISIONED, ACTIVE, RECOVERY, LOCKED_OUT, PASSWORD_EXPIRED, SUSPENDED or DEPROVISIONED",
      typeId: "Id of the user type",
      realmId: "Id of the realm",
    }),
    accountEnabled: {
      type: "boolean",
      description: "False for people whose status bars them from logging in",
    },
    created: { type: "timestamp", description: "When the person was created" },
    activated: { type: "timestamp", description: "When the person was activated" },
  },
  group: {
    ...strings({
      id: "The immutable id, 00g...",
      type: "OKTA_GROUP, APP_GROUP (from a directory or application) or BUILT_IN",
    }),
    created: { type: "timestamp", description: "When the group was created" },
  },
} satisfies Readonly<Record<Kind, Table>>;

export const userAttributes: Table = {
  ...base.user,
  managerUser: {
    type: "reference",
    description: "The person's manager, where managerId holds the id of an Okta user",
    needs: ["managerId"],
  },
  ...strings({
    login: "User name, unique in the organisation",
    email: "Primary e-mail address",
    secondEmail: "Another e-mail address",
    firstName: "First name",
    lastName: "Family name",
    middleName: "Middle name",
    honorificPrefix: "Title before the name",
    honorificSuffix: "Title after the name",
    displayName: "Name shown to others",
    nickName: "Nickname",
    title: "Job title",
    profileUrl: "Web page",
    primaryPhone: "Telephone at work",
    mobilePhone: "Mobile telephone",
    streetAddress: "Street",
    city: "City",
    state: "State or province",
    zipCode: "Postal code",
    countryCode: "Country, two letters (ISO 3166)",
    postalAddress: "Mailing address as one text",
    preferredLanguage: "Language, e.g. en-GB",
    locale: "Locale, e.g. en_GB",
    timezone: "Time zone, e.g. Europe/Dublin",
    userType: "Kind of employment",
    employeeNumber: "Employee number",
    costCenter: "Cost centre",
    organization: "Organisation",
    division: "Division",
    department: "Department",
    managerId: "The manager, as the organisation writes it (an id, a login, a number)",
    manager: "The manager's name",
  }),
};

export const groupAttributes: Table = {
  ...base.group,
  ...strings({ name: "Name of the group", description: "Description" }),
};

/** Where an attribute stands: beside the profile, or in it. */
export function isInProfile(kind: Kind, name: string): boolean {
  const needs: readonly string[] = viewNeeds[kind];
  return !Object.hasOwn(base[kind], name) && !needs.includes(name);
}

/** What `view` reads of a record, so it is always there. */
const viewNeeds = {
  user: ["id", "status", "statusChanged", "accountEnabled"],
  group: ["id", "type"],
} as const satisfies Readonly<Record<Kind, readonly string[]>>;

/** Attributes on the wire that a mapping's attributes stand for, sorted, with what `view` needs. */
export function selectionOf(kind: Kind, select: readonly string[]): readonly string[] {
  const table = kind === "user" ? userAttributes : groupAttributes;
  const names = select.flatMap(
    (name) => (Object.hasOwn(table, name) ? table[name]?.needs : undefined) ?? [name],
  );
  return [...new Set([...names, ...viewNeeds[kind]])].sort();
}

const unreported: Readonly<Record<Kind, readonly string[]>> = {
  user: ["lastLogin", "lastUpdated", "statusChanged", "passwordChanged"],
  group: ["lastUpdated", "lastMembershipUpdated"],
};
const secret: readonly string[] = ["credentials", "password", "recovery_question"];

/** Why a mapping may not read an attribute; undefined when it may. */
export function whyNotRead(kind: Kind, attribute: string): string | undefined {
  if (secret.includes(attribute)) return "it holds a secret and is never read";
  if (unreported[kind].includes(attribute))
    return "it is a date that Okta moves without telling, so its changes would be found by chance";
  return undefined;
}
