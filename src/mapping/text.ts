/** Text functions of mappings that are more than a call. Positions count characters as people do: a surrogate pair is one. */
import { bounded, EvaluationFailure } from "./value.ts";

/** The first `count` characters; a negative count gives the whole text. */
export function left(text: string, count: number): string {
  return count < 0 ? text : slice(text, 0, count);
}

/** `length` characters from position `start`, which counts from 1. */
export function middle(text: string, start: number, length: number): string {
  if (start < 1) throw new EvaluationFailure("mid() counts positions from 1");
  return slice(text, start - 1, start - 1 + Math.max(0, length));
}

/** Characters from `start` (counted from 0) up to `end`. */
export function slice(text: string, start: number, end: number): string {
  const simple = !/[\ud800-\udfff]/.test(text.slice(0, end * 2));
  return simple ? text.slice(start, end) : [...text].slice(start, end).join("");
}

/** What stands before the first `separator`; the whole text when there is none. */
export function before(text: string, separator: string): string {
  const at = text.indexOf(separator);
  return at === -1 ? text : text.slice(0, at);
}

/** What stands behind the first `separator`; nothing when there is none. */
export function after(text: string, separator: string): string | null {
  const at = text.indexOf(separator);
  return at === -1 ? null : text.slice(at + separator.length);
}

/** Every occurrence replaced, literally. */
export function replaceText(text: string, search: string, replacement: string): string {
  if (search === "") throw new EvaluationFailure("replace() needs a text to search for");
  if (!text.includes(search)) return text;
  return bounded(text.split(search).join(replacement));
}

/** The n-th word, counted from 1, between any of the delimiters; nothing when there are fewer. */
export function word(text: string, position: number, delimiters: string): string | null {
  const between = new Set(delimiters);
  let seen = 0;
  let current = "";
  for (const character of text) {
    if (!between.has(character)) {
      current += character;
      continue;
    }
    if (current !== "" && ++seen === position) return current;
    current = "";
  }
  return current !== "" && ++seen === position ? current : null;
}

/** First letter of each word, in upper case. */
export function initials(text: string): string {
  const words = text.split(/[\s-]+/u).filter((each) => each !== "");
  return words.map((each) => String.fromCodePoint(each.codePointAt(0) ?? 0).toUpperCase()).join("");
}

/** Letters that are no base letter with a mark: Unicode gives them no decomposition. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: "ss",
  ẞ: "SS",
  æ: "ae",
  Æ: "AE",
  œ: "oe",
  Œ: "OE",
  ø: "oe",
  Ø: "OE",
  ł: "l",
  Ł: "L",
  đ: "d",
  Đ: "D",
  ð: "d",
  Ð: "D",
  þ: "th",
  Þ: "Th",
  ħ: "h",
  Ħ: "H",
  ı: "i",
};
const SPECIAL = new RegExp(`[${Object.keys(LETTERS).join("")}]`, "gu");

/** Letters without accents and strokes: for login names. Other scripts stay as they are. */
export function normalizeDiacritics(text: string): string {
  const stripped = text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .normalize("NFC");
  return stripped.replace(SPECIAL, (letter) => LETTERS[letter] ?? letter);
}

/** The parts between separators. */
export function split(text: string, separator: string): readonly string[] {
  if (separator === "") throw new EvaluationFailure("split() needs a separator");
  return text.split(separator);
}

/** Number of characters. */
export function length(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    const code = text.charCodeAt(index);
    if (code >= 0xd800 && code <= 0xdbff) {
      count--;
      index++;
    }
  }
  return count;
}
