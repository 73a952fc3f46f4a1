/** User name and password in a URL. */
const LOGIN = /(?<=:\/\/)[^/@\s]+@/g;

/** A value of a YAML file as a message shows it: one line, short, harmless in a terminal. */
export function show(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return Object.keys(value).length === 0 ? "an empty map" : "a map";
  if (typeof value !== "string") return String(value);
  const text = value.replace(LOGIN, "…@");
  const short = text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text.toWellFormed();
  return escapeInvisible(JSON.stringify(short));
}

/** Control, format and line-separating characters as `\u{...}`. */
export function escapeInvisible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
