import { describe, expect, test } from "vitest";
import { compileExpression } from "../../src/mapping/expression.ts";
import type { Value } from "../../src/mapping/value.ts";
import { closed, evaluate, mistakes, open } from "./evaluate.ts";

const ann = {
  login: "ann",
  mail: "ann@example.com",
  title: "Boss",
  givenName: "Ann",
  surname: "Lee",
  enabled: true,
  level: 5,
  hired: "2020-02-29T00:00:00Z",
  tags: ["b", "a"],
  manager: "m1",
};

describe("an expression", () => {
  const table: readonly (readonly [string, Value])[] = [
    ["user.login", "ann"],
    ['user["login"]', "ann"],
    ['user.givenName + " " + user.surname', "Ann Lee"],
    ['user.enabled ? "yes" : "no"', "yes"],
    ["user.level + 1", 6n],
    ["user.level / 2", 2n],
    ["-user.level % 3", -2n],
    ["1.5 * 2.0", 3],
    ["user.level > 2.5", true],
    ["user.level == 5", true],
    ['user.title in ["Boss", "Chief"]', true],
    ['"a" in user.tags', true],
    ['"Boss" in {"Boss": 1}', true],
    ['{"Boss": "B", "Clerk": "C"}[user.title]', "B"],
    ["user.tags[0]", "b"],
    ['user.tags + ["c"]', ["b", "a", "c"]],
    ['user.tags.exists(t, t == "a")', true],
    ['user.tags.all(t, t == "a")', false],
    ['user.tags.exists_one(t, t.startsWith("a"))', true],
    ['user.tags.filter(t, t != "a")', ["b"]],
    ["user.tags.map(t, upper(t))", ["B", "A"]],
    ['user.tags.map(t, t != "a", upper(t))', ["B"]],
    ["user.tags.map(t, user.tags.filter(s, s > t))", [[], ["b"]]],
    ["has(user.mail)", true],
    ['user.hired < timestamp("2021-01-01T00:00:00Z")', true],
    ['user.title == "Boss" && !user.title.startsWith("svc")', true],
  ];
  test.each(table)("%s", (text, expected) => {
    expect(evaluate(text, ann)).toEqual(expected);
  });
});

describe("an absent attribute", () => {
  const table: readonly (readonly [string, Value])[] = [
    ["user.title", null],
    ["user.title == null", true],
    ["user.title != null", false],
    ['user.title == "x"', false],
    ['user.title != "x"', true],
    ["user.level > 3", false],
    ["user.level <= 3", false],
    ["user.level >= 3", false],
    ['user.title in ["x"]', false],
    ['"x" in user.tags', false],
    ['user.title.startsWith("x")', false],
    ['user.title.matches("x")', false],
    ['!user.title.startsWith("x")', true],
    ["user.enabled && true", false],
    ["user.enabled || true", true],
    ["!user.enabled", true],
    ['user.enabled ? "yes" : "no"', "no"],
    ['user.title + "x"', null],
    ["user.level + 1", null],
    ["lower(user.title)", null],
    ["user.title.substring(1)", null],
    ["user.tags[0]", null],
    ['{"a": "b"}[user.title]', null],
    ['{"a": "b"}["c"]', null],
    ["user.tags.exists(t, true)", false],
    ["user.tags.all(t, false)", true],
    ["user.tags.map(t, t)", []],
    ["size(user.title)", 0n],
    ["has(user.title)", false],
    ["user.enabled ? user.title : null", null],
  ];
  test.each(table)("%s", (text, expected) => {
    expect(evaluate(text)).toEqual(expected);
  });

  test.each([{ title: null }, { title: "" }, { title: [] }])("is the same as %j", (record) => {
    expect(evaluate("user.title == null", record)).toBe(true);
  });
});

describe("what the directory sends in another form", () => {
  test("a list of one is its entry", () => {
    expect(evaluate("user.title", { title: ["Boss"] })).toBe("Boss");
    expect(evaluate("user.tags", { tags: "a" })).toEqual(["a"]);
  });

  test.each([
    ["user.title", { title: ["a", "b"] }, "the attribute title is a list, expected a text"],
    ["user.title", { title: { a: 1 } }, "the attribute title is an object, expected a text"],
    [
      "user.enabled",
      { enabled: "TRUE" },
      "the attribute enabled is a text of another form, expected true or false",
    ],
    ["user.level", { level: 1.5 }, "the attribute level is a number, expected a whole number"],
    ["user.hired", { hired: "soon" }, "the attribute hired is a text of another form, expected a time"],
  ])("%s of %j fails, and the message holds no value", (text, record, message) => {
    expect(() => evaluate(text, record)).toThrow(message);
  });

  test("numbers in text are whole numbers where the source says so", () => {
    expect(evaluate("user.level + 1", { level: "9007199254740993" })).toBe(9007199254740994n);
  });
});

describe("an extended schema", () => {
  test("takes names that are not listed, of any type", () => {
    expect(evaluate('user.msExchFoo + "x"', { msExchFoo: "a" }, open)).toBe("ax");
    expect(evaluate('"a" in user.msExchFoo', { msExchFoo: ["a"] }, open)).toBe(true);
    expect(evaluate("user.msExchFoo + 1", { msExchFoo: 1 }, open)).toBe(2n);
  });

  test("still finds slips of the names that are", () => {
    expect(mistakes("user.titel", open)).toEqual([
      'unknown attribute "titel", did you mean "title"? (if it is really called so, write user["titel"])',
    ]);
    expect(mistakes("user.Title", open)).toHaveLength(1);
    expect(evaluate('user["titel"]', { titel: "x" }, open)).toBe("x");
  });

  test.each(["constructor", "toString", "hasOwnProperty", "__proto__"])("does not take %s", (name) => {
    expect(mistakes(`user["${name}"]`, open)).toHaveLength(1);
    expect(evaluate("user.other", Object.create({ other: "inherited" }), open)).toBeNull();
  });

  test("a value of the wrong type fails for that person, with types and no value", () => {
    expect(() => evaluate("lower(user.other)", { other: ["secret"] }, open)).toThrow(
      "lower() got a list as argument 1",
    );
    expect(() => evaluate('user.other + "x"', { other: 5 }, open)).toThrow(
      "+ does not take a number and a text",
    );
    expect(() => evaluate("user.other < 3", { other: "x" }, open)).toThrow(
      "cannot compare a text with a number",
    );
    expect(() => evaluate('user.other ? "a" : "b"', { other: "x" }, open)).toThrow(
      "expected true or false, got a text",
    );
  });
});

describe("what an expression tells about itself", () => {
  test("which attributes it reads, sorted", () => {
    const { expression } = compileExpression("user.title + user.login + string(has(user.mail))", closed);
    expect(expression?.reads).toEqual(["login", "mail", "title"]);
  });

  test.each([
    ["user.title", "string"],
    ["user.enabled && true", "bool"],
    ["user.level", "int"],
    ["user.tags", "list"],
    ["user.manager", "reference"],
    ["user.hired", "timestamp"],
    ["user.enabled ? user.title : null", "any"],
  ])("%s gives %s", (text, type) => {
    expect(compileExpression(text, closed).expression?.type).toBe(type);
  });
});

describe("the limits of an expression", () => {
  test("a pattern takes linear time", () => {
    const started = performance.now();
    expect(evaluate('user.title.matches("^(a+)+$")', { title: `${"a".repeat(50_000)}!` })).toBe(false);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test("a text cannot grow without measure", () => {
    const many = `replace(${"replace(".repeat(5)}user.title${', "a", "aaaaaaaaaa")'.repeat(5)}, "a", "aaaaaaaaaa")`;
    expect(() => evaluate(many, { title: "a".repeat(100) })).toThrow("longer than 1 MiB");
  });

  test("nested lists cannot take for ever", () => {
    const tags = Array.from({ length: 2_000 }, (_, n) => String(n));
    const started = performance.now();
    expect(() => evaluate("user.tags.all(a, user.tags.all(b, a != b + b + b))", { tags })).toThrow(
      "more than 100000 steps",
    );
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test("after a failure the next evaluation starts afresh", () => {
    const { expression } = compileExpression("user.tags.all(a, user.tags.all(b, true))", closed);
    expect(() => expression?.evaluate({ tags: Array(400).fill("x") })).toThrow();
    expect(expression?.evaluate({ tags: ["x"] })).toBe(true);
  });

  test.each([
    ["nodes", Array(3_000).fill("user.level").join(" + ")],
    ["depth", `${"(".repeat(500)}1${")".repeat(500)}`],
    ["list literals", `"x" in [${Array(600).fill('"x"').join(", ")}]`],
  ])("too many %s are a mistake, not a crash", (_what, text) => {
    expect(mistakes(text).length).toBeGreaterThan(0);
  });

  test("numbers leave neither 64 bits nor the integers", () => {
    expect(() => evaluate("9223372036854775807 + user.level", { level: 1 })).toThrow("range of 64 bits");
    expect(() => evaluate("1 / user.level", { level: 0 })).toThrow("division by zero");
  });
});
