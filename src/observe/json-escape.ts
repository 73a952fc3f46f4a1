/** JSON leaves DEL, C1, separators, format characters and lone surrogates as they are. */
const INVISIBLE = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** JSON text in which nothing can hide, reorder a line or make two of one: those characters as escapes, which a reader turns back. */
export function escapeJson(json: string): string {
  return json.replace(INVISIBLE, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
