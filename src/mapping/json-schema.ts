/** The JSON Schema of mapping files, for completion and hover in editors: from the same definition that checks them. */
import { z } from "../zod.ts";
import { mappingFile } from "./schema.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

/** Draft 7, which editors understand best. Rows may aim at any SCIM path; the usual ones are offered by name (RFC 7643 4.1 to 4.3). */
export function mappingJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(mappingFile, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
  }) as JsonSchema;
  const { properties, ...rest } = schema;
  const sections = properties as Readonly<Record<string, JsonSchema>>;
  return {
    ...rest,
    title: "Rollcall mapping",
    properties: {
      ...sections,
      users: withPaths(sections["users"] ?? {}, userPaths),
      groups: withPaths(sections["groups"] ?? {}, groupPaths),
    },
  };
}

function withPaths(section: JsonSchema, paths: Readonly<Record<string, string>>): JsonSchema {
  const properties = section["properties"] as Readonly<Record<string, JsonSchema>>;
  const { attributes = {} } = properties;
  const row = attributes["additionalProperties"] as JsonSchema;
  const named = Object.entries(paths).map(([path, description]) => [path, { ...row, description }]);
  return {
    ...section,
    properties: { ...properties, attributes: { ...attributes, properties: Object.fromEntries(named) } },
  };
}

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const userPaths: Readonly<Record<string, string>> = {
  userName:
    "What the person logs in with at the target; unique there, without regard to case. Every account needs one.",
  externalId: "The id of the person in the directory; it never changes. Accounts are found by it first.",
  active: "true or false: whether the person may log in. Without this row everybody in the scope is active.",
  displayName: "The name as the target shows it.",
  "name.givenName": "First name.",
  "name.familyName": "Last name.",
  "name.middleName": "Middle name.",
  "name.formatted": "The whole name, as it is printed.",
  "name.honorificPrefix": "Title before the name, such as Dr.",
  "name.honorificSuffix": "Behind the name, such as III.",
  nickName: "What the person is called.",
  profileUrl: "Address of a page about the person.",
  title: "Job title.",
  userType: "What the person is to the organisation, such as Employee or Contractor.",
  preferredLanguage: "Language to speak to the person in, such as en-GB.",
  locale: "How numbers and dates are written for the person, such as en-GB.",
  timezone: "Time zone, such as Europe/London.",
  'emails[type eq "work"].value': "E-mail address at work; the primary one.",
  'emails[type eq "home"].value': "E-mail address at home.",
  'phoneNumbers[type eq "work"].value': "Telephone at work.",
  'phoneNumbers[type eq "mobile"].value': "Mobile telephone.",
  'phoneNumbers[type eq "fax"].value': "Fax.",
  'addresses[type eq "work"].streetAddress': "Street of the place of work.",
  'addresses[type eq "work"].locality': "Town of the place of work.",
  'addresses[type eq "work"].region': "State or region of the place of work.",
  'addresses[type eq "work"].postalCode': "Postal code of the place of work.",
  'addresses[type eq "work"].country': "Country of the place of work, two letters (ISO 3166-1).",
  [`${enterprise}:employeeNumber`]: "Number of the person at the employer.",
  [`${enterprise}:department`]: "Department.",
  [`${enterprise}:division`]: "Division.",
  [`${enterprise}:organization`]: "Organisation.",
  [`${enterprise}:costCenter`]: "Cost centre.",
  [`${enterprise}:manager`]: "The person's manager: a reference, such as user.manager.",
};

const groupPaths: Readonly<Record<string, string>> = {
  displayName: "What the group is called at the target. Every group needs one.",
  externalId: "The id of the group in the directory; it never changes. Groups are found by it first.",
};
