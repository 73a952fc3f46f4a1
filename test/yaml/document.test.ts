import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { readDocument } from "../../src/yaml/document.ts";
import { formatProblem, sortProblems } from "../../src/yaml/problem.ts";

function frame(yaml: string, keys: readonly (string | number)[], offset?: number, length?: number): string {
  const { document } = readDocument("f", yaml);
  return document.problem(
    keys,
    "m",
    offset === undefined ? {} : { offset, ...(length === undefined ? {} : { length }) },
  ).frame;
}

function underlined(yaml: string, keys: readonly string[], word: string, value: string): string {
  const [line = "", carets = ""] = frame(yaml, keys, value.indexOf(word), word.length).split("\n");
  return line.slice(carets.indexOf("^"), carets.lastIndexOf("^") + 1);
}

describe("a place inside a value", () => {
  test.each([
    ["plain", "a: foo + bar\n", "foo + bar"],
    ["single quotes", "a: 'it''s + bar'\n", "it's + bar"],
    ["double quotes", 'a: "\\"x\\" + bar"\n', '"x" + bar'],
    ["a quote at the start", "a: '\"x\" + bar'\n", '"x" + bar'],
    ["a block", "a: |\n  foo +\n  bar\n", "foo +\nbar\n"],
    ["a folded block", "a: >-\n  foo +\n  bar\n", "foo + bar"],
    ["a plain text over two lines", "a: foo +\n  bar\n", "foo + bar"],
    ["a flow map", "a: { b: 1 }\nc: 2\n", ""],
  ])("is found in %s", (_how, yaml, value) => {
    if (value !== "") expect(underlined(yaml, ["a"], "bar", value)).toBe("bar");
    expect((readDocument("f", yaml).document.value as { a: unknown }).a).toEqual(
      value === "" ? { b: 1 } : value,
    );
  });

  test("is found whatever the text and however it is quoted", () => {
    const text = fc.stringMatching(/^[a-z"'\\ :#]{0,20}$/);
    fc.assert(
      fc.property(text, fc.constantFrom("QUOTE_DOUBLE", "QUOTE_SINGLE", "PLAIN"), (before, type) => {
        const value = `${before}BAR`;
        const yaml = stringify({ a: value }, { defaultStringType: type, lineWidth: 0 });
        expect(underlined(yaml, ["a"], "BAR", value)).toBe("BAR");
      }),
    );
  });
});

describe("a place", () => {
  const yaml = "a:\n  b: [1, x]\n  c:\n    d: 1\n";

  test.each([
    [["a", "b", 1], 2, 10],
    [["a", "c", "d"], 4, 8],
    [["a", "c", "missing"], 3, 3],
    [["a", "missing", "deep"], 1, 1],
  ])("of %j is line %i, column %i", (keys, line, column) => {
    expect(readDocument("f", yaml).document.problem(keys, "m")).toMatchObject({ line, column });
  });

  test("is counted in CRLF files too", () => {
    expect(
      readDocument("f", yaml.replaceAll("\n", "\r\n")).document.problem(["a", "c", "d"], "m"),
    ).toMatchObject({ line: 4, column: 8 });
  });

  test("behind an alias is where the value is written", () => {
    const { document } = readDocument("f", "x: &x\n  y: 1\nz: *x\n");
    expect(document.value).toEqual({ x: { y: 1 }, z: { y: 1 } });
    expect(document.problem(["z", "y"], "m").line).toBe(2);
  });
});

describe("a frame", () => {
  test("of a long line shows the part around the caret", () => {
    const yaml = `a: ${"x".repeat(300)} bar ${"y".repeat(300)}\n`;
    const [line = "", carets = ""] = frame(yaml, ["a"], 301, 3).split("\n");
    expect(line.length).toBeLessThan(120);
    expect(line.slice(carets.indexOf("^"), carets.lastIndexOf("^") + 1)).toBe("bar");
  });

  test("leaves out what looks like a secret, also of a neighbour on the line", () => {
    const yaml = "{ a: x, clientSecret: hunter2, apiToken: [hunter2], 'pass-phrase': \"hunter2\", b: y }\n";
    expect(frame(yaml, ["b"])).toContain("apiToken: …, 'pass-phrase': …, b: y }");
  });

  test("keeps references to secrets readable", () => {
    expect(frame("{ token: { env: NAME }, b: y }\n", ["b"])).toContain("token: { env: NAME }");
  });
});

test("problems come in the order of the file, each once", () => {
  const { document } = readDocument("f", "a: 1\nb: 2\n");
  const [a, b] = [document.problem(["a"], "x"), document.problem(["b"], "x")];
  expect(sortProblems([b, a, b]).map(formatProblem)).toEqual([
    "f:1:4: a: x\n    1 | a: 1\n      |    ^",
    "f:2:4: b: x\n    2 | b: 2\n      |    ^",
  ]);
});

test("any text at all gives a value or problems with a place, never a crash", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "a",
      ":",
      " ",
      "\n",
      "  ",
      "- ",
      "[",
      "]",
      "{",
      "}",
      "&x ",
      "*x",
      "!t ",
      "|\n",
      "'",
      '"',
      "#",
      "---\n",
      "<<: ",
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const { document, problems } = readDocument("f", pieces.join(""));
      for (const each of problems) expect(formatProblem(each)).toMatch(/^f:\d+:\d+: /);
      document.problem(["a", 0, "b"], "m", { offset: 3 });
    }),
    { numRuns: 1_000 },
  );
});
