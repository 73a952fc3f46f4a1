/** Text functions of mappings that are more than a call. Positions count characters as people do: a surrogate pair is one. */
import { ConfigurationError } from "../errors.ts";
import { EvaluationFailure, Growing } from "./value.ts";

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

/** Where `part` begins, counted from 1, looked for from position `start` on; 0 when it is not there. */
export function position(text: string, part: string, start: number): number {
  if (start < 1) throw new EvaluationFailure("position() counts positions from 1");
  const from = start === 1 ? 0 : slice(text, 0, start - 1).length;
  const at = text.indexOf(part, from);
  return at === -1 ? 0 : characters(text.slice(0, at)) + 1;
}

/** Throws ConfigurationError when this is no name of a language (BCP 47). */
export function checkLanguage(name: string): void {
  try {
    Intl.getCanonicalLocales(name);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ConfigurationError(`"${name}" is no name of a language such as tr or en-US`, { cause: error });
  }
}

/** Every occurrence replaced, literally. `by`: the function that does it, for its message. */
export function replaceText(text: string, search: string, replacement: string, by = "replace"): string {
  if (search === "") throw new EvaluationFailure(`${by}() needs a text to search for`);
  const made = new Growing();
  let end = 0;
  for (let at = text.indexOf(search); at !== -1; at = text.indexOf(search, end)) {
    made.add(text.slice(end, at));
    made.add(replacement);
    end = at + search.length;
  }
  made.add(text.slice(end));
  return made.toString();
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

/** The parts between separators. */
export function split(text: string, separator: string): readonly string[] {
  if (separator === "") throw new EvaluationFailure("split() needs a separator");
  return text.split(separator);
}

/** Number of characters. */
export function characters(text: string): number {
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
