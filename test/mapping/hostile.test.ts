/** What a directory may hold at worst: no value, however made, costs more than its length or gets further than it should. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileMapping } from "../../src/mapping/compile.ts";
import { compileExpression } from "../../src/mapping/expression.ts";
import type { FunctionEntry } from "../../src/mapping/function-entry.ts";
import { FUNCTIONS } from "../../src/mapping/functions.ts";
import { EvaluationFailure } from "../../src/mapping/value.ts";
import type { SourceRecord } from "../../src/sources/source.ts";
import { hrSource } from "../config/registries.ts";
import { worlds } from "../world.ts";
import { closed, evaluate, mistakes, once, open } from "./evaluate.ts";

/** CPU time, so that whoever else works on this machine does not count. Seconds. */
function cpu(work: () => unknown): number {
  const before = process.cpuUsage();
  try {
    work();
  } catch (error) {
    if (!(error instanceof EvaluationFailure)) throw error;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Long enough that work in proportion to the square of the length would take many seconds. */
const LONG = 2 ** 17;

const longTexts: readonly (readonly [what: string, text: string])[] = [
  ["one letter", "a".repeat(LONG)],
  ["spaces", " ".repeat(LONG)],
  ["separators", ",;@-".repeat(LONG / 4)],
  ["accents", "e\u0301".repeat(LONG / 2)],
  ["pairs of surrogates", "😀".repeat(LONG / 2)],
  ["halves of surrogates", "\ud83d".repeat(LONG)],
  ["control characters", "\u001b[2J\r\n".repeat(LONG / 8)],
  ["marks on one letter", `a${"\u0316\u0301".repeat(LONG / 2)}`],
];

/** Each function once, with its first text from the directory. */
function callOf(entry: FunctionEntry): string | undefined {
  const at = entry.parameters.findIndex(
    (type, index) => type === "string" && !entry.literals.includes(index),
  );
  if (at === -1 || entry.isVolatile) return undefined;
  const literals: Readonly<Record<string, readonly string[]>> = {
    lower: ['"tr"'],
    upper: ['"tr"'],
    parseDate: ['"M/d/yyyy h:mm:ss tt"'],
    formatDateTime: ['"M/d/yyyy h:mm:ss tt"', '"o"'],
    reExtract: ['"(a*)*b"', '"1"'],
    reReplaceGroup: ['"(a|aa)+?(.)"', '"2"'],
    reReplace: ['"(a*)*b|(.)"', '"$2"'],
  };
  const rest = [...(literals[entry.name] ?? ['"(a+)+$"'])];
  const others: Readonly<Record<string, string>> = {
    string: '","',
    int: "3",
    A: '"x"',
    "map<string, A>": '{"a": "b"}',
  };
  const [first = "", ...more] = entry.parameters.map((type, index) => {
    if (entry.literals.includes(index)) return rest.shift() ?? '"x"';
    return index === at ? "user.title" : (others[type] ?? '["a"]');
  });
  return entry.form === "method"
    ? `${first}.${entry.name}(${more.join(", ")})`
    : `${entry.name}(${[first, ...more].join(", ")})`;
}

const calls = [...new Set(FUNCTIONS.map(callOf).filter((call) => call !== undefined))];

describe("a hundred thousand characters", () => {
  const cheap = calls.filter((call) => !/\b(re[A-Z]\w+|matches)\(/.test(call));

  test("cost no function more than their length", () => {
    const slow: string[] = [];
    for (const call of cheap) {
      const { expression, mistakes: wrong } = compileExpression(call, closed);
      expect(wrong, call).toBeUndefined();
      for (const [what, title] of longTexts) {
        const took = cpu(() => expression?.evaluate({ title }));
        if (took > 2) slow.push(`${call} of ${what}: ${took} s`);
      }
    }
    expect(slow).toEqual([]);
  });

  test("of separators are no more work where each part is looked at", () => {
    const title = ",".repeat(LONG);
    for (const call of [
      'size(split(user.title, ","))',
      'join("-", split(user.title, ","))',
      'count(removeDuplicates(split(user.title, ",")))',
    ])
      expect(
        cpu(() => evaluate(call, { title })),
        call,
      ).toBeLessThan(2);
    expect(() => evaluate('split(user.title, ",").all(x, x == "")', { title })).toThrow(
      "more than 100000 steps",
    );
  });

  test("cost the whole mapping no more either, and each row that gets too long is a problem of its own", async () => {
    const mapping = await compileMapping({ definition: hrSource, scope: { include: [] } });
    for (const [, text] of longTexts) {
      const person = { id: "1", login: "ann", title: text, givenName: text, surname: text, enabled: true };
      let problems: readonly { readonly path: string; readonly message: string }[] = [];
      expect(
        cpu(() => {
          problems = mapping.evaluate("user", person).problems;
        }),
      ).toBeLessThan(2);
      expect(problems.map(({ path }) => path)).toEqual(["displayName", "title"]);
      expect(JSON.stringify(problems).length).toBeLessThan(1_000);
    }
  });
});

describe("a pattern that is a catastrophe elsewhere", () => {
  const patterns = [
    "^(a+)+$",
    "(a|aa)+$",
    "(a|a?)+$",
    "([a-zA-Z]+)*$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(.*a){12}",
    "(x+x+)+y",
    "^(.*?,){11}P",
  ];

  test.each(patterns)("%s costs the length of the text", (pattern) => {
    const { expression } = compileExpression(`reMatches(user.title, "${pattern}")`, closed);
    for (const title of [`${"a".repeat(20_000)}!`, `${"x".repeat(20_000)}`, ",".repeat(20_000)])
      expect(cpu(() => expression?.evaluate({ title }))).toBeLessThan(4);
  });

  test.each([
    `reReplace(user.title, 'a*', '${"b".repeat(5_000)}')`,
    "reReplaceGroup(user.title, '(a*)', '1', user.title)",
    "replace(user.title, 'a', user.title)",
    "fillIn(user.title, 'a', replace(user.title, 'a', 'aa'))",
  ])("%s makes no text without end", (text) => {
    expect(() => evaluate(text, { title: "ab".repeat(50_000) })).toThrow("longer than 1 MiB");
  });
});

describe("a pattern that is found again and again", () => {
  const far = "x".repeat(2 ** 16);

  test.each([
    ["reReplace(user.title, 'x(.*y)?', '')", far],
    ["reReplaceGroup(user.title, '(x)(.*y)?', '1', 'z')", far],
    ["reReplace(user.title, '(?:x|xx)(?:(?:a|.){1,1000}y)?', '')", far],
  ])("%s is given up before it takes long", (text, title) => {
    const took = cpu(() => {
      expect(() => evaluate(text, { title })).toThrow(
        "too long to look for this pattern in it again and again",
      );
    });
    expect(took).toBeLessThan(6);
  });

  test("is replaced everywhere in a long text where it is decided at once", () => {
    const title = "a b".repeat(2 ** 14);
    for (const pattern of [" ", " +", "\\\\s+", "[^ab]+", "[\\\\s-]", "[\\\\s*]*"])
      expect(evaluate(`reReplace(user.title, "${pattern}", "")`, { title }), pattern).toBe(
        "ab".repeat(2 ** 14),
      );
    expect(evaluate("reReplaceGroup(user.title, ' ', '0', '')", { title })).toBe("ab".repeat(2 ** 14));
  });

  test("is replaced everywhere in a text of a page", () => {
    expect(evaluate("reReplace(user.title, r'( |\\s)+', '')", { title: "a ".repeat(2_000) })).toBe(
      "a".repeat(2_000),
    );
    expect(evaluate("reReplace(user.title, 'x(.*y)?', '')", { title: "x".repeat(2_000) })).toBe("");
  });

  test("once in the longest text is found", () => {
    const title = `x${" ".repeat(2 ** 19)}`;
    expect(evaluate("reReplace(user.title, 'x(?:a{1,900}y)?', 'z')", { title })).toBe(`z${title.slice(1)}`);
  });
});

describe("names that reach a prototype", () => {
  const record = JSON.parse(
    '{"__proto__": {"title": "Boss"}, "constructor": "x", "login": "ann"}',
  ) as SourceRecord;

  test("are no attributes", () => {
    expect(evaluate("user.title", record)).toBeNull();
    expect(evaluate("user.other", record, open)).toBeNull();
    for (const name of ["__proto__", "constructor", "prototype.x", "hasOwnProperty"])
      expect(mistakes(`user["${name}"] == "x" || user.hasOwnProperty == "x"`, open).length).toBeGreaterThan(
        0,
      );
  });

  test("are keys of a table like others", () => {
    expect(evaluate('lookup({"__proto__": "a"}, "__proto__", "none")')).toBe("a");
    expect(evaluate('lookup({"a": "b"}, "constructor", "none")')).toBe("none");
    expect(evaluate('"toString" in {"a": "b"}')).toBe(false);
    expect(evaluate('{"a": "b"}["__proto__"]')).toBeNull();
  });

  test("are no places at the target", async () => {
    for (const path of [
      "__proto__",
      "urn:x:y:__proto__",
      "name.constructor",
      'emails[type eq "work"].__proto__',
    ]) {
      const text = `extends: default\nusers:\n  attributes:\n    '${path}': user.login\n`;
      await expect(
        compileMapping({ definition: hrSource, mapping: { file: "m.yaml", text }, scope: { include: [] } }),
      ).rejects.toThrow(/__proto__|constructor/);
    }
  });
});

test("no value of any kind makes a function fail in another way than with a sentence, which holds no value", () => {
  const hostile = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "\u001b]0;x\u0007",
      "\u202eAnn",
      "\ud800",
      "=1+1",
      "__proto__",
      "$1${x}$$",
      "%s%n",
      "\\",
      '"',
      "9".repeat(400),
    ),
    ...longTexts.map(([, text]) => fc.constant(text.slice(0, 300))),
  );
  const compiled = calls.map((call) => ({ call, expression: compileExpression(call, once).expression }));
  fc.assert(
    fc.property(hostile, fc.constantFrom(...compiled), (title, { expression }) => {
      try {
        expression?.evaluate({ title });
      } catch (error) {
        expect(error).toBeInstanceOf(EvaluationFailure);
        if (title.length > 8) expect((error as Error).message).not.toContain(title);
      }
    }),
    { numRuns: 300 },
  );
});

describe("the hostile set in a cycle", () => {
  const world = worlds();

  test("comes to the target clean, and who cannot be mapped is set aside alone", async () => {
    const w = world();
    w.directory.person("esc", { name: "\u001b[2JAnn\u0007\u202eeeL", title: "a\u0000b\ud800c" });
    w.directory.person("long", { name: "x".repeat(2 ** 20) });
    w.directory.person("proto", JSON.parse('{"__proto__": "x", "title": "=HYPERLINK(1)"}') as SourceRecord);
    const report = await w.sync();
    expect(report.applied).toEqual({ create: 2 });
    const users = await w.users();
    expect(users.get("esc@example.com")).toMatchObject({ displayName: "[2JAnneeL", title: "ab\ufffdc" });
    expect(users.get("proto@example.com")).toMatchObject({ title: "=HYPERLINK(1)" });
    expect([...users.keys()]).not.toContain("long@example.com");
    const store = w.store();
    expect(store.people.find("long")[0]?.problem).toBe(
      "displayName: the text is longer than 64 KiB (mapping.yaml:7:18)",
    );
    store.close();
  });
});
