import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { comment, yamlItem, yamlText } from "../../../src/commands/from-entra/yaml-text.ts";
import { escaped } from "../../../src/commands/output/escape.ts";

const tricky = [
  "a: b",
  "a #b",
  "#a",
  "true",
  "null",
  "1e3",
  "0x1f",
  "- a",
  "? a",
  "a:",
  "'",
  '"',
  "[a]",
  "{a}",
  "a, b",
  "|",
  ">",
  "&a",
  "*a",
  "!a",
  "%a",
  "@a",
  "`a",
  "a\nb",
  "\u0085",
  "\u2028",
  "\u202e",
  "\ufeff",
  "\ud800",
  "(a ? b : c)",
  " a",
  "a ",
];
const texts = fc.oneof(
  fc.constantFrom(...tricky),
  fc.string({ unit: "binary" }),
  fc.array(fc.oneof(fc.constantFrom(...tricky), fc.string())).map((parts) => parts.join("")),
);

test("whatever an export holds stands in the file as text and comes back as it was", () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(parse(`a: ${yamlText(text)}\nb: 1`)).toEqual({ a: text, b: 1 });
      expect(parse(`a: [${yamlItem(text)}]\nb: { c: ${yamlItem(text)} }`)).toEqual({
        a: [text],
        b: { c: text },
      });
      expect(Object.entries(parse(`${yamlItem(text)}: x`))).toEqual([[text, "x"]]);
      for (const shown of [yamlText(text), yamlItem(text)]) expect(escaped(shown)).toBe(shown);
    }),
    { numRuns: 600 },
  );
});

test("a comment stays one, whatever it quotes", () => {
  fc.assert(
    fc.property(texts, (text) => {
      const lines = comment(text, "  ", 2).join("\n");
      expect(parse(`a: 1\n${lines}\nb: 2`)).toEqual({ a: 1, b: 2 });
    }),
    { numRuns: 200 },
  );
});
