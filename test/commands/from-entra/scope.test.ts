import { describe, expect, test } from "vitest";
import { anyOf } from "../../../src/commands/from-entra/object-mapping.ts";
import { parseExport } from "../../../src/commands/from-entra/read-export.ts";
import { filterRule } from "../../../src/commands/from-entra/scope.ts";
import { languageOf } from "../../../src/mapping/compile.ts";
import { compileScope } from "../../../src/mapping/scope.ts";
import type { Json } from "../../../src/scim/resource.ts";
import { definition } from "../../../src/sources/entra/index.ts";
import { type Clause, DEFAULT_GROUP_ROWS, DEFAULT_ROWS, exported } from "./export.ts";
import { APPLICATION, Office } from "./office.ts";

/** What the page says of each operator: https://learn.microsoft.com/entra/identity/app-provisioning/define-conditional-rules-for-provisioning-user-accounts */
const OPERATORS: readonly (readonly [
  operator: string,
  value: string | undefined,
  yes: readonly Json[],
  no: readonly Json[],
])[] = [
  ["EQUALS", "Sales", ["Sales"], ["sales", "Sales EMEA", null, ""]],
  ["NOT EQUALS", "Sales", ["sales", "IT"], ["Sales", null, ""]],
  ["Includes", "ale", ["Sales", "ale"], ["SALES", "IT", null]],
  ["ENDS_WITH", "les", ["Sales", "les"], ["lesson", null]],
  ["&", "Sales,IT", ["Sales", "IT", "ales"], ["sales", "HR", null, ""]],
  ["!&", "Sales,IT", ["HR", "sales"], ["Sales", "IT", null, ""]],
  ["Greater_Than", "1000000", ["1000001", "2000000"], ["1000000", "999", "12 apples", null, ""]],
  ["Greater_Than_OR_EQUALS", "1000000", ["1000000", "1000001"], ["999999", "-5", "x", null]],
  ["REGEX MATCH", "([1-9][0-9])", ["10", "99", "a42"], ["9", "x", null, ""]],
  ["REGEX MATCH", String.raw`.*\@domain.com`, ["ann@domain.com"], ["ann@DOMAIN.com", null]],
  ["NOT REGEX MATCH", String.raw`.*\@domain.com`, ["ann@other.com"], ["ann@domain.com", null, ""]],
  ["IS NULL", undefined, [null, ""], ["x", " "]],
  ["IS NOT NULL", undefined, ["x"], [null, ""]],
];

const language = languageOf({ definition }, "user");

/** What the rule that is made of the filters says of each record. */
function verdicts(
  filters: readonly (readonly Clause[])[],
  records: readonly Readonly<Record<string, Json>>[],
) {
  const { synchronizationRules } = parseExport(
    JSON.stringify(exported({ rows: [], filters: filters.map((clauses) => ({ name: "", clauses })) })),
    "schema.json",
  );
  const groups = synchronizationRules[0]?.objectMappings[0]?.scope?.groups ?? [];
  const rules = groups.map((group) => filterRule(group, { language, differs: () => {}, onceOnly: () => {} }));
  expect(rules.flatMap(({ lost }) => lost)).toEqual([]);
  const rule = compileScope("user", { text: anyOf(rules), where: "rollcall.yaml:1:1" }, language);
  if (!("judge" in rule)) throw new Error(JSON.stringify(rule.mistakes));
  return records.map((record) => {
    const { inScope, problem } = rule.judge(record);
    expect(problem).toBeUndefined();
    return inScope;
  });
}

describe("scoping filters", () => {
  test.each(OPERATORS)("%s %s means the same as in Entra", (operator, value, yes, no) => {
    const clause = { attribute: "extensionAttribute1", operator, values: value === undefined ? [] : [value] };
    const records = [...yes, ...no].map((each) => ({ extensionAttribute1: each }));
    expect(verdicts([[clause]], records)).toEqual([...yes.map(() => true), ...no.map(() => false)]);
  });

  test.each([
    ["IS TRUE", true],
    ["IS FALSE", false],
  ])("%s asks a truth value, and of a text what it says", (operator, meant) => {
    const of = (attribute: string) => [{ attribute, operator }];
    const blocked = [true, false, null].map((accountEnabled) => ({ accountEnabled }));
    expect(verdicts([of("accountEnabled")], blocked)).toEqual([meant, !meant, false]);
    const texts = ["True", "false", "x", null].map((extensionAttribute1) => ({ extensionAttribute1 }));
    expect(verdicts([of("extensionAttribute1")], texts)).toEqual([meant, !meant, false, false]);
  });

  test("EQUALS asks truth values as texts, and several values as any of them", () => {
    const synced = { attribute: "dirSyncEnabled", operator: "EQUALS", values: ["True"] };
    expect(
      verdicts([[synced]], [{ onPremisesSyncEnabled: true }, { onPremisesSyncEnabled: false }, {}]),
    ).toEqual([true, false, false]);
    const any = { attribute: "department", operator: "EQUALS", values: ["Sales", "IT"] };
    expect(verdicts([[any]], [{ department: "IT" }, { department: "HR" }, {}])).toEqual([true, false, false]);
    const none = { ...any, operator: "NOT EQUALS" };
    expect(verdicts([[none]], [{ department: "IT" }, { department: "HR" }, {}])).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("clauses of a filter must all hold, of several filters one is enough", async () => {
    const is = (attribute: string, value: string) => ({ attribute, operator: "EQUALS", values: [value] });
    const filters = [
      [
        is("state", "New York"),
        is("department", "Engineering"),
        { attribute: "jobTitle", operator: "IS NOT NULL" },
      ],
      [is("country", "Ireland"), { attribute: "employeeId", operator: "Greater_Than", values: ["1000000"] }],
    ];
    const engineer = { state: "New York", department: "Engineering", jobTitle: "Chief" };
    const records = [
      engineer,
      { ...engineer, jobTitle: null },
      { country: "Ireland", employeeId: "1000001" },
      { country: "Ireland" },
    ];
    const expected = [true, false, true, false];
    expect(verdicts(filters, records)).toEqual(expected);
    using office = new Office();
    const named = filters.map((clauses, at) => ({ name: `filter ${at}`, clauses }));
    await office.take(exported({ rows: DEFAULT_ROWS, filters: named }));
    expect(await office.run(["validate"])).toMatchObject({ code: 0 });
    const mapping = await office.compiled();
    expect(records.map((record) => mapping.scope("user", record).inScope)).toEqual(expected);
  });

  test.each([
    [{ attribute: "department", operator: "IsMemberOf", values: ["g"] }, "scope.assigned.groups"],
    [{ attribute: "department", operator: "SOUNDS_LIKE", values: ["Sails"] }, "SOUNDS_LIKE is no operator"],
    [
      { attribute: "shoeSize", operator: "EQUALS", values: ["44"] },
      "[shoeSize]: Microsoft Graph has no attribute of this name",
    ],
    [{ attribute: "proxyAddresses", operator: "Includes", values: ["x"] }, "several values"],
    [{ attribute: "manager", operator: "IS NULL" }, "a reference"],
    [{ attribute: "department", operator: "EQUALS" }, "no value to compare with"],
    [{ attribute: "employeeId", operator: "Greater_Than", values: ["ten"] }, "expected a whole number"],
    [{ attribute: "department", operator: "REGEX MATCH", values: ["^(?!Sales)"] }, "look-around"],
  ] satisfies [Clause, string][])(
    "a clause that means nothing here lets nobody in and is named: %j",
    async (clause, word) => {
      using office = new Office();
      const sales = { attribute: "department", operator: "EQUALS", values: ["Sales"] };
      const filters = [{ name: "both", clauses: [sales, clause] }];
      const { code, out } = await office.take(exported({ rows: DEFAULT_ROWS, filters }));
      expect(code).toBe(0);
      expect(out.replaceAll(/\s+/g, " ")).toContain(word);
      expect(office.config.replaceAll(/\s+(# +)?/g, " ")).toContain("In its place stands false");
      expect(office.config).toMatch(/^ {4}mode: dry-run$/m);
      expect((await office.compiled()).scope("user", { department: "Sales" }).inScope).toBe(false);
    },
  );

  test("filters of the input are taken over and said to work differently", async () => {
    using office = new Office();
    const guests = [{ attribute: "companyName", operator: "IS NOT NULL" }];
    const sales = { attribute: "department", operator: "EQUALS", values: ["Sales"] };
    const { out } = await office.take(
      exported({ rows: DEFAULT_ROWS, filters: [{ name: "", clauses: [sales] }], inputFilters: [guests] }),
    );
    expect(out).toContain("inputFilterGroups");
    const mapping = await office.compiled();
    const both = mapping.scope("user", { department: "Sales", companyName: "C" });
    expect([both.inScope, mapping.scope("user", { department: "Sales" }).inScope]).toEqual([true, false]);
  });
});

describe("who is provisioned", () => {
  test("assigned people are those of the application; groups wait until somebody says which", async () => {
    using office = new Office();
    const { out } = await office.take(exported({ rows: DEFAULT_ROWS }, { rows: DEFAULT_GROUP_ROWS }), [
      "--assigned",
      APPLICATION,
    ]);
    expect(office.config).toContain(`      assigned: { app: '${APPLICATION}' }`);
    expect(office.config).toContain("      groups: { push: false }");
    expect(out).toContain("scope.groups  the groups that are assigned to the application");
  });

  test("with a filter of their own, or everybody, groups are pushed", async () => {
    using office = new Office();
    const filters = [
      { name: "app groups", clauses: [{ attribute: "displayName", operator: "Includes", values: ["app-"] }] },
    ];
    await office.take(exported({ rows: DEFAULT_ROWS }, { rows: DEFAULT_GROUP_ROWS, filters }), [
      "--assigned",
      APPLICATION,
    ]);
    expect(office.config).not.toContain("push: false");
    const mapping = await office.compiled();
    expect(
      ["app-sales", "sales"].map((displayName) => mapping.scope("group", { displayName }).inScope),
    ).toEqual([true, false]);
    using other = new Office();
    await other.take(exported({ rows: DEFAULT_ROWS }, { rows: DEFAULT_GROUP_ROWS }));
    expect(other.config).not.toContain("push: false");
    expect(other.config).not.toContain("assigned:");
  });

  test("without a mapping of groups, or with one that is switched off, none are pushed", async () => {
    for (const groups of [undefined, { rows: DEFAULT_GROUP_ROWS, enabled: false }]) {
      using office = new Office();
      await office.take(exported({ rows: DEFAULT_ROWS }, groups));
      expect(office.config).toContain("      groups: { push: false }");
      expect(office.mapping).not.toContain("groups:\n");
    }
  });
});
