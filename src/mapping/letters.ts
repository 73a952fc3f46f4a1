/** Letters: accents, proper case, and the two encodings of a text that provisioning systems ask for. */
import { composed } from "../scim/composed.ts";

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
  // Marks of their own go first: to order many of them would take long.
  const letters = composed(text.replace(/\p{Mn}/gu, ""), "NFD");
  const stripped = composed(letters.replace(/\p{Mn}/gu, ""));
  return stripped.replace(SPECIAL, (letter) => LETTERS[letter] ?? letter);
}

/** What belongs to a word, as the title case of .NET has it: an apostrophe does, a hyphen does not. */
const IN_WORD = /[\p{L}\p{M}\p{N}']/u;

/** Each word with a capital first letter. `separators`: only these characters end a word. */
export function properCase(text: string, separators?: string): string {
  const between = separators === undefined ? undefined : new Set(separators);
  let made = "";
  let isFirst = true;
  for (const character of text) {
    const inWord = between === undefined ? IN_WORD.test(character) : !between.has(character);
    made += inWord && isFirst ? character.toUpperCase() : character.toLowerCase();
    isFirst = !inWord;
  }
  return made;
}

/** Of UTF-16, little endian. */
export function toBase64(text: string): string {
  return Buffer.from(text, "utf16le").toString("base64");
}

/** Upper case hexadecimal digits of the UTF-8 bytes. */
export function toUtf8Hex(text: string): string {
  return Buffer.from(text, "utf8").toString("hex").toUpperCase();
}
