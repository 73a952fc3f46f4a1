/** The line of a file that a problem is about, with a caret: shortened, harmless in a terminal, without secrets. */

/** Offsets into the text, start inclusive, end exclusive. */
export type Range = readonly [start: number, end: number];

const WIDTH = 100;
const SECRET_KEY =
  "pass(?:word|phrase|code)?|secret|token|pwd|credential|authorization|cookie|(?:private|api|access|signing|shared)[-_]?key";
/** A secret-looking key and a value behind it on the same line; a value that starts a map is not a literal. */
const SECRET_PAIR = new RegExp(
  `([\\w-]*(?:${SECRET_KEY})[\\w-]*["']?\\s*:\\s*)(?![\\s{#])("[^"]*"?|'[^']*'?|[^,}#]+)`,
  "gi",
);
/** True for names of keys whose literal value is never shown. */
export function looksSecret(key: string): boolean {
  return SECRET_NAME.test(key);
}
const SECRET_NAME = new RegExp(SECRET_KEY, "i");

/**
 * The line around `range.start` and a caret line. `hidden` ranges are shown as "…"; so is whatever stands behind a key that looks
 * like a secret's, because a file that does not parse has no ranges to hide.
 */
export function codeFrame(text: string, line: number, range: Range, hidden: readonly Range[]): string {
  const lineStart = startOfLine(text, range[0]);
  const newline = text.indexOf("\n", lineStart);
  const end = newline === -1 ? text.length : newline;
  const lineEnd = end > lineStart && text[end - 1] === "\r" ? end - 1 : end;
  const whole = text.slice(lineStart, lineEnd);
  const all = [...hidden, ...secretPairs(whole, lineStart), ...logins(whole, lineStart)];
  let shown = "";
  let caretStart = 0;
  let caretEnd = 0;
  let inHidden = false;
  for (let offset = lineStart; offset <= lineEnd; offset++) {
    if (offset === range[0]) caretStart = inHidden ? shown.length - 1 : shown.length;
    if (offset === lineEnd) break;
    const hide = all.some(([start, end]) => offset >= start && offset < end);
    if (hide && !inHidden) {
      shown += "…";
      if (offset === range[0]) caretStart = shown.length - 1;
    } else if (!hide) shown += harmless(text[offset] ?? "");
    if (offset < range[1]) caretEnd = shown.length;
    inHidden = hide;
  }
  return render(shown.trimEnd(), line, caretStart, Math.max(caretEnd, caretStart + 1));
}

function render(shown: string, line: number, caretStart: number, caretEnd: number): string {
  const from = caretStart > WIDTH - 20 ? caretStart - Math.floor(WIDTH / 2) : 0;
  const window = `${from > 0 ? "…" : ""}${shown.slice(from, from + WIDTH)}${shown.length > from + WIDTH ? "…" : ""}`;
  const indent = caretStart - from + (from > 0 ? 1 : 0);
  const length = Math.max(
    1,
    Math.min(caretEnd, from + WIDTH, Math.max(shown.length, caretStart + 1)) - caretStart,
  );
  const number = String(line).padStart(5);
  return `${number} | ${window}\n      | ${" ".repeat(indent)}${"^".repeat(length)}`;
}

function startOfLine(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
}

function secretPairs(line: string, base: number): Range[] {
  return [...line.matchAll(SECRET_PAIR)].map((match) => {
    const start = base + match.index + (match[1]?.length ?? 0);
    return [start, start + (match[2]?.trimEnd().length ?? 0)] as const;
  });
}

/** User name and password in a URL. */
function logins(line: string, base: number): Range[] {
  return [...line.matchAll(/(?<=:\/\/)[^/@\s]+(?=@)/g)].map(
    ({ 0: login, index }) => [base + index, base + index + login.length] as const,
  );
}

/** One character for one character, so that the caret stays where it belongs. */
function harmless(character: string): string {
  if (character === "\t") return " ";
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(character) && !isSurrogate(character) ? "·" : character;
}

function isSurrogate(character: string): boolean {
  const code = character.charCodeAt(0);
  return code >= 0xd800 && code <= 0xdfff;
}
