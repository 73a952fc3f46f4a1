import { describe, expect, test } from "vitest";
import { compileMapping } from "../../src/mapping/compile.ts";
import { compileExpression } from "../../src/mapping/expression.ts";
import type { FunctionEntry } from "../../src/mapping/function-entry.ts";
import { FUNCTIONS, signature } from "../../src/mapping/functions.ts";
import { parser } from "../../src/mapping/tree.ts";
import { toJson } from "../../src/mapping/value.ts";
import type { SourceRecord } from "../../src/sources/source.ts";
import { hrSource } from "../config/registries.ts";
import { closed, evaluate, once } from "../mapping/evaluate.ts";
import { examples, record } from "../mapping/function-examples.ts";
import { elsewhere, entraFunctions, operators, withoutEquivalent } from "./mapping-entra.ts";
import { checkTable, code, table } from "./tables.ts";

const file = new URL("../../docs/mapping.md", import.meta.url);

/** Of functions that take several types, the example of each by hand; the checker knows which is meant, the text does not show it. */
const byHand: Readonly<Record<string, string>> = {
  "string(timestamp) -> string": 'string(timestamp("2026-11-22T08:00:00+01:00"))',
  "string(reference) -> string": "string(user.manager)",
  "bool(int) -> bool": "bool(user.level)",
};

/** The first example that is a call of this very function. */
function exampleOf(entry: FunctionEntry): string | undefined {
  const known = byHand[signature(entry)];
  if (known !== undefined) return known;
  return examples
    .map(([text]) => text)
    .find((text) => {
      const tree = parser.parse(text).ast;
      if (tree.op !== "call" && tree.op !== "rcall") return false;
      const count = tree.op === "call" ? tree.args[1].length : tree.args[2].length + 1;
      const isMethod = tree.op === "rcall";
      return (
        tree.args[0] === entry.name &&
        isMethod === (entry.form === "method") &&
        count >= entry.parameters.length &&
        count <= entry.most
      );
    });
}

const shown = (value: unknown) => (value === null ? "nothing" : code(JSON.stringify(value)));

function functionTable(entries: readonly FunctionEntry[]): string {
  const rows = entries.map((entry) => {
    const example = exampleOf(entry);
    expect(example, `${signature(entry)} has no example`).toBeDefined();
    const result = toJson(evaluate(example ?? "", record, once));
    return [
      code(signature(entry)),
      entry.description.replaceAll("|", "\\|"),
      `${code(example ?? "")} → ${entry.isVolatile ? `e.g. ${shown(result)}` : shown(result)}`,
      entry.entra ?? "",
    ];
  });
  return table(["function", "gives", "example", "in Entra"], rows);
}

const groups: Readonly<Record<string, (entry: FunctionEntry) => boolean>> = {
  "text functions": ({ form, parameters, name }) =>
    form === "function" &&
    parameters[0] === "string" &&
    !/^(re[A-Z]|parse|format|date|join|timestamp)/.test(name),
  "pattern functions": ({ name }) => /^(re[A-Z]|matches)/.test(name),
  "time functions": ({ name, form }) =>
    form === "function" && /^(parseDate|format|date|numFromDate|timestamp)/.test(name),
  "chance functions": ({ isVolatile }) => isVolatile,
  methods: ({ form, name }) => form === "method" && name !== "matches",
};

test("docs/mapping.md lists every function once, with an example that was computed", () => {
  const named = Object.entries(groups).map(([mark, belongs]) => ({
    mark,
    entries: FUNCTIONS.filter(belongs),
  }));
  const others = FUNCTIONS.filter((entry) => !named.some(({ entries }) => entries.includes(entry)));
  const all = [...named, { mark: "value functions", entries: others }];
  expect(all.flatMap(({ entries }) => entries)).toHaveLength(FUNCTIONS.length);
  for (const { mark, entries } of all) checkTable(file, mark, functionTable(entries));
});

test("docs/mapping.md says of every function of Entra what does the same, or why nothing does", () => {
  const rows = entraFunctions.map((name) => {
    const same = [...new Set(FUNCTIONS.filter((each) => each.entra === name).map((each) => each.name))];
    const other = elsewhere[name];
    const none = withoutEquivalent[name];
    expect([same.length > 0, other !== undefined, none !== undefined].filter(Boolean), name).toHaveLength(1);
    return [
      code(name),
      none === undefined ? (other ?? same.map((each) => code(`${each}()`)).join(", ")) : `none: ${none}`,
    ];
  });
  const known = new Set(entraFunctions);
  expect(FUNCTIONS.filter(({ entra }) => entra !== undefined && !known.has(entra))).toEqual([]);
  checkTable(file, "functions of entra", table(["in Entra", "here"], rows));
});

describe("an operator of Entra's scoping filters", () => {
  const values = {
    Sales: "title",
    sales: "title",
    "": "title",
    "5": "level",
    "4": "level",
    true: "enabled",
    false: "enabled",
  };

  test("has a rule that gives what Entra documents", () => {
    const rows = operators.map(({ name, rule, columns }) => {
      const cells = Object.entries(columns).map(([given, expected]) => {
        const attribute = rule.includes("user.level")
          ? "level"
          : rule.includes("user.enabled")
            ? "enabled"
            : "title";
        expect(given === "" || values[given as keyof typeof values] === attribute, `${name}: ${given}`).toBe(
          true,
        );
        const value = given === "" ? null : attribute === "title" ? given : JSON.parse(given);
        const result = evaluate(rule, { [attribute]: value } as SourceRecord);
        expect(result, `${rule} of ${given}`).toBe(expected);
        return `${given === "" ? "absent" : code(given)}: ${result === true ? "in" : "out"}`;
      });
      return [code(name), code(rule), cells.join(", ")];
    });
    checkTable(file, "operators", table(["Entra", "rule", "whom it lets in"], rows));
  });

  test("is one of fourteen, and each is there", () => {
    expect(operators).toHaveLength(14);
    for (const { rule } of operators) expect(compileExpression(rule, closed).expression?.type).toBe("bool");
  });
});

const kinds: readonly (readonly [what: string, yaml: string, path: string])[] = [
  ["an expression", "title: upper(user.title)", "title"],
  [
    "with a second one for those who have nothing there",
    "nickName: { value: user.title, ifEmpty: user.login }",
    "nickName",
  ],
  ["the same for everybody", "timezone: { constant: Europe/London }", "timezone"],
  ["only when the account is created", "nickName: { value: user.login, write: onCreate }", "nickName"],
  [
    "only where there is a value; without one the target keeps its own",
    "title: { value: user.title, write: ifPresent }",
    "title",
  ],
  ["a row of the default that is not wanted", "title: null", "title"],
  ["one of several values", "'emails[type eq \"work\"].value': user.mail", 'emails[type eq "work"].value'],
  ["all values at once, from a list", "roles: user.tags", "roles"],
  [
    "an attribute of the enterprise extension",
    "'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department': upper(user.title)",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
  ],
  [
    "a reference to another person",
    "'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager': user.manager",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
  ],
  [
    "an attribute of your own extension, of any type",
    "'urn:example:badge:2.0:User:level': user.level",
    "urn:example:badge:2.0:User:level",
  ],
];

test("docs/mapping.md shows every kind of row, and what it gives with and without a value", async () => {
  const rows: string[][] = [];
  const ann = {
    login: "ann",
    mail: "ann@example.com",
    title: "Boss",
    tags: ["b", "a"],
    manager: "m1",
    level: 5,
    enabled: true,
  };
  for (const [what, yaml, path] of kinds) {
    const text = `extends: default\nusers:\n  attributes:\n    ${yaml}\n`;
    const mapping = await compileMapping({
      definition: hrSource,
      mapping: { file: "m.yaml", text },
      scope: { include: [] },
    });
    const gives = (given: SourceRecord) => {
      const mapped = mapping.evaluate("user", given);
      const all = { ...mapped.attributes, ...mapped.onCreate, ...mapped.references };
      if (!(path in all)) return "not written";
      return all[path] === null ? "cleared" : shown(all[path]);
    };
    rows.push([what, code(yaml), gives(ann), gives({ login: "ann", enabled: true })]);
  }
  checkTable(file, "rows", table(["row", "as written", "gives", "without a value"], rows));
});

const absent: readonly string[] = [
  "user.title == null",
  'user.title == "Boss"',
  'user.title != "Boss"',
  "user.level > 3",
  'user.title in ["Boss"]',
  'user.title.startsWith("B")',
  "lower(user.title)",
  'user.title + "x"',
  'join(" ", [user.title, "x"])',
  "size(user.title)",
  'user.tags.exists(t, t == "a")',
  'user.tags.all(t, t == "a")',
  'user.enabled ? "yes" : "no"',
  "has(user.title)",
];

test("docs/mapping.md says what becomes of an absent attribute", () => {
  checkTable(
    file,
    "absent",
    table(
      ["expression", "of an absent attribute"],
      absent.map((text) => [code(text), shown(toJson(evaluate(text)))]),
    ),
  );
});

const refused: readonly string[] = ["(?=x)", "(?!x)", "(?<!x)y", "(a)\\\\1", "(?>a)", "a*+", "a{1001}"];

test("docs/mapping.md says what a pattern may not hold", () => {
  const rows = refused.map((pattern) => {
    const { mistakes } = compileExpression(`reMatches(user.title, "${pattern}")`, closed);
    const [mistake] = mistakes ?? [];
    expect(mistake, pattern).toBeDefined();
    return [
      code(pattern.replaceAll("\\\\", "\\")),
      code(mistake?.message.replace(/^.*error parsing regexp: /, "").replaceAll("`", "") ?? ""),
    ];
  });
  checkTable(file, "refused patterns", table(["pattern", "is refused with"], rows));
});
