import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { didYouMean, editDistance, listNames, nearest } from "../../src/yaml/suggest.ts";

describe("the distance between two words", () => {
  test.each([
    ["", "", 0],
    ["abc", "abc", 0],
    ["abc", "", 3],
    ["titel", "title", 1],
    ["titlle", "title", 1],
    ["tile", "title", 1],
    ["tital", "title", 2],
    ["kitten", "sitting", 3],
    ["ca", "abc", 3],
  ])("%j and %j: %i", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
    expect(editDistance(b, a)).toBe(distance);
  });

  test("never exceeds the longer word, is 0 for equal words only, and stops at its limit", () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 5 }), (a, b, limit) => {
        const distance = editDistance(a, b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance === 0).toBe(a === b);
        expect(editDistance(a, b, limit)).toBe(Math.min(distance, limit));
      }),
    );
  });
});

describe("a suggestion", () => {
  const names = ["userName", "displayName", "title", "st", "c"];

  test.each([
    ["usrName", "userName"],
    ["USERNAME", "userName"],
    ["titel", "title"],
    ["ST", "st"],
    ["sn", undefined],
    ["x", undefined],
    ["colour", undefined],
    ["", undefined],
    ["userName".repeat(40), undefined],
  ])("for %j is %j", (name, expected) => {
    expect(nearest(name, names)).toBe(expected);
  });

  test("is nothing when the name is right", () => {
    expect(didYouMean("title", names)).toBe("");
  });
});

test("a list of names reads like a sentence and stays short", () => {
  expect([
    listNames([]),
    listNames(["a"]),
    listNames(["a", "b", "c"]),
    listNames(["a", "b", "c"], 2),
  ]).toEqual(["nothing", "a", "a, b or c", "a, b (and 1 more)"]);
});
