/** What is wrong with a text as YAML, in an admin's words. */
import { type Document, isScalar, visit, type YAMLParseError, type YAMLWarning } from "yaml";
import type { Range } from "./frame.ts";

/** The place may be a better one than the parser's: a quote that is not closed is found where it begins, and not where the file ends. */
export function syntaxProblem(
  { code, message, pos }: YAMLParseError | YAMLWarning,
  text: string,
  parsed: Document.Parsed,
): { readonly range: Range; readonly message: string } {
  if (code === "DUPLICATE_KEY") {
    const [key = ""] = /^[^:\n]*/.exec(text.slice(pos[0], pos[0] + longestKey)) ?? [];
    const range = [pos[0], pos[0] + Math.max(1, key.length)] as const;
    return { range, message: "this key stands here a second time; keep one of them" };
  }
  if (message.startsWith("Missing closing ")) {
    const quote = message.includes("'") ? "'" : '"';
    const start = openQuote(parsed, pos[0]) ?? pos[0];
    return {
      range: [start, start + 1],
      message: `the text that begins here is not closed: expected ${quote} at its end`,
    };
  }
  return { range: pos, message: sentences[code] ?? inOtherWords(message) };
}

const longestKey = 200;

const sentences: Readonly<Record<string, string>> = {
  TAG_RESOLVE_FAILED: "tags (words that begin with !) are not used here; write the value without one",
  BLOCK_AS_IMPLICIT_KEY: "put this value in quotes: it holds a colon and a space, which YAML reads as a key",
  MULTIPLE_DOCS: "expected one document, got a second one after ---",
  TAB_AS_INDENT: "expected spaces for indentation, got a tab",
  NON_STRING_KEY: "expected text as a key; put it in quotes",
};

const phrases: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^Flow sequence .*\]$/, 'expected "]" before this: a list that begins with "[" is not closed'],
  [/^Flow map .*\}$/, 'expected "}" before this: a map that begins with "{" is not closed'],
  [
    /^All mapping items must start at the same column/,
    "expected this key in the same column as the ones before it",
  ],
  [
    /^All sequence items must start at the same column/,
    "expected this - in the same column as the ones before it",
  ],
  [
    /^Implicit map keys need to be followed by map values/,
    "expected a key with a colon behind it, such as source: entra",
  ],
  [
    /^Implicit keys need to be on a single line/,
    "expected a colon: what begins here is read as a key, and a key ends on its line",
  ],
  [/^Missing , .*between flow collection items/, "expected a comma before this"],
];

function inOtherWords(message: string): string {
  const known = phrases.find(([pattern]) => pattern.test(message));
  return known?.[1] ?? `not valid YAML: ${message}`;
}

/** Where the text in quotes begins that should have ended at `end`. */
function openQuote(parsed: Document.Parsed, end: number): number | undefined {
  let start: number | undefined;
  visit(parsed, {
    Scalar(_key, node) {
      const isQuoted = isScalar(node) && (node.type === "QUOTE_DOUBLE" || node.type === "QUOTE_SINGLE");
      if (isQuoted && node.range != null && node.range[0] <= end && node.range[2] >= end)
        start = node.range[0];
    },
  });
  return start;
}
