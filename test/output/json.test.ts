import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonDocument, jsonListDocument, jsonText } from "../../src/commands/output/json.ts";

test("any value comes back as it was, on one line that no terminal obeys", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" })), (value) => {
      const text = jsonText(value);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    }),
  );
});

test("a document names its version and kind first", () => {
  expect(jsonDocument("Status", { a: 1 })).toBe('{"version":1,"kind":"Status","a":1}');
});

test.each([[[]], [[1]], [[1, { a: "\u202e" }]]])(
  "a list written piece by piece is the same document: %j",
  (items) => {
    const pieces = [...jsonListDocument("Plan", { run: 3 }, "items", items)].join("");
    expect(JSON.parse(pieces)).toEqual({ version: 1, kind: "Plan", run: 3, items });
  },
);
