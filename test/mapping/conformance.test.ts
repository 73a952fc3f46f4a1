/** Where nothing is absent, our evaluator and that of the CEL library give the same: expressions made at random, run by both. */
import { Environment } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { toJson, type Value } from "../../src/mapping/value.ts";
import type { SourceRecord } from "../../src/sources/source.ts";
import { evaluate } from "./evaluate.ts";

const reference = new Environment({ homogeneousAggregateLiterals: false });
reference.registerType("Attributes", {
  fields: { title: "string", mail: "string", enabled: "bool", level: "int", tags: "list<string>" },
});
reference.registerVariable("user", "Attributes");

const literal = fc.string({ maxLength: 4 }).map((text) => JSON.stringify(text));
const { text, condition } = fc.letrec<{ text: string; condition: string; number: string; list: string }>(
  (tie) => ({
    text: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom("user.title", "user.mail"),
      literal,
      fc.tuple(tie("text"), tie("text")).map(([a, b]) => `(${a} + ${b})`),
      fc.tuple(tie("condition"), tie("text"), tie("text")).map(([c, a, b]) => `(${c} ? ${a} : ${b})`),
      tie("text").map((a) => `${a}.upperAscii()`),
      fc.tuple(tie("list"), literal).map(([a, b]) => `${a}.filter(t, t != ${b}).map(t, t + "x").join("-")`),
    ),
    number: fc.oneof(
      { maxDepth: 3 },
      fc.constant("user.level"),
      fc.integer({ min: 0, max: 99 }).map(String),
      fc
        .tuple(tie("number"), fc.constantFrom("+", "-", "*"), tie("number"))
        .map((parts) => `(${parts.join(" ")})`),
      tie("number").map((a) => `(-${a})`),
      tie("text").map((a) => `size(${a})`),
    ),
    list: fc.oneof(
      { maxDepth: 2 },
      fc.constant("user.tags"),
      fc.array(tie("text"), { minLength: 1, maxLength: 3 }).map((all) => `[${all.join(", ")}]`),
    ),
    condition: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom("user.enabled", "true", "false"),
      tie("condition").map((a) => `!${a}`),
      fc
        .tuple(tie("condition"), fc.constantFrom("&&", "||"), tie("condition"))
        .map((parts) => `(${parts.join(" ")})`),
      fc
        .tuple(tie("text"), fc.constantFrom("==", "!=", "<", ">="), tie("text"))
        .map((parts) => `(${parts.join(" ")})`),
      fc
        .tuple(tie("number"), fc.constantFrom("==", "!=", "<", ">", "<=", ">="), tie("number"))
        .map((parts) => `(${parts.join(" ")})`),
      fc
        .tuple(tie("text"), fc.constantFrom("startsWith", "endsWith", "contains"), tie("text"))
        .map(([a, name, b]) => `${a}.${name}(${b})`),
      fc.tuple(tie("text"), tie("list")).map(([a, list]) => `(${a} in ${list})`),
      fc
        .tuple(tie("list"), fc.constantFrom("exists", "all", "exists_one"), literal)
        .map(([list, name, b]) => `${list}.${name}(t, t >= ${b})`),
    ),
  }),
);

const record = fc.record({
  title: fc.string({ minLength: 1 }),
  mail: fc.string({ minLength: 1 }),
  enabled: fc.boolean(),
  level: fc.integer({ min: 0, max: 1_000 }),
  tags: fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 }),
});

function theirs(expression: string, attributes: SourceRecord): unknown {
  const level = BigInt(Number(attributes["level"]));
  return reference.evaluate(expression, { user: { ...attributes, level } });
}

test("conditions and texts agree with the library's own evaluator", () => {
  fc.assert(
    fc.property(fc.oneof(text, condition), record, (expression, attributes) => {
      expect(toJson(evaluate(expression, attributes))).toEqual(
        toJson(theirs(expression, attributes) as Value),
      );
    }),
    { numRuns: 2_000 },
  );
});
