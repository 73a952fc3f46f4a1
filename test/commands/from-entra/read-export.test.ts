import { describe, expect, test } from "vitest";
import { DEFAULT_GROUP_ROWS, DEFAULT_ROWS, exported } from "./export.ts";
import { Office } from "./office.ts";

const schema = exported({ rows: DEFAULT_ROWS }, { rows: DEFAULT_GROUP_ROWS });

/** Names with a capital and enumerations as numbers, as .NET objects are written. */
function inPascalCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inPascalCase);
  if (typeof value !== "object" || value === null) return NUMBERS.get(value) ?? value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name.charAt(0).toUpperCase() + name.slice(1),
      inPascalCase(each),
    ]),
  );
}
const NUMBERS = new Map<unknown, unknown>([
  ["Always", 0],
  ["FlowWhenChanged", 0],
  ["Add,Update,Delete", 7],
  ["Attribute", 0],
  ["Constant", 1],
  ["Function", 2],
]);

/** The same without the expressions: only names and parameters. */
function inParts(): unknown {
  const attribute = (name: string) => ({ type: "Attribute", name, expression: null, parameters: [] });
  const constant = (name: string) => ({ type: "Constant", name, parameters: [] });
  const call = (name: string, ...parameters: [key: string, value: unknown][]) => ({
    type: "Function",
    name,
    expression: "",
    parameters: parameters.map(([key, value]) => ({ key, value })),
  });
  const row = (targetAttributeName: string, source: unknown, matchingPriority = 0) => ({
    targetAttributeName,
    source,
    matchingPriority,
  });
  const soft = call(
    "Switch",
    ["source", attribute("IsSoftDeleted")],
    ["key1", constant("False")],
    ["value1", constant("True")],
    ["key2", constant("True")],
    ["value2", constant("False")],
  );
  const rows = [
    row("userType", { type: "constant", expression: '"Staff \\"A\\""' }),
    row("timezone", { type: "Constant", expression: '"UTC' }),
    row("userName", attribute("userPrincipalName"), 1),
    row("active", soft),
    row(
      "title",
      call("Mid", ["source", attribute("jobTitle")], ["start", constant("1")], ["length", constant("3")]),
    ),
    row(
      "locale",
      call(
        "Replace",
        ["source", attribute("preferredLanguage")],
        ["Find", constant("-")],
        ["Replacement", constant("_")],
      ),
    ),
  ];
  return {
    synchronizationRules: [{ objectMappings: [{ sourceObjectName: "User", attributeMappings: rows }] }],
  };
}

describe("the exported file", () => {
  test.each([
    ["as Microsoft Graph answers it", JSON.stringify(schema)],
    ["with names and numbers as .NET writes them", JSON.stringify(inPascalCase(schema))],
    ["inside the template", JSON.stringify({ id: "scim", schema })],
    ["with a byte order mark", `\ufeff${JSON.stringify(schema)}`],
  ])("%s gives one and the same mapping", async (_, text) => {
    using reference = new Office();
    await reference.take(schema);
    using office = new Office();
    expect(await office.take(text)).toMatchObject({ code: 0 });
    expect(office.mapping.split("\n").slice(1)).toEqual(reference.mapping.split("\n").slice(1));
    expect(office.config).toBe(reference.config);
  });

  test("in UTF-16, as Windows PowerShell writes files", async () => {
    using office = new Office();
    const file = office.write("wide.json", Buffer.from(`\ufeff${JSON.stringify(schema)}`, "utf16le"));
    const { code } = await office.run([
      "init",
      "--from-entra",
      file,
      "--assigned",
      "everybody",
      "--tenant-id",
      "8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33",
      "--managed-identity",
      "--target",
      "embedded",
    ]);
    expect(code).toBe(0);
  });

  test("without expressions the parts say the same", async () => {
    using office = new Office();
    expect(await office.take(inParts())).toMatchObject({ code: 0 });
    const mapping = await office.compiled();
    const { attributes, active } = mapping.evaluate("user", {
      userPrincipalName: "a@x",
      accountEnabled: true,
      jobTitle: "Engineer",
      preferredLanguage: "en-GB",
    });
    expect({ ...attributes, active }).toMatchObject({
      title: "Eng",
      locale: "en_GB",
      active: true,
      userType: 'Staff "A"',
      timezone: '"UTC',
    });
  });

  test.each([
    ['{"a": 1,\n  b: 2}', "expected JSON, it stops being JSON at line 2, column 3"],
    ['{"a": [', "expected JSON, it ends in the middle"],
    ['{"a": 1,\n "b": x}', "expected JSON, got something else"],
    ["[]", "expected an object with synchronizationRules, got a list"],
    ["{}", "synchronizationRules: expected a list of synchronization rules, got nothing"],
    ['{"error":{"code":"Forbidden"}}', "this is an error that Microsoft Graph answered"],
    ['{"value":[{"id":"scim.1","templateId":"scim"}]}', "this is the list of provisioning jobs"],
    ['{"appId":"x","displayName":"App"}', "this is the application itself"],
    [
      '{"synchronizationRules":{}}',
      "synchronizationRules: expected a list of synchronization rules, got an object",
    ],
    [
      '{"synchronizationRules":[]}',
      "synchronizationRules: expected at least one synchronization rule, got a list",
    ],
    [
      '{"synchronizationRules":[{"objectMappings":[{"attributeMappings":[{"source":5}]}]}]}',
      "synchronizationRules[0].objectMappings[0].attributeMappings[0].targetAttributeName: expected the name of the target's attribute, got nothing",
    ],
    ['{"synchronizationRules":[{"objectMappings":"System.Object[]"}]}', "ConvertTo-Json -Depth 20"],
    [
      '{"synchronizationRules":[{"objectMappings":[{"sourceObjectName":"User","enabled":false,"attributeMappings":[]}]}]}',
      "no rule of the export writes people of Entra ID into an application",
    ],
    [
      '{"synchronizationRules":[{"sourceDirectoryName":"Active Directory","objectMappings":[]}]}',
      "no rule of the export writes people",
    ],
  ])("%s is no export: the place, what was expected and how to export it are said", async (text, message) => {
    using office = new Office();
    const { code, err } = await office.take(text);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toMatch(/Show advanced options|synchronizationRules\[0\]/);
    expect(office.has("rollcall.yaml") || office.has("mappings")).toBe(false);
  });

  test("what the file holds is not repeated in an error", async () => {
    using office = new Office();
    const { err } = await office.take('{"password": "hunter2 secret');
    expect(err).not.toContain("hunter2");
  });

  test.each([
    ["no.json", "does not exist"],
    [".", "cannot be read"],
  ])("%s cannot be read, and is said so", async (name, message) => {
    using office = new Office();
    const { code, err } = await office.run(["init", "--from-entra", `${office.folder}/${name}`]);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  test("rules that read another directory, and mappings of other objects, are named", async () => {
    using office = new Office();
    const [rule] = schema["synchronizationRules"] as Record<string, unknown>[];
    const foreign = {
      ...rule,
      name: "AD2AAD",
      sourceDirectoryName: "Active Directory",
      targetDirectoryName: "Microsoft Entra ID",
    };
    const devices = {
      ...rule,
      objectMappings: [
        ...((rule?.["objectMappings"] ?? []) as object[]),
        { sourceObjectName: "Device", attributeMappings: [] },
      ],
    };
    const { code, out } = await office.take({ synchronizationRules: [foreign, devices] });
    expect(code).toBe(0);
    expect(out).toContain("the rule reads Active Directory, not Entra ID");
    expect(out).toContain("only users and groups are synchronised, this maps Device");
  });
});

describe("init --from-entra", () => {
  test("nothing that is there is touched, and nothing is left of what could not be finished", async () => {
    using office = new Office();
    await office.take(schema);
    const before = office.mapping;
    expect(await office.take(schema)).toMatchObject({ code: 2 });
    using other = new Office();
    await other.take(schema, ["--assigned", "everybody", "--name", "other"]);
    office.write("rollcall.yaml.bak", "");
    expect(office.mapping).toBe(before);
  });

  test("a mapping file that is there is not touched either", async () => {
    using office = new Office();
    await office.take(schema);
    const { rmSync, writeFileSync } = await import("node:fs");
    rmSync(`${office.folder}/rollcall.yaml`);
    writeFileSync(`${office.folder}/mappings/staff.yaml`, "mine");
    const { code, err } = await office.take(schema);
    expect({ code, mapping: office.mapping }).toEqual({ code: 2, mapping: "mine" });
    expect(err).toContain("staff.yaml is there already and is not touched");
    expect(office.has("rollcall.yaml")).toBe(false);
  });

  test("an answer that cannot be used leaves neither file", async () => {
    using office = new Office();
    const { code, err } = await office.take(schema, [
      "--assigned",
      "everybody",
      "--ca-file",
      "",
      "--cloud",
      "mars",
    ]);
    expect(code).toBe(2);
    expect(err).toContain("--cloud: expected");
    expect([office.has("rollcall.yaml"), office.has("mappings/staff.yaml")]).toEqual([false, false]);
  });

  test.each([
    [
      ["--assigned", "everybody", "--name", "../x"],
      '--name: expected a name of letters, digits, "-" and "_"',
    ],
    [[], "missing: --assigned"],
    [["--assigned", "everybody", "--source", "okta"], "--from-entra is of entra, not of okta"],
  ])("%j is refused", async (flags, sentence) => {
    using office = new Office();
    const { code, err } = await office.take(schema, flags);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
    expect(office.has("rollcall.yaml")).toBe(false);
  });

  test("--assigned alone is refused", async () => {
    using office = new Office();
    expect((await office.run(["init", "--assigned", "everybody"])).err).toContain(
      "--assigned belongs to --from-entra",
    );
  });

  test("it asks on a terminal for what the export does not say", async () => {
    using office = new Office();
    const file = office.write("schema.json", JSON.stringify(schema));
    const answers = [
      "8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33",
      "1c2b7e54-0f8d-4a61-b3c9-52d6a7e8f901",
      "/run/secrets/entra",
      "",
      "https://app.example.com/scim",
      "/run/secrets/app",
      "everybody",
    ];
    expect(await office.run(["init", "--from-entra", file], { answers })).toMatchObject({ code: 0 });
    expect(office.config).toContain('baseUrl: "https://app.example.com/scim"');
  });

  test("--json holds every line as data", async () => {
    using office = new Office();
    const { out } = await office.take(schema, ["--assigned", "everybody", "--json"]);
    const document = JSON.parse(out) as { notes: unknown[] };
    expect(document).toMatchObject({ kind: "Configuration", connection: "staff" });
    expect(document.notes).toContainEqual({
      type: "differs",
      place: "synchronizationRules[0].objectMappings[0].attributeMappings[18]",
      subject: "externalId",
      entra: "[mailNickname]",
      message: expect.stringContaining("user.id, which never changes"),
    });
  });
});
