import { beforeAll, expect, test } from "vitest";
import { type CompiledMapping, compileMapping } from "../../../src/mapping/compile.ts";
import { runMappingTests } from "../../../src/mapping/mapping-tests.ts";
import { definition } from "../../../src/sources/entra/index.ts";

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
let mapping: CompiledMapping;
beforeAll(async () => {
  mapping = await compileMapping({ definition, scope: { include: [] } });
});

const person = {
  id: "87d349ed-44d7-43e1-9a83-5f2406dee5bd",
  userPrincipalName: "ann.lee@contoso.example",
  accountEnabled: true,
  displayName: "Ann Lee",
  givenName: "Ann",
  surname: "Lee",
  jobTitle: "Engineer",
  preferredLanguage: "en-IE",
  mail: "ann@example.com",
  businessPhones: ["+353 1"],
  mobilePhone: "+353 8",
  faxNumber: "+353 9",
  officeLocation: "D2",
  streetAddress: "Main St 1",
  city: "Dublin",
  state: "Leinster",
  postalCode: "D02",
  country: "Ireland",
  employeeId: "E1",
  department: "IT",
  manager: "7a7e1e9f-93a4-4c2c-8a35-0f7b1c9e2d55",
};

test("the default mapping gives every attribute of a person", () => {
  expect(mapping.evaluate("user", person)).toEqual({
    attributes: {
      externalId: person.id,
      userName: "ann.lee@contoso.example",
      displayName: "Ann Lee",
      "name.givenName": "Ann",
      "name.familyName": "Lee",
      "name.formatted": "Ann Lee",
      title: "Engineer",
      preferredLanguage: "en-IE",
      'emails[type eq "work"].value': "ann@example.com",
      'phoneNumbers[type eq "work"].value': "+353 1",
      'phoneNumbers[type eq "mobile"].value': "+353 8",
      'phoneNumbers[type eq "fax"].value': "+353 9",
      'addresses[type eq "work"].formatted': "D2",
      'addresses[type eq "work"].streetAddress': "Main St 1",
      'addresses[type eq "work"].locality': "Dublin",
      'addresses[type eq "work"].region': "Leinster",
      'addresses[type eq "work"].postalCode': "D02",
      'addresses[type eq "work"].country': "Ireland",
      [`${ENTERPRISE}:employeeNumber`]: "E1",
      [`${ENTERPRISE}:department`]: "IT",
    },
    onCreate: {},
    active: true,
    references: { [`${ENTERPRISE}:manager`]: person.manager },
    problems: [],
  });
});

test("the default mapping has twenty-two rows for people and two for groups, whose members need none", () => {
  expect(mapping.rows("user")).toHaveLength(22);
  expect(mapping.rows("group").map(({ path }) => path)).toEqual(["displayName", "externalId"]);
  expect(mapping.match).toEqual({ user: ["externalId", "userName"], group: ["externalId", "displayName"] });
});

test("the default mapping reads only what is offered by name, and its own tests pass", () => {
  const unknown = mapping.reads.user.filter((name) => !Object.hasOwn(definition.attributes.user, name));
  expect(unknown).toEqual([]);
  const results = runMappingTests(mapping, mapping.tests);
  expect(results.length).toBe(3);
  expect(results.filter(({ passed }) => !passed)).toEqual([]);
});

test("a scope rule may let in only those who have a licence", async () => {
  const users = { text: "has(user.assignedLicenses)", where: "c.yaml:1:2" };
  const { scope, reads } = await compileMapping({ definition, scope: { users, include: [] } });
  expect(reads.user).toContain("assignedLicenses");
  expect(scope("user", person).inScope).toBe(false);
  const assignedLicenses = [{ skuId: "6fd2c87f-b296-42f0-b197-1e91e994b900", disabledPlans: [] }];
  expect(scope("user", { ...person, assignedLicenses }).inScope).toBe(true);
});
