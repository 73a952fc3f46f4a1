import fc from "fast-check";
import { expect, test } from "vitest";
import { escaped, escapedLines } from "../../src/commands/output/escape.ts";

const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

test.each([
  ["an escape sequence", "a\u001b[2Jb", "a\\u{1b}[2Jb"],
  ["an eight-bit control sequence", "a\u009b31mb", "a\\u{9b}31mb"],
  ["a carriage return", "safe\rFAKE", "safe\\u{d}FAKE"],
  ["a line break", "one\ntwo", "one\\u{a}two"],
  ["DEL", "a\u007f", "a\\u{7f}"],
  ["a right-to-left override", "ann\u202egpj.exe", "ann\\u{202e}gpj.exe"],
  ["a zero-width space", "a\u200bb", "a\\u{200b}b"],
  ["a tag character", "a\u{e0041}", "a\\u{e0041}"],
  ["a line separator", "a\u2028b", "a\\u{2028}b"],
  ["a filler that looks like nothing", "a\u3164b", "a\\u{3164}b"],
  ["a variation selector that only hides", "a\ufe0fb", "a\\u{fe0f}b"],
  ["a lone surrogate", "a\ud800b", "a\\u{d800}b"],
])("%s is shown, not obeyed", (_, given, shown) => {
  expect(escaped(given)).toBe(shown);
});

test.each(["Zoë O'Brien", "田中 太郎", "Łukasz Żak", "محمد", "👨‍👩‍👧 ❤️", "👩🏽‍💻", "\\u{41}"])(
  "%s stays as it is",
  (name) => {
    expect(escaped(name)).toBe(name);
  },
);

test("whatever a directory holds, nothing that moves or hides reaches a terminal", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const joined =
        /(?<=\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\u200d(?=\p{Extended_Pictographic})/gu;
      expect(escaped(text).replace(joined, "")).not.toMatch(unsafe);
    }),
  );
});

test("a message of several lines keeps its lines and nothing else", () => {
  expect(escapedLines("one\n\ttwo\u001b")).toEqual(["one", "\\u{9}two\\u{1b}"]);
});
