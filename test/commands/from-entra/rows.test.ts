import { describe, expect, test } from "vitest";
import { attributeRow } from "../../../src/commands/from-entra/attribute-row.ts";
import { parseExport } from "../../../src/commands/from-entra/read-export.ts";
import { languageOf } from "../../../src/mapping/compile.ts";
import { definition } from "../../../src/sources/entra/index.ts";
import { DEFAULT_GROUP_ROWS, DEFAULT_ROWS, exported, type Mapping } from "./export.ts";
import { APPLICATION, Office } from "./office.ts";

const ann = {
  id: "87d349ed-44d7-43e1-9a83-5f2406dee5bd",
  userPrincipalName: "ann.lee@contoso.example",
  mailNickname: "annl",
  accountEnabled: true,
  displayName: "Ann Lee",
  givenName: "Ann",
  surname: "Lee",
  mail: "ann.lee@example.com",
  businessPhones: ["+353 1 555 0100"],
  mobilePhone: "+353 87 555 0101",
  faxNumber: "+353 1 555 0102",
  officeLocation: "D2",
  employeeId: "E-1024",
  manager: "7a7e1e9f-93a4-4c2c-8a35-0f7b1c9e2d55",
};

/** The mapping that comes of the default rows and these. */
async function taken(rows: readonly Mapping[], others: readonly Mapping[] = DEFAULT_ROWS) {
  using office = new Office();
  const names = rows.map(({ target }) => target);
  const kept = others.filter(({ target }) => !names.includes(target));
  const result = await office.take(exported({ rows: [...kept, ...rows] }));
  expect(result).toMatchObject({ code: 0, err: "" });
  expect(await office.run(["validate"])).toMatchObject({ code: 0 });
  return { ...result, mapping: await office.compiled(), text: office.mapping, config: office.config };
}

const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const EXTENSION = "extension_53c9e2c0aaaabbbbccccddddeeeeffff_costCenter";
const language = languageOf({ definition }, "user");

function rowOf(row: Mapping) {
  const { synchronizationRules } = parseExport(JSON.stringify(exported({ rows: [row] })), "schema.json");
  const [mapping] = synchronizationRules[0]?.objectMappings[0]?.attributeMappings ?? [];
  return mapping && attributeRow(mapping, language, "here");
}

describe("rows", () => {
  test("the mapping that Entra gives a SCIM application is taken over as it is", async () => {
    const { mapping, out, config } = await taken([]);
    expect(out).not.toContain("not taken over");
    expect(config).not.toContain("dry-run");
    expect(mapping.match.user).toEqual(["userName"]);
    const { attributes, active, references, problems } = mapping.evaluate("user", ann);
    expect({ active, problems, manager: references[`${enterprise}:manager`] }).toEqual({
      active: true,
      problems: [],
      manager: ann.manager,
    });
    expect(attributes).toMatchObject({
      userName: "ann.lee@contoso.example",
      externalId: "annl",
      "name.formatted": "Ann Lee",
      'emails[type eq "work"].value': "ann.lee@example.com",
      'phoneNumbers[type eq "work"].value': "+353 1 555 0100",
      'phoneNumbers[type eq "mobile"].value': "+353 87 555 0101",
      'phoneNumbers[type eq "fax"].value': "+353 1 555 0102",
      'addresses[type eq "work"].formatted': "D2",
      [`${enterprise}:employeeNumber`]: "E-1024",
      title: null,
    });
    expect(mapping.evaluate("user", { ...ann, accountEnabled: false }).active).toBe(false);
  });

  test("an externalId that is not the object id is kept, and pointed out", async () => {
    const { out, text } = await taken([]);
    expect(out).toMatch(/externalId {2}\[mailNickname\]\n +kept as it is in Entra/);
    expect(text).toContain("# ! kept as it is in Entra, so that the accounts there are recognised");
    const own = await taken([{ target: "externalId", from: "[objectId]" }]);
    expect(own.out).not.toContain("externalId");
    expect(own.mapping.evaluate("user", ann).attributes["externalId"]).toBe(ann.id);
  });

  test("matching attributes are asked in the order of their precedence", async () => {
    const { mapping } = await taken([
      { target: "userName", from: "[userPrincipalName]", priority: 3 },
      { target: "externalId", from: "[objectId]", priority: 1 },
      { target: 'emails[type eq "work"].value', from: "ToLower([mail])", priority: 2 },
    ]);
    expect(mapping.match.user).toEqual(["externalId", 'emails[type eq "work"].value', "userName"]);
  });

  test("what cannot be matched by is named, and userName stands in", async () => {
    const { mapping, out } = await taken([
      { target: "userName", from: "[userPrincipalName]" },
      { target: "nickName", from: "SingleAppRoleAssignment([appRoleAssignments])", priority: 1 },
    ]);
    expect(mapping.match.user).toEqual(["userName"]);
    expect(out).toContain("users.match  match by nickName, precedence 1");
  });

  test.each([
    [
      { target: "nickName", from: "[mailNickname]", priority: 1, flowType: "ObjectAddOnly" },
      "it is written at creation only",
    ],
    [
      { target: 'emails[type eq "work"].primary', from: "IsPresent([mail])", priority: 1 },
      "accounts cannot be found by",
    ],
  ] satisfies [Mapping, string][])(
    "what the checks of a mapping refuse is named too, and the rest loads: %j",
    async (row, reason) => {
      const { mapping, out } = await taken([row]);
      expect(mapping.match.user).toEqual(["userName"]);
      expect(out).toContain(`users.match  match by ${row.target}`);
      expect(out.replaceAll(/\s+/g, " ")).toContain(reason);
    },
  );

  test("a row that everybody needs and that cannot be translated is replaced by ours, said loudly", async () => {
    const { mapping, out, config } = await taken([
      { target: "userName", from: "SingleAppRoleAssignment([appRoleAssignments])", priority: 1 },
      { target: "active", from: 'Error("x")' },
    ]);
    expect(out.replaceAll(/\s+/g, " ")).toContain(
      "every user needs userName, so this row is Rollcall's own, not Entra's",
    );
    expect(mapping.evaluate("user", ann)).toMatchObject({
      active: true,
      attributes: { userName: ann.userPrincipalName },
    });
    expect(config).toContain("mode: dry-run");
  });

  test("constants, defaults and when they are written", async () => {
    const { mapping, text } = await taken([
      { target: "userType", from: '"Employee"' },
      { target: "locale", from: '"en_US"', flowType: "ObjectAddOnly" },
      { target: "timezone", from: null, byDefault: "America/Los_Angeles" },
      { target: "title", from: "[jobTitle]", byDefault: 'The "Boss": #1' },
      { target: 'emails[type eq "work"].primary', from: '"True"' },
      { target: "nickName", from: null },
    ]);
    const mapped = mapping.evaluate("user", ann);
    expect(mapped.attributes).toMatchObject({
      userType: "Employee",
      title: 'The "Boss": #1',
      'emails[type eq "work"].primary': true,
    });
    expect(mapped.onCreate).toEqual({ locale: "en_US", timezone: "America/Los_Angeles" });
    expect(mapped.attributes).not.toHaveProperty("nickName");
    expect(text).not.toContain("nickName");
  });

  test.each([
    ["AttributeAddOnly", "onCreate", "where the target has no value"],
    ["ValueAddOnly", "always", "only adds here (ValueAddOnly)"],
    ["MultiValueAddOnly", "always", "only adds here (MultiValueAddOnly)"],
  ])("%s becomes write: %s with a word", async (flowType, write, word) => {
    const { mapping, out } = await taken([{ target: "title", from: "[jobTitle]", flowType }]);
    expect(mapping.rows("user").find(({ path }) => path === "title")?.write).toBe(write);
    expect(out.replaceAll(/\s+/g, " ")).toContain(word);
  });

  test("what is new each time is given once, when the account is made", async () => {
    const { mapping, out } = await taken([{ target: "nickName", from: "Guid()" }]);
    expect(mapping.rows("user").find(({ path }) => path === "nickName")?.write).toBe("onCreate");
    expect(out).toContain("the value is a new one each time");
  });

  test("a default of a truth value or a list is one, and one that cannot be is left out alone", () => {
    expect(rowOf({ target: "active", from: "Not([IsSoftDeleted])", byDefault: "True" })?.spec).toMatchObject({
      value: "user.accountEnabled",
      ifEmpty: "true",
    });
    expect(rowOf({ target: "roles", from: "[otherMails]", byDefault: "Staff" })?.spec).toMatchObject({
      ifEmpty: '["Staff"]',
    });
    const manager = rowOf({ target: `${enterprise}:manager`, from: "[manager]", byDefault: "boss" });
    expect(manager).toMatchObject({ spec: { value: "user.manager" }, notes: [{ type: "lost" }] });
    expect(manager?.notes[0]?.message).toBe(
      'the default "boss" is left out: a reference to a person cannot be constant',
    );
    expect(rowOf({ target: "active", from: null, byDefault: "maybe" })?.spec).toBeUndefined();
  });

  test("IgnoreFlowIfNullOrEmpty leaves the target alone where there is nothing", async () => {
    const { mapping } = await taken([{ target: "title", from: "IgnoreFlowIfNullOrEmpty([jobTitle])" }]);
    expect(mapping.evaluate("user", ann).attributes).not.toHaveProperty("title");
    expect(mapping.evaluate("user", { ...ann, jobTitle: "Chef" }).attributes["title"]).toBe("Chef");
  });

  test.each([
    [{ target: "active", from: "Not([IsSoftDeleted])" }, "user.accountEnabled"],
    [
      { target: "active", from: 'IIF([accountEnabled]="True","True","False")' },
      "user.accountEnabled == true",
    ],
    [{ target: "title", from: "[employeeHireDate]" }, "string(user.employeeHireDate)"],
    [{ target: "title", from: "[dirSyncEnabled]" }, 'user.onPremisesSyncEnabled ? "True" : "False"'],
    [{ target: "title", from: "BitAnd(6, 3)" }, "string(bitAnd(6, 3))"],
    [{ target: "title", from: `[${EXTENSION}]` }, `user.${EXTENSION}`],
    [
      { target: "title", from: "[onPremisesExtensionAttributes.extensionAttribute3]" },
      "user.extensionAttribute3",
    ],
    [{ target: "title", from: "[ObjectID]" }, "user.id"],
    [{ target: 'emails[type eq "other"].value', from: "[otherMails]" }, "first(user.otherMails)"],
    [{ target: "roles", from: 'Split([extensionAttribute1], ",")' }, 'split(user.extensionAttribute1, ",")'],
    [{ target: "roles", from: '"Staff"' }, '["Staff"]'],
    [
      { target: "title", from: 'Switch([dirSyncEnabled], "cloud", "True", "both", "False", "off")' },
      'user.onPremisesSyncEnabled == null ? "cloud" : (user.onPremisesSyncEnabled ? "both" : "off")',
    ],
  ] satisfies [Mapping, string][])("%j becomes %s", (row, expected) => {
    expect(rowOf(row)?.spec?.value).toBe(expected);
  });

  test("a filter by a truth value is one of ours", () => {
    expect(rowOf({ target: 'roles[primary eq "True"].value', from: '"Staff"' })).toMatchObject({
      path: "roles[primary eq true].value",
      spec: { constant: "Staff" },
    });
  });

  test.each([
    [{ target: "ProfileName", from: "[mail]" }, 'a user has no attribute "ProfileName"'],
    [{ target: "id", from: "[objectId]" }, '"id" is given by the target'],
    [{ target: "password", from: "[passwordProfile]" }, "passwords"],
    [{ target: "addresses", from: 'Split([extensionAttribute1], ",")' }, '"addresses" holds several values'],
    [{ target: "title", from: "[shoeSize]" }, "[shoeSize]: Microsoft Graph has no attribute of this name"],
    [{ target: "title", from: "[lastPasswordChangeDateTime]" }, "go stale"],
    [{ target: "title", from: "Left([jobTitle])" }, "Left() takes 2 arguments, this one has 1"],
    [{ target: "title", from: "left([jobTitle], 2)" }, "did you mean Left? (case counts)"],
    [{ target: "title", from: "Frobnicate([jobTitle])" }, "Frobnicate() is no function"],
    [{ target: "title", from: 'Left([jobTitle], "two")' }, 'expected a whole number, got "two"'],
    [{ target: "title", from: "Left([jobTitle, 2)" }, "has no closing ]"],
    [{ target: "title", from: 'Append([jobTitle], "x)' }, 'has no closing "'],
    [{ target: "title", from: "Append([jobTitle], x)" }, "the word x means nothing here"],
    [{ target: "title", from: 'Replace([jobTitle], , "(?=x)y", , "z", , )' }, "RE2"],
    [{ target: "title", from: 'Split([jobTitle], ",")' }, "several values stand where one text is expected"],
    [{ target: "title", from: 'Switch([state], "x", "a", "b", "c")' }, "Switch() needs a value for each key"],
    [{ target: "title", from: '""' }, "an empty constant says nothing"],
    [{ target: "active", from: '"yes"' }, 'the constant is "yes"'],
    [{ target: "active", from: "Guid()" }, "cannot be that of active"],
    [{ target: `${enterprise}:manager`, from: "[mail]" }, "a reference to a person"],
    [{ target: "title", from: `${"Trim(".repeat(60)}[jobTitle]${")".repeat(60)}` }, "more than 50 deep"],
    [
      { target: "title", from: `Append([jobTitle], "${"x".repeat(10_000)}")` },
      "longer than 10000 characters",
    ],
  ] satisfies [Mapping, string][])("%j is left out with the reason", (row, reason) => {
    const made = rowOf(row);
    expect(made?.spec).toBeUndefined();
    expect(made?.notes).toMatchObject([{ type: "lost", place: "here" }]);
    expect(made?.notes[0]?.message).toContain(reason);
  });

  test("what is left out stands at its place with the reason, and the rest loads", async () => {
    const lost: Mapping[] = [
      { target: "Username", from: "[mail]" },
      { target: "nickName", from: "Frobnicate([jobTitle])" },
      { target: "profileUrl", from: "Left([jobTitle])" },
    ];
    const { out, text, config } = await taken(lost);
    expect(out).toContain("3 settings of Entra not taken over:");
    expect(text).toContain(
      "    # userName: [mail]\n    # ! not translated: an earlier mapping of the export aims at the same place\n",
    );
    expect(text).toContain(
      "    # profileUrl: Left([jobTitle])\n    # ! not translated: Left() takes 2 arguments, this one has 1\n",
    );
    expect(config).toContain("mode: dry-run");
  });

  test("without a mapping for active nobody is switched off", async () => {
    using office = new Office();
    await office.take(exported({ rows: DEFAULT_ROWS.filter(({ target }) => target !== "active") }));
    expect(office.config).toContain("      whenDisabled: keep\n      whenOutOfScope: keep\n");
    expect(await office.run(["validate"])).toMatchObject({ code: 0 });
  });

  test.each([
    ["Add,Update", []],
    ["Add, Update, Delete", ["policy.deleteAfter: 30d", "policy.groups.removed: delete"]],
    ["Update,Delete", ["Create is switched off"]],
    ["Add", ["Update is switched off"]],
  ])("the switches %s are read", async (flowTypes, words) => {
    using office = new Office();
    const { out } = await office.take(
      exported({ rows: DEFAULT_ROWS, flowTypes }, { rows: DEFAULT_GROUP_ROWS, flowTypes }),
    );
    for (const word of words) expect(out.replaceAll(/\s+/g, " ")).toContain(word);
    if (words.length === 0) expect(out).not.toContain("switched o");
    expect(office.config.includes("dry-run")).toBe(words.some((word) => word.includes("switched off")));
  });

  test("groups are taken over, and their members need no row", async () => {
    using office = new Office();
    await office.take(exported({ rows: DEFAULT_ROWS }, { rows: DEFAULT_GROUP_ROWS }));
    const mapping = await office.compiled();
    expect(mapping.match.group).toEqual(["displayName"]);
    expect(mapping.evaluate("group", { id: "g1", displayName: "Sales" }).attributes).toEqual({
      displayName: "Sales",
      externalId: "g1",
    });
  });

  test("hostile names and values break no file and no screen", async () => {
    using office = new Office();
    const evil = "x\u001b[31m\n  evil: true\u202e # ' \" {{ }} \u0000";
    const rows: Mapping[] = [
      { target: "nickName", from: '"a"', byDefault: evil },
      { target: evil, from: "[mail]" },
      { target: "title", from: `Append([jobTitle], "${evil.replace('"', "")}")` },
      { target: "locale", from: `[${evil}]` },
    ];
    const filters = [
      { name: evil, clauses: [{ attribute: "department", operator: "EQUALS", values: [evil] }] },
    ];
    const { code, out } = await office.take(exported({ rows: [...DEFAULT_ROWS, ...rows], filters }), [
      "--assigned",
      APPLICATION,
    ]);
    expect(code).toBe(0);
    expect(await office.run(["validate"])).toMatchObject({ code: 0 });
    for (const text of [out, office.config, office.mapping]) expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(office.config).not.toMatch(/^ *evil:/m);
    const mapping = await office.compiled();
    expect(mapping.scope("user", { department: evil }).inScope).toBe(true);
  });
});
