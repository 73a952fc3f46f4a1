/** Functions on texts. */
import { declare, declareBound, type FunctionEntry, fromLiteral, text, whole } from "./function-entry.ts";
import { normalizeDiacritics, properCase, toBase64, toUtf8Hex } from "./letters.ts";
import {
  after,
  before,
  checkLanguage,
  initials,
  left,
  middle,
  position,
  replaceText,
  split,
  word,
} from "./text.ts";
import { bounded } from "./value.ts";

export const TEXT_FUNCTIONS: readonly FunctionEntry[] = [
  declare(
    "append",
    "string, string -> string",
    "The text with another one behind it; nothing of nothing.",
    ([s, suffix]) => bounded(text(s) + text(suffix)),
    { entra: "Append" },
  ),
  declare("lower", "string -> string", "Lower case.", ([s]) => text(s).toLowerCase(), { entra: "ToLower" }),
  declareBound(
    "lower",
    "string, string -> string",
    'Lower case by the rules of a language such as "tr".',
    [1],
    ([culture = ""]) => {
      fromLiteral(0, () => checkLanguage(culture));
      return ([s]) => text(s).toLocaleLowerCase(culture);
    },
    { entra: "ToLower" },
  ),
  declare("upper", "string -> string", "Upper case.", ([s]) => text(s).toUpperCase(), { entra: "ToUpper" }),
  declareBound(
    "upper",
    "string, string -> string",
    'Upper case by the rules of a language such as "tr".',
    [1],
    ([culture = ""]) => {
      fromLiteral(0, () => checkLanguage(culture));
      return ([s]) => text(s).toLocaleUpperCase(culture);
    },
    { entra: "ToUpper" },
  ),
  declare(
    "properCase",
    "string -> string",
    "First letter of each word in upper case, the others in lower case; everything but letters, digits and apostrophes ends a word.",
    ([s]) => properCase(text(s)),
    { entra: "PCase" },
  ),
  declare(
    "properCase",
    "string, string -> string",
    "The same, but only these characters end a word.",
    ([s, separators]) => properCase(text(s), text(separators)),
    { entra: "PCase" },
  ),
  declare("trim", "string -> string", "Without spaces at both ends.", ([s]) => text(s).trim()),
  declare("stripSpaces", "string -> string", "Without any spaces.", ([s]) => text(s).replace(/\s+/gu, ""), {
    entra: "StripSpaces",
  }),
  declare(
    "normalizeDiacritics",
    "string -> string",
    "Without accents: é to e, ß to ss, æ to ae, ø to oe, ł to l.",
    ([s]) => normalizeDiacritics(text(s)),
    { entra: "NormalizeDiacritics" },
  ),
  declare("initials", "string -> string", "First letter of each word, in upper case.", ([s]) =>
    initials(text(s)),
  ),
  declare(
    "left",
    "string, int -> string",
    "The first n characters; all of them when n is negative.",
    ([s, n]) => left(text(s), whole(n)),
    { entra: "Left" },
  ),
  declare(
    "mid",
    "string, int, int -> string",
    "So many characters (third argument) from a position that counts from 1.",
    ([s, start, n]) => middle(text(s), whole(start), whole(n)),
    { entra: "Mid" },
  ),
  declare(
    "position",
    "string, string -> int",
    "Where a text begins in another, from 1; 0 when it is not there. Case counts.",
    ([s, part]) => BigInt(position(text(s), text(part), 1)),
    { entra: "InStr" },
  ),
  declare(
    "position",
    "string, string, int -> int",
    "The same, looked for from a position on.",
    ([s, part, start]) => BigInt(position(text(s), text(part), whole(start))),
    { entra: "InStr" },
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
    { entra: "Word" },
  ),
  declare(
    "replace",
    "string, string, string -> string",
    "Every occurrence of a text replaced. Case counts.",
    ([s, old, by]) => replaceText(text(s), text(old), text(by)),
    { entra: "Replace" },
  ),
  declare(
    "fillIn",
    "string, string, string -> string",
    "The text put into a template (third argument) in the place of a mark (second argument); nothing of nothing.",
    ([s, mark, template]) => replaceText(text(template), text(mark), text(s), "fillIn"),
    { entra: "Replace" },
  ),
  declare(
    "split",
    "string, string -> list<string>",
    "The parts between separators.",
    ([s, separator]) => split(text(s), text(separator)),
    { entra: "Split" },
  ),
  declare(
    "toBase64",
    "string -> string",
    "Base64 of the text in UTF-16 (little endian).",
    ([s]) => bounded(toBase64(text(s))),
    { entra: "ConvertToBase64" },
  ),
  declare(
    "toUtf8Hex",
    "string -> string",
    "The bytes of the text in UTF-8 as hexadecimal digits.",
    ([s]) => bounded(toUtf8Hex(text(s))),
    { entra: "ConvertToUTF8Hex" },
  ),
];
