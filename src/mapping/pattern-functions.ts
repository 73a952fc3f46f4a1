/** Functions and methods that take a regular expression: it stands there literally and is compiled once. */
import { declareBound, type FunctionEntry, fromLiteral, text } from "./function-entry.ts";
import { compilePattern, type Pattern } from "./pattern.ts";

function patternOf(source: string): Pattern {
  return fromLiteral(0, () => compilePattern(source));
}

const found: FunctionEntry["bind"] = ([source = ""]) => {
  const pattern = patternOf(source);
  return ([subject]) => pattern.found(text(subject));
};

export const PATTERN_FUNCTIONS: readonly FunctionEntry[] = [
  declareBound(
    "reMatches",
    "string, string -> bool",
    "True when a pattern is found in the text; `^` and `$` tie it to the ends.",
    [1],
    found,
    { ofNothing: false },
  ),
  declareBound("matches", "string, string -> bool", "The same as reMatches.", [1], found, {
    form: "method",
    standard: true,
    ofNothing: false,
  }),
  declareBound(
    "reReplace",
    "string, string, string -> string",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what an admin writes.
    "Every match of a pattern replaced; `$1`, `$<name>` and `${name}` are its groups, `$$` is a dollar.",
    [1, 2],
    ([source = "", replacement = ""]) => {
      const pattern = patternOf(source);
      const replace = fromLiteral(1, () => pattern.replacer(replacement));
      return ([subject]) => replace(text(subject));
    },
    { entra: "Replace" },
  ),
  declareBound(
    "reReplaceGroup",
    "string, string, string, string -> string",
    "In every match of a pattern only what one of its groups (third argument) holds is replaced.",
    [1, 2],
    ([source = "", group = ""]) => {
      const pattern = patternOf(source);
      const replace = fromLiteral(1, () => pattern.groupReplacer(group));
      return ([subject, , , by]) => replace(text(subject), text(by));
    },
    { entra: "Replace" },
  ),
  declareBound(
    "reExtract",
    "string, string, string -> string",
    "What a group holds in the first match of a pattern; nothing when there is none.",
    [1, 2],
    ([source = "", group = ""]) => {
      const pattern = patternOf(source);
      const extract = fromLiteral(1, () => pattern.extractor(group));
      return ([subject]) => extract(text(subject));
    },
    { entra: "Replace" },
  ),
];
