import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileMapping } from "../../src/mapping/compile.ts";
import { normaliseText } from "../../src/mapping/normalise.ts";
import { hrSource } from "../config/registries.ts";

describe("a mapped text", () => {
  test.each([
    ["  Ann  ", "Ann"],
    ["\u00a0Ann\u3000", "Ann"],
    ["", null],
    ["   ", null],
    ["\u0000", null],
    ["A\u0000n\u001bn\u007f\u009b", "Ann"],
    ["Main St 1\r\nDublin", "Main St 1 Dublin"],
    ["a\n\n\nb", "a b"],
    ["a\tb", "a b"],
    ["a\u2028b\u2029c\u0085d", "a b c d"],
    ["a\ud800b", "a\ufffdb"],
    ["e\u0301", "e\u0301"],
    ["田中 😀", "田中 😀"],
    ["\u202eAnn\u2066 Lee\u2069", "Ann Lee"],
    ["\u200fאן\u200e 1", "\u200fאן\u200e 1"],
  ])("%j becomes %j", (value, expected) => {
    expect(normaliseText(value, false)).toBe(expected);
  });

  test.each([
    ["Main St 1\r\nDublin\r", "Main St 1\nDublin"],
    ["a\u2028b", "a\nb"],
    ["a\tb\u001b", "a b"],
  ])("%j becomes %j in an address", (value, expected) => {
    expect(normaliseText(value, true)).toBe(expected);
  });

  test("is never empty, never has control characters, and stays as it is the second time", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.boolean(), (value, lines) => {
        const once = normaliseText(value, lines);
        if (once === null) return;
        expect(once).not.toBe("");
        expect(once.isWellFormed()).toBe(true);
        expect(once.replaceAll("\n", lines ? "" : "\n")).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
        expect(normaliseText(once, lines)).toBe(once);
      }),
    );
  });
});

describe("a hostile directory", () => {
  test("a text of more than 64 KiB is a problem of that person, without the text in it", async () => {
    const mapping = await compileMapping({ definition: hrSource, scope: { include: [] } });
    const { problems } = mapping.evaluate("user", { login: "x".repeat(65_537), enabled: true });
    expect(problems).toEqual([
      { path: "userName", message: "the text is longer than 64 KiB", where: "hr/mapping.yaml:5:15" },
    ]);
    expect(mapping.evaluate("user", { login: "x".repeat(65_536), enabled: true }).problems).toEqual([]);
  });

  test("no value of any form crashes the mapping or changes a prototype", async () => {
    const mapping = await compileMapping({ definition: hrSource, scope: { include: [] } });
    const before = Object.getOwnPropertyNames(Object.prototype).length;
    const record = fc.dictionary(
      fc.constantFrom("login", "title", "enabled", "manager", "id", "givenName", "__proto__", "constructor"),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(record, (attributes) => {
        const mapped = mapping.evaluate("user", attributes as never);
        expect(Object.keys(mapped.attributes)).toEqual(["displayName", "externalId", "title", "userName"]);
        expect(mapping.evaluate("user", attributes as never)).toEqual(mapped);
      }),
    );
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(before);
  });
});
