/** More marks on one letter than any language has; the Stream-Safe Text Format draws the line there (Unicode Standard Annex 15, 13). */
const TOO_MANY_MARKS = /\p{M}{31}/u;
/** In UTF-16 units: what is shorter costs nothing, whatever it holds. */
const SHORT = 256;

/**
 * The text with its letters composed (NFC). To order the marks of one letter takes time in proportion to the square of their number: 64 KiB of them
 * would stop everything for seconds. A text with so many that it can be no name is left as it is.
 */
export function composed(text: string, form: "NFC" | "NFD" = "NFC"): string {
  return text.length > SHORT && TOO_MANY_MARKS.test(text) ? text : text.normalize(form);
}
