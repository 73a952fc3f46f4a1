import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { attributeRow } from "../../src/commands/from-entra/attribute-row.ts";
import { FUNCTIONS } from "../../src/commands/from-entra/functions.ts";
import { parseExport } from "../../src/commands/from-entra/read-export.ts";
import { filterRule } from "../../src/commands/from-entra/scope.ts";
import { languageOf } from "../../src/mapping/compile.ts";
import { definition } from "../../src/sources/entra/index.ts";
import { DOCUMENTED } from "../commands/from-entra/documented.ts";
import { DEFAULT_GROUP_ROWS, DEFAULT_ROWS, exported } from "../commands/from-entra/export.ts";
import { checkTable, code, table } from "./tables.ts";
import { Transcript, WallClock } from "./transcript.ts";

const file = new URL("../../docs/from-entra.md", import.meta.url);
const language = languageOf({ definition }, "user");
const place = "urn:ietf:params:scim:schemas:extension:example:2.0:User:value";

/** Not among the documented examples, because there is nothing to compute, or only Entra can. */
const MORE = [
  "Len([displayName])",
  "Trim([displayName])",
  ...["AppRoleAssignmentsComplex", "AssertiveAppRoleAssignmentsComplex", "SingleAppRoleAssignment"].map(
    (name) => `${name}([appRoleAssignments])`,
  ),
  "DefaultDomain()",
  'Error("no name")',
];

function imported(expression: string) {
  const { synchronizationRules } = parseExport(
    JSON.stringify(exported({ rows: [{ target: place, from: expression }] })),
    "schema.json",
  );
  const [mapping] = synchronizationRules[0]?.objectMappings[0]?.attributeMappings ?? [];
  const row = mapping && attributeRow(mapping, language, "here");
  if (row === undefined) throw new Error(`nothing came of ${expression}`);
  return row;
}

/** The shortest documented example of each function, by the name that it begins with. */
function examples(): readonly string[] {
  const all = [...DOCUMENTED.map(({ expression }) => expression), ...MORE];
  return Object.keys(FUNCTIONS)
    .toSorted()
    .map((name) => {
      const own = all.filter((each) => each.startsWith(`${name}(`)).toSorted((a, b) => a.length - b.length);
      if (own[0] === undefined) throw new Error(`there is no example of ${name}`);
      return own[0];
    });
}

test("docs/from-entra.md says what each function becomes, and what has no counterpart", () => {
  const rows = examples().map((expression) => ({ expression, row: imported(expression) }));
  const translated = rows.filter(({ row }) => row.spec !== undefined);
  const shown = translated.map(({ expression, row: { spec } }) => {
    const value = code(spec?.value ?? "");
    return [code(expression), spec?.write === "always" ? value : `${value}, \`write: ${spec?.write}\``];
  });
  checkTable(file, "functions", table(["in Entra", "here"], shown));
  const lost = rows.flatMap(({ expression, row }) =>
    row.spec === undefined ? [[code(expression), row.notes[0]?.message ?? ""]] : [],
  );
  checkTable(file, "lost", table(["in Entra", "why, and what to do"], lost));
  expect(translated.length + lost.length).toBe(Object.keys(FUNCTIONS).length);
});

const CLAUSES: readonly (readonly [operator: string, attribute: string, value?: string])[] = [
  ["EQUALS", "department", "Sales"],
  ["NOT EQUALS", "department", "Sales"],
  ["IS NULL", "jobTitle"],
  ["IS NOT NULL", "jobTitle"],
  ["IS TRUE", "accountEnabled"],
  ["IS FALSE", "accountEnabled"],
  ["REGEX MATCH", "userPrincipalName", ".*@contoso.com"],
  ["NOT REGEX MATCH", "userPrincipalName", ".*@contoso.com"],
  ["Greater_Than", "employeeId", "1000000"],
  ["Greater_Than_OR_EQUALS", "employeeId", "1000000"],
  ["Includes", "jobTitle", "Engineer"],
  ["ENDS_WITH", "mail", "@contoso.com"],
  ["&", "state", "NSW,QLD,SA"],
  ["!&", "state", "NSW,QLD,SA"],
];

test("docs/from-entra.md says what each operator becomes", () => {
  const rows = CLAUSES.map(([operator, attribute, value]) => {
    const values = value === undefined ? [] : [value];
    const filters = [{ name: "", clauses: [{ attribute, operator, values }] }];
    const { synchronizationRules } = parseExport(
      JSON.stringify(exported({ rows: [], filters })),
      "schema.json",
    );
    const [group] = synchronizationRules[0]?.objectMappings[0]?.scope?.groups ?? [];
    if (group === undefined) throw new Error("no filter");
    const { rule, lost } = filterRule(group, { language, differs: () => {}, onceOnly: () => {} });
    expect(lost).toEqual([]);
    return [code([attribute, operator, ...values].join(" ")), code(rule)];
  });
  checkTable(file, "operators", table(["clause in Entra", "rule here"], rows));
});

test("docs/from-entra.md shows what the command says", async () => {
  await using typed = new Transcript("from-entra", new WallClock(Date.UTC(2026, 10, 23, 9)));
  const roles = {
    target: 'roles[primary eq "True"].value',
    from: "SingleAppRoleAssignment([appRoleAssignments])",
  };
  const filters = [
    { name: "Sales", clauses: [{ attribute: "department", operator: "EQUALS", values: ["Sales"] }] },
  ];
  const schema = exported(
    { rows: [...DEFAULT_ROWS, roles], filters, flowTypes: "Add,Update" },
    { rows: DEFAULT_GROUP_ROWS, flowTypes: "Add,Update" },
  );
  writeFileSync(join(typed.folder, "schema.json"), JSON.stringify(schema));
  const code = await typed.type([
    ...[
      "init",
      "--from-entra",
      join(typed.folder, "schema.json"),
      "--assigned",
      "0f6b2a51-9f0e-4f0a-8a53-0d7c1f1b9c11",
    ],
    ...[
      "--tenant-id",
      "8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33",
      "--client-id",
      "1c2b7e54-0f8d-4a61-b3c9-52d6a7e8f901",
    ],
    ...[
      "--client-secret-file",
      join(typed.folder, "entra-secret"),
      "--scim-url",
      "https://app.example.com/scim/v2",
      "--scim-token-file",
      join(typed.folder, "app-token"),
    ],
  ]);
  expect(code).toBe(0);
  checkTable(file, "transcript", typed.text.trimEnd());
});
