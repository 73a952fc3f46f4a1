import { beforeAll, describe, expect, test } from "vitest";
import { type CompiledMapping, compileMapping } from "../../src/mapping/compile.ts";
import { definition } from "../../src/sources/active-directory/index.ts";

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
let mapping: CompiledMapping;
beforeAll(async () => {
  mapping = await compileMapping({ definition, scope: { include: [] } });
});

const person = {
  objectGUID: "0d4a8cf2-6b0b-4d0a-9d6b-2f1f5a0f9c11",
  userPrincipalName: "Ann.Lee@corp.example",
  sAMAccountName: "ann",
  cn: "Ann Lee (IT)",
  displayName: "Ann Lee",
  accountEnabled: true,
  givenName: "Ann",
  sn: "Lee",
  title: "Engineer",
  mail: "ann@example.com",
  preferredLanguage: "en-IE",
  physicalDeliveryOfficeName: "D2",
  streetAddress: "Main St 1\r\nUnit 2",
  l: "Dublin",
  st: "Leinster",
  postalCode: "D02",
  co: "Ireland",
  c: "IE",
  telephoneNumber: "+353 1",
  mobile: "+353 8",
  facsimileTelephoneNumber: "+353 9",
  employeeID: "E1",
  department: "IT",
  manager: "7a7e1e9f-93a4-4c2c-8a35-0f7b1c9e2d55",
};

describe("the default mapping of Active Directory", () => {
  test("gives every attribute of a person", () => {
    expect(mapping.evaluate("user", person)).toEqual({
      attributes: {
        'addresses[type eq "work"].country': "IE",
        'addresses[type eq "work"].formatted': "D2",
        'addresses[type eq "work"].locality': "Dublin",
        'addresses[type eq "work"].postalCode': "D02",
        'addresses[type eq "work"].region': "Leinster",
        'addresses[type eq "work"].streetAddress': "Main St 1\nUnit 2",
        displayName: "Ann Lee",
        'emails[type eq "work"].value': "ann@example.com",
        externalId: person.objectGUID,
        "name.familyName": "Lee",
        "name.formatted": "Ann Lee",
        "name.givenName": "Ann",
        'phoneNumbers[type eq "fax"].value': "+353 9",
        'phoneNumbers[type eq "mobile"].value': "+353 8",
        'phoneNumbers[type eq "work"].value': "+353 1",
        preferredLanguage: "en-IE",
        title: "Engineer",
        [`${ENTERPRISE}:department`]: "IT",
        [`${ENTERPRISE}:employeeNumber`]: "E1",
        userName: "Ann.Lee@corp.example",
      },
      onCreate: {},
      active: true,
      references: { [`${ENTERPRISE}:manager`]: person.manager },
      problems: [],
    });
  });

  test("falls back where an account has little", () => {
    const { attributes, active, problems } = mapping.evaluate("user", {
      objectGUID: "x",
      sAMAccountName: "svc",
      cn: "Service",
      accountEnabled: false,
    });
    expect(attributes).toMatchObject({ userName: "svc", displayName: "Service", "name.formatted": null });
    expect({ active, problems }).toEqual({ active: false, problems: [] });
  });

  test("gives groups a name and the immutable id", () => {
    expect(mapping.evaluate("group", { objectGUID: "g", cn: "app-sales" }).attributes).toEqual({
      displayName: "app-sales",
      externalId: "g",
    });
    expect(mapping.match).toEqual({ user: ["externalId", "userName"], group: ["externalId", "displayName"] });
  });

  test("reads only what Active Directory offers by name", () => {
    expect(mapping.reads.user.filter((name) => !Object.hasOwn(definition.attributes.user, name))).toEqual([]);
    expect(mapping.reads.group.filter((name) => !Object.hasOwn(definition.attributes.group, name))).toEqual(
      [],
    );
  });
});
