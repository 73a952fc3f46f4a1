/** Text that somebody else wrote, made harmless for a terminal: the one way by which it gets there. */

/**
 * What moves a cursor, recolours, reorders or hides text: C0, DEL, C1, line and paragraph separators, format characters (bidi, zero-width,
 * tags), lone surrogates, and everything that is drawn as nothing at all (UAX #44, Default_Ignorable_Code_Point).
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** One line of text in which every character can be seen; what could not is shown as `\u{202e}`. An emoji stays whole. */
export function escaped(text: string): string {
  return text.replace(UNSAFE, (character, at: number) =>
    isInsideEmoji(character, text, at) ? character : visible(character),
  );
}

/** The other way round: what `escaped` has written comes back, and nothing else. */
export function visibleAgain(text: string): string {
  return text.replace(/\\u\{([0-9a-f]{1,6})\}/g, (written, hex: string) => {
    const point = Number.parseInt(hex, 16);
    const character = point > 0x10_ffff ? "" : String.fromCodePoint(point);
    return character.match(UNSAFE) === null ? written : character;
  });
}

/** Several lines, each made harmless; the line breaks stay. For our own messages, which may quote what others wrote. */
export function escapedLines(text: string): readonly string[] {
  return text.split("\n").map(escaped);
}

function visible(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

const EMOJI_BEFORE = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier})\ufe0f?$/u;
const EMOJI_AFTER = /^\p{Extended_Pictographic}/u;

/** Emoji are joined by U+200D and coloured by U+FE0F; elsewhere the two only hide. */
function isInsideEmoji(character: string, text: string, at: number): boolean {
  if (character !== "\u200d" && character !== "\ufe0f") return false;
  if (!EMOJI_BEFORE.test(text.slice(Math.max(0, at - 4), at))) return false;
  return character === "\ufe0f" || EMOJI_AFTER.test(text.slice(at + 1, at + 3));
}

/** As a shell takes it for one word, in a command that is to be copied. */
export function shellWord(text: string): string {
  return /^[\w@.+:%/=-]+$/.test(text) && !text.startsWith("-") ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
