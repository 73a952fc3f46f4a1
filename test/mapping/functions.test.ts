import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FUNCTIONS, MACROS } from "../../src/mapping/functions.ts";
import type { Value } from "../../src/mapping/value.ts";
import { evaluate, mistakes } from "./evaluate.ts";

const record = {
  title: "Größe",
  mail: "ann.lee@example.com",
  tags: ["b", "a", "b"],
  level: 514,
  enabled: false,
};

const examples: readonly (readonly [string, Value])[] = [
  ['lower("ÄÖ İ")', "äö i̇"],
  ['upper("straße")', "STRASSE"],
  ['trim("  a b ")', "a b"],
  ['stripSpaces(" a\\tb\u00a0c ")', "abc"],
  ['normalizeDiacritics("Ærøskøbing Łódź Zoë Großmann İnci")', "AEroeskoebing Lodz Zoe Grossmann Inci"],
  ['normalizeDiacritics("田中 Иван")', "田中 Иван"],
  ['initials("Ann-Marie de la Cruz")', "AMDLC"],
  ['left("田😀b", 2)', "田😀"],
  ['left("abc", -1)', "abc"],
  ['left("abc", 9)', "abc"],
  ['mid("abcdef", 2, 3)', "bcd"],
  ['mid("a😀cd", 2, 2)', "😀c"],
  ['mid("abc", 9, 3)', ""],
  ['before(user.mail, "@")', "ann.lee"],
  ['before("none", "@")', "none"],
  ['after(user.mail, "@")', "example.com"],
  ['after("none", "@")', null],
  ['word("a, b;c", 2, " ,;")', "b"],
  ['word("a", 2, " ")', null],
  ['replace("a.b.c", ".", "-")', "a-b-c"],
  ['replace("$1", "$1", "$&")', "$&"],
  ['reReplace(user.mail, "^(\\\\w+)\\\\.(\\\\w+)@.*$", "$2, $1 $$")', "lee, ann $"],
  ['reMatches(user.mail, "@example\\\\.com$")', true],
  ['user.mail.matches("^lee")', false],
  ['split("a,b", ",")', ["a", "b"]],
  ['"a,b".split(",")', ["a", "b"]],
  ['join("-", ["a", "", null, user.tags])', "a-b-a-b"],
  ['join("-", [])', null],
  ['user.tags.join("+")', "b+a+b"],
  ['coalesce(user.title, "x")', "Größe"],
  ['coalesce(user.surname, "", "x")', "x"],
  ["coalesce(user.surname, user.givenName)", null],
  ["first(user.tags)", "b"],
  ["count(user.tags)", 3n],
  ["removeDuplicates(user.tags)", ["b", "a"]],
  ['lookup({"Größe": "size"}, user.title, "other")', "size"],
  ['lookup({"a": "b"}, user.title, "other")', "other"],
  ['lookup({"constructor": "b"}, "toString", "other")', "other"],
  ['isEmpty("")', true],
  ["isPresent(user.enabled)", true],
  ["bitAnd(user.level, 2) != 0", true],
  ["size(user.title)", 5n],
  ['size("😀")', 1n],
  ["user.tags.size()", 3n],
  ["string(user.level)", "514"],
  ["string(user.enabled)", "false"],
  ['string(timestamp("2026-11-22T08:00:00+01:00"))', "2026-11-22T07:00:00.000Z"],
  ['int("-12")', -12n],
  ['timestamp("2026-01-01") < timestamp("2026-01-02")', true],
  ['"abc".startsWith("ab")', true],
  ['"abc".endsWith("ab")', false],
  ['"abc".contains("b")', true],
  ['"ÄBC".lowerAscii()', "Äbc"],
  ['"äbc".upperAscii()', "äBC"],
  ['" a ".trim()', "a"],
  ['"a😀cd".substring(1, 3)', "😀c"],
  ['"abc".substring(1)', "bc"],
  ['"a😀c".indexOf("c")', 2n],
  ['"abc".indexOf("x")', -1n],
];

describe("functions by example", () => {
  test.each(examples)("%s", (text, expected) => {
    expect(evaluate(text, record)).toEqual(expected);
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
  const argument: Readonly<Record<string, string>> = {
    string: '"x"',
    int: "1",
    dyn: "user.title",
    A: "user.title",
    "list<A>": "user.tags",
    "list<string>": "user.tags",
    "map<string, A>": '{"a": "b"}',
    "google.protobuf.Timestamp": "user.hired",
  };
  const absent: Readonly<Record<string, string>> = { ...argument, string: "user.title", int: "user.level" };

  test.each(FUNCTIONS.map((entry) => [entry.form, entry.name, entry] as const))(
    "%s %s fails never",
    (form, _name, entry) => {
      const [first = "", ...rest] = entry.parameters.map((type, index) =>
        index === 0 ? absent[type] : argument[type],
      );
      const text =
        form === "method"
          ? `${first}.${entry.name}(${rest.join(", ")})`
          : `${entry.name}(${[first, ...rest].join(", ")})`;
      // join() and lookup() begin with something else than what may be absent; they have examples of their own.
      const value = evaluate(text);
      expect(
        value === null ||
          value === false ||
          value === true ||
          value === 0n ||
          value === "b" ||
          text.includes("lookup"),
      ).toBe(true);
    },
  );
});

describe("what cannot be", () => {
  test.each([
    ['mid("abc", 0, 1)', "counts positions from 1"],
    ['int("12a")', "not a whole number"],
    ['timestamp("22.11.2026")', "is not a time"],
    ['replace(user.title, "", "x")', "needs a text to search for"],
    ['split(user.title, "")', "needs a separator"],
  ])("%s fails with a sentence", (text, message) => {
    expect(() => evaluate(text, record)).toThrow(message);
  });

  test.each(["now()", "guid()", "randomString(5)"])(
    "%s is not there: equal records must give equal values",
    (text) => {
      expect(mistakes(text)).toHaveLength(1);
    },
  );
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
