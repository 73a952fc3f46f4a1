import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileExpression } from "../../src/mapping/expression.ts";
import { FUNCTIONS, MACROS } from "../../src/mapping/functions.ts";
import { closed, evaluate, mistakes, once } from "./evaluate.ts";
import { examples, record } from "./function-examples.ts";

describe("functions by example", () => {
  test.each(examples)("%s", (text, expected) => {
    expect(evaluate(text, record, once)).toEqual(expected);
  });

  test("every function has one", () => {
    const all = examples.map(([text]) => text).join("\n");
    const without = FUNCTIONS.filter(({ form, name }) =>
      form === "method" ? !all.includes(`.${name}(`) : !new RegExp(`(?<!\\.)\\b${name}\\(`).test(all),
    );
    expect(without.map((each) => each.name)).toEqual([]);
  });

  test("every one is described, and none hides another", () => {
    expect(FUNCTIONS.filter((each) => !/^[A-Z].+\.$/.test(each.description))).toEqual([]);
    expect(FUNCTIONS.filter((each) => each.form === "method" && MACROS.has(each.name))).toEqual([]);
  });
});

describe("of nothing", () => {
  const present: Readonly<Record<string, string>> = {
    string: '"x"',
    int: "1",
    bool: "true",
    dyn: "user.title",
    A: '"x"',
    Reference: "user.manager",
    "list<A>": '["x"]',
    "list<string>": '["x"]',
    "map<string, A>": '{"a": "b"}',
    "google.protobuf.Timestamp": 'timestamp("2026-01-01")',
  };
  const absent: Readonly<Record<string, string>> = {
    ...present,
    string: "user.title",
    int: "user.level",
    bool: "user.enabled",
    A: "user.title",
    "list<A>": "user.tags",
    "list<string>": "user.tags",
    "google.protobuf.Timestamp": "user.hired",
  };
  // What a literal says; all others may be absent.
  const literals: Readonly<Record<string, readonly string[]>> = {
    reReplaceGroup: ['"(x)"', '"1"'],
    reExtract: ['"(x)"', '"1"'],
    dateAdd: ['"d"'],
    dateDiff: ['"d"'],
    lower: ['"tr"'],
    upper: ['"tr"'],
    parseDate: ['"yyyy"'],
    formatDateTime: ['"yyyy"', '"yyyy"'],
  };
  const calls = FUNCTIONS.flatMap((entry) =>
    entry.parameters.map((_, at) => {
      const written = [...(literals[entry.name] ?? [])];
      const [first = "", ...rest] = entry.parameters.map((type, index) => {
        if (entry.literals.includes(index)) return written.shift() ?? '"x"';
        return (index === at ? absent[type] : present[type]) ?? "";
      });
      return entry.form === "method"
        ? `${first}.${entry.name}(${rest.join(", ")})`
        : `${entry.name}(${[first, ...rest].join(", ")})`;
    }),
  );
  // What is wrong also where nothing is absent, or would not become a text of its own accord.
  const refused = [
    "randomString",
    "mid(",
    "split",
    "string(user.title",
    "position",
    "replace(",
    "fillIn",
    '("x", "yyyy',
    'parseDate("x',
    'bool("x',
  ];
  test.each([...new Set(calls)].filter((call) => !refused.some((each) => call.includes(each))))(
    "%s fails never",
    (text) => {
      expect(() => evaluate(text, {}, once)).not.toThrow();
    },
  );

  test.each([
    ["mid(user.title, 1, 1)", null],
    ["split(user.title, ',')", null],
    ["user.title.split(',')", null],
    ["string(user.title)", null],
    ["position(user.title, 'x')", null],
    ["replace(user.title, 'x', 'y')", null],
    ["fillIn(user.title, 'x', 'y')", null],
    ["fillIn('x', 'y', user.title)", ""],
    ["count(user.tags)", 0n],
    ["formatDateTime(user.hired, 'yyyy')", null],
    ["dateAdd('d', 1, user.hired)", null],
    ["dateDiff('d', timestamp('2026-01-01'), user.hired)", null],
    ["isString(user.title)", false],
    ["reMatches(user.title, 'x')", false],
  ])("%s gives %s", (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });
});

describe("what cannot be", () => {
  test.each([
    ['mid("abc", 0, 1)', "counts positions from 1"],
    ['int("12a")', "not a whole number"],
    ['timestamp("22.11.2026")', "is not a time"],
    ['replace(user.title, "", "x")', "needs a text to search for"],
    ['split(user.title, "")', "needs a separator"],
    ['fillIn("x", "", "y")', "fillIn() needs a text to search for"],
    ['position("a", "b", 0)', "counts positions from 1"],
    ['bool("yes")', "neither true nor false"],
    ['parseDate("31.12.2020")', "the text is no date such as"],
    ['parseDate("2021-02-30")', "the text is no date such as"],
    ['parseDate("2021-13-01")', "the text is no date such as"],
    ['parseDate("2/30/2021")', "the text is no date such as"],
    ['parseDate("30.2.2021", "d.M.yyyy")', "the text is no date of the form d.M.yyyy"],
    ['parseDate("13:00 PM 2021", "h:mm tt yyyy")', "the text is no date of the form"],
    ['dateAdd("yyyy", 9999, timestamp("2026-01-01"))', "leaves the years 1 to 9999"],
    ['dateAdd("s", 9223372036854775807, timestamp("2026-01-01"))', "leaves the years 1 to 9999"],
  ])("%s fails with a sentence", (text, message) => {
    expect(() => evaluate(text, record)).toThrow(message);
  });

  test.each([
    ['reReplace(user.title, "(a)", "$2")', "$2: the pattern has 1 group"],
    [
      'reReplace(user.title, "(?<name>a)", "${nam}")',
      '${nam}: the pattern has 1 group (name), did you mean "name"?',
    ],
    ['reExtract(user.title, "a", "name")', "name: the pattern has 0 groups"],
    ['reExtract(user.title, "(?=a)", "1")', "not a pattern in RE2 syntax"],
    ["reMatches(user.title, user.mail)", "this argument of reMatches() must stand here literally"],
    ['lower(user.title, "no language")', '"no language" is no name of a language'],
    ['dateAdd("w", 1, user.hired)', '"w" is no unit of time'],
    ['formatDateTime(user.hired, "yyyy-QQ-ddd-MMMMM")', '"MMMMM" means nothing in the format of a date'],
    ['formatDateTime(user.hired, "Q")', '"Q" is no format of a date'],
    ['parseDate(user.title, "d MMM")', 'a date cannot be read by "d MMM": it has no year'],
  ])("%s is refused when the file is read", (text, message) => {
    expect(mistakes(text)).toEqual([expect.stringContaining(message)]);
  });

  test("the caret stands under the literal that is wrong", () => {
    const text = 'formatDateTime(user.title, "yyyy", "MMMMM")';
    const [mistake] = compileExpression(text, closed).mistakes ?? [];
    expect(text.slice(mistake?.offset, (mistake?.offset ?? 0) + (mistake?.length ?? 0))).toBe('"MMMMM"');
  });

  test.each(["now()", "guid()", "randomString(5, 0, 0, 0, 0)"])(
    "%s may stand only where a value is written once: equal records must give equal values",
    (text) => {
      expect(mistakes(text)).toEqual([
        expect.stringMatching(/^\w+\(\) gives another value each time: .* write: onCreate only$/),
      ]);
      expect(compileExpression(text, once).expression?.isVolatile).toBe(true);
    },
  );
});

describe("a random text", () => {
  const random = (bound: number) => Math.floor(Math.random() * bound);
  const draw = (text: string) =>
    String(compileExpression(text, once).expression?.evaluate({}, { now: 0, random }));

  test("has what it is asked for, in any order", () => {
    const texts = Array.from({ length: 50 }, () => draw("randomString(6, 3, 0, 0, 3)"));
    expect(texts.filter((text) => !/^(?=(.*\d){3})(?=(.*[a-z]){3}).{6}$/.test(text))).toEqual([]);
    expect(
      new Set(texts.map((text) => text.replace(/\d/g, "0").replace(/[a-z]/g, "a"))).size,
    ).toBeGreaterThan(1);
  });

  test("leaves out what it is to avoid", () => {
    const texts = Array.from({ length: 50 }, () => draw('randomString(10, 2, 2, 2, 1, "?,0")'));
    expect(texts.filter((text) => text.length !== 10 || /[?,0]/.test(text))).toEqual([]);
    expect(texts.filter((text) => (text.match(/[^A-Za-z0-9]/g) ?? []).length < 2)).toEqual([]);
  });

  test("without a wish is of letters and digits", () => {
    expect(draw("randomString(200, 0, 0, 0, 0)")).toMatch(/^[A-Za-z0-9]{200}$/);
  });

  test.each([
    ["randomString(0, 0, 0, 0, 0)", "1 to 256 characters"],
    ["randomString(257, 0, 0, 0, 0)", "1 to 256 characters"],
    ["randomString(4, 3, 0, 0, 3)", "more characters than it is long"],
    ['randomString(4, 4, 0, 0, 0, "0123456789")', "no character to draw from"],
  ])("%s cannot be", (text, message) => {
    expect(() => draw(text)).toThrow(message);
  });

  test("a random id is a UUID of version 4", () => {
    expect(draw("guid()")).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});

test("text functions cut no character in half", () => {
  const text = fc.string({ unit: "grapheme" });
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 9 }), (title, n) => {
      for (const call of [
        `left(user.title, ${n})`,
        `mid(user.title, ${n}, ${n})`,
        `user.title.substring(${n})`,
        "initials(user.title)",
      ]) {
        const value = evaluate(call, { title });
        expect(value === null || (typeof value === "string" && value.isWellFormed())).toBe(true);
      }
    }),
  );
});
