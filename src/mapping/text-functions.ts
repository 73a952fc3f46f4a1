/** Functions and methods on texts. */
import { declare, type FunctionEntry, text, whole } from "./function-entry.ts";
import type { Pattern } from "./pattern.ts";
import {
  after,
  before,
  initials,
  left,
  length,
  middle,
  normalizeDiacritics,
  replaceText,
  slice,
  split,
  word,
} from "./text.ts";
import { bounded, type Value } from "./value.ts";

const METHOD = { form: "method", standard: true } as const;
const TEST = { ...METHOD, ofNothing: false } as const;

export const TEXT_FUNCTIONS: readonly FunctionEntry[] = [
  declare("lower", "string -> string", "Lower case.", ([s]) => text(s).toLowerCase()),
  declare("upper", "string -> string", "Upper case.", ([s]) => text(s).toUpperCase()),
  declare("trim", "string -> string", "Without spaces at both ends.", ([s]) => text(s).trim()),
  declare("stripSpaces", "string -> string", "Without any spaces.", ([s]) => text(s).replace(/\s+/gu, "")),
  declare(
    "normalizeDiacritics",
    "string -> string",
    "Without accents: é to e, ß to ss, æ to ae, ø to oe, ł to l.",
    ([s]) => normalizeDiacritics(text(s)),
  ),
  declare("initials", "string -> string", "First letter of each word, in upper case.", ([s]) =>
    initials(text(s)),
  ),
  declare(
    "left",
    "string, int -> string",
    "The first n characters; all of them when n is negative.",
    ([s, n]) => left(text(s), whole(n)),
  ),
  declare(
    "mid",
    "string, int, int -> string",
    "So many characters (third argument) from a position that counts from 1.",
    ([s, start, n]) => middle(text(s), whole(start), whole(n)),
  ),
  declare(
    "before",
    "string, string -> string",
    "What stands before the first separator; the whole text without one.",
    ([s, separator]) => before(text(s), text(separator)),
  ),
  declare(
    "after",
    "string, string -> string",
    "What stands behind the first separator; nothing without one.",
    ([s, separator]) => after(text(s), text(separator)),
  ),
  declare(
    "word",
    "string, int, string -> string",
    "The n-th word, from 1, between any of the delimiters; nothing when there are fewer.",
    ([s, n, delimiters]) => word(text(s), whole(n), text(delimiters)),
  ),
  declare(
    "replace",
    "string, string, string -> string",
    "Every occurrence of a text replaced.",
    ([s, old, by]) => replaceText(text(s), text(old), text(by)),
  ),
  declare(
    "reReplace",
    "string, string, string -> string",
    "Every match of a pattern (RE2) replaced; $1 and $<name> are its groups, $$ is a dollar.",
    ([s, , by], pattern) =>
      pattern === undefined ? text(s) : bounded(pattern.replaceAll(text(s), text(by))),
    { usesPattern: true },
  ),
  declare(
    "reMatches",
    "string, string -> bool",
    "True when a pattern (RE2) is found in the text; ^ and $ tie it to the ends.",
    found,
    { usesPattern: true, ofNothing: false },
  ),
  declare("split", "string, string -> list<string>", "The parts between separators.", ([s, separator]) =>
    split(text(s), text(separator)),
  ),

  declare(
    "startsWith",
    "string, string -> bool",
    "True when the text begins so. Case counts.",
    ([s, part]) => text(s).startsWith(text(part)),
    TEST,
  ),
  declare(
    "endsWith",
    "string, string -> bool",
    "True when the text ends so. Case counts.",
    ([s, part]) => text(s).endsWith(text(part)),
    TEST,
  ),
  declare(
    "contains",
    "string, string -> bool",
    "True when the text holds another. Case counts.",
    ([s, part]) => text(s).includes(text(part)),
    TEST,
  ),
  declare("matches", "string, string -> bool", "The same as reMatches.", found, {
    ...TEST,
    usesPattern: true,
  }),
  declare(
    "lowerAscii",
    "string -> string",
    "Letters A to Z in lower case; other letters stay.",
    ([s]) => text(s).replace(/[A-Z]+/g, (part) => part.toLowerCase()),
    METHOD,
  ),
  declare(
    "upperAscii",
    "string -> string",
    "Letters a to z in upper case; other letters stay.",
    ([s]) => text(s).replace(/[a-z]+/g, (part) => part.toUpperCase()),
    METHOD,
  ),
  declare("trim", "string -> string", "Without spaces at both ends.", ([s]) => text(s).trim(), METHOD),
  declare(
    "substring",
    "string, int -> string",
    "Characters from a position that counts from 0, up to another or to the end.",
    ([s, start, end]) => {
      const subject = text(s);
      return slice(
        subject,
        Math.max(0, whole(start)),
        end == null ? subject.length : Math.max(0, whole(end)),
      );
    },
    { ...METHOD, most: 3 },
  ),
  declare(
    "indexOf",
    "string, string -> int",
    "Position of a text, from 0; -1 when it is not there.",
    ([s, part]) => {
      const at = text(s).indexOf(text(part));
      return BigInt(at === -1 ? -1 : length(text(s).slice(0, at)));
    },
    METHOD,
  ),
  declare(
    "split",
    "string, string -> list<string>",
    "The parts between separators.",
    ([s, separator]) => split(text(s), text(separator)),
    METHOD,
  ),
];

function found([subject]: readonly Value[], pattern: Pattern | undefined): boolean {
  return pattern?.found(text(subject)) ?? false;
}
