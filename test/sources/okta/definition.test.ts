import { describe, expect, test } from "vitest";
import { silent } from "../../../src/log.ts";
import { checkMapping, compileMapping } from "../../../src/mapping/compile.ts";
import { runMappingTests } from "../../../src/mapping/mapping-tests.ts";
import { definition } from "../../../src/sources/okta/index.ts";
import { groupOf, personOf } from "../../../src/sources/okta/read/record.ts";
import { SteppingClock } from "./source-on.ts";

const base = { orgUrl: "https://example.okta.com", token: { env: "T" } };
const problems = (section: object) =>
  definition.settings
    .safeParse(section)
    .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);

describe("settings", () => {
  test("an address and a token are enough", () => {
    expect(definition.settings.parse({ ...base, orgUrl: "https://Example.okta.com/" })).toEqual({
      orgUrl: "https://example.okta.com",
      token: { env: "T" },
      dpop: false,
      rateShare: 0.5,
      fullEvery: 86_400_000,
      overlap: 600_000,
      timeout: 60_000,
      statuses: { staged: "inactive", provisioned: "active" },
      builtInGroups: false,
    });
  });

  test("how often everything is read is for the whole sync, not only for Okta's cursor", () => {
    const section = definition.settings.parse({ ...base, fullEvery: "7d" });
    const select = { user: [], group: [] };
    const source = definition.open(section, {
      name: "okta",
      select,
      log: silent,
      clock: new SteppingClock(),
    });
    expect(source.fullEveryMs).toBe(7 * 86_400_000);
  });

  test.each([
    ["http://example.okta.com", /expected an https URL/],
    ["https://example-admin.okta.com", /leave out -admin/],
    ["https://user:pass@example.okta.com", /without user name and password/],
    ["https://example.okta.com/api/v1", /only the address/],
    ["example.okta.com", /expected a URL/],
  ])("refuses the address %s", (orgUrl, message) => {
    expect(problems({ ...base, orgUrl })?.join()).toMatch(message);
  });

  test.each([
    [{ orgUrl: base.orgUrl }],
    [{ ...base, clientId: "c", privateKey: { env: "K" } }],
    [{ orgUrl: base.orgUrl, clientId: "c" }],
    [{ orgUrl: base.orgUrl, privateKey: { env: "K" } }],
  ])("wants one way of logging in: %j", (section) => {
    expect(problems(section)).toEqual(["token: expected either token, or clientId and privateKey"]);
  });

  test.each(["0%", "101%", "0.5", 50])("refuses the share %s", (rateShare) => {
    expect(problems({ ...base, rateShare })?.join()).toMatch(/expected a percentage/);
  });

  test("a secret in the file itself is refused without being shown", () => {
    expect(problems({ ...base, token: "00literal" })?.join()).not.toContain("00literal");
    expect(problems({ ...base, token: "00literal" })).toHaveLength(1);
  });
});

describe("statuses", () => {
  const usual = { staged: "inactive", provisioned: "active" } as const;
  const verdict = (
    status: string,
    statuses: { staged: "active" | "inactive"; provisioned: "active" | "inactive" },
  ) => {
    const { record } = personOf({ id: "00u1", status }, ["id", "status", "accountEnabled"], statuses);
    return definition.view("user", record, 0).disabled;
  };

  test.each(["ACTIVE", "PASSWORD_EXPIRED", "LOCKED_OUT", "RECOVERY"])("%s is active", (status) => {
    expect(verdict(status, usual)).toBeUndefined();
  });

  test.each(["SUSPENDED", "DEPROVISIONED", "NEVER_HEARD_OF"])("%s is not", (status) => {
    expect(verdict(status, { staged: "active", provisioned: "active" })).toMatch(/\w/);
  });

  test("who is new is what the settings say", () => {
    expect([verdict("STAGED", usual), verdict("PROVISIONED", usual)]).toEqual([
      "not activated in Okta yet",
      undefined,
    ]);
    const other = { staged: "active", provisioned: "inactive" } as const;
    expect([verdict("STAGED", other), verdict("ACTIVATING", other)]).toEqual([undefined, undefined]);
    expect(verdict("PROVISIONED", other)).toBe("has not set up the login in Okta yet");
  });
});

describe("records", () => {
  const usual = { staged: "inactive", provisioned: "active" } as const;

  test("hold what was asked for, from the profile and beside it, and nothing that is empty", () => {
    const raw = {
      id: "00u1",
      status: "ACTIVE",
      type: { id: "oty1" },
      credentials: { password: { value: "secret" } },
      profile: {
        login: "ann",
        custom: ["a", 1],
        id: "spoof",
        status: "spoof",
        title: null,
        email: "a@example.com",
      },
    };
    const names = ["custom", "id", "login", "status", "title", "typeId", "credentials", "toString"];
    expect(personOf(raw, names, usual).record).toEqual({
      custom: ["a", 1],
      id: "00u1",
      login: "ann",
      status: "ACTIVE",
      typeId: "oty1",
    });
  });

  test("of groups hold their profile", () => {
    const raw = { id: "00g1", type: "APP_GROUP", profile: { name: "Sales", dn: "CN=Sales" } };
    expect(groupOf(raw, ["name", "dn", "id", "type"]).record).toEqual({
      ...raw.profile,
      id: "00g1",
      type: "APP_GROUP",
    });
  });

  test("a manager is a reference only where an id of a person stands", () => {
    const manager = (managerId: string) =>
      definition.view("user", { managerId }, 0).attributes["managerUser"];
    expect(manager("00u118oQYT4TBTemp0g4")).toBe("00u118oQYT4TBTemp0g4");
    expect(["4711", "bo@example.com", "00g118oQYT4TBTemp0g4", ""].map(manager)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe("the mapping", () => {
  test("that is built in compiles, and its own tests pass", async () => {
    const mapping = await compileMapping({ definition, scope: { include: [] } });
    const results = runMappingTests(mapping, mapping.tests);
    expect(results.length).toBeGreaterThan(2);
    expect(results.filter((each) => !each.passed)).toEqual([]);
    expect(mapping.reads.user).toContain("managerUser");
  });

  test.each(["lastLogin", "lastUpdated", "credentials"])("may not read %s", async (name) => {
    const where = "x.yaml:1:1";
    const users = { text: `user.${name} == "x"`, where };
    const found = await checkMapping({ definition, scope: { users, include: [] } });
    expect(JSON.stringify(found)).toMatch(/never read|without telling/);
  });
});
