/** Lines of a YAML file that hold what somebody else wrote. */
import { escaped } from "../output/escape.ts";
import { wrap } from "../output/table.ts";

const WIDTH = 120;
/** What YAML would read as something else than text, or not at all. */
const NOT_TEXT = /^(true|false|null|yes|no|on|off|~|[+-]?[\d.][\d._eE+-]*|0[xo][\da-f]+)$/i;

/** A text on one line: bare where that is safe, in quotes where it is not. */
export function yamlText(text: string): string {
  const bare = /^[A-Za-z(][^#:\n]*(?:[:#](?![\s])[^#:\n]*)*$/.test(text) && !/\s#|[\s:]$|^\S+:\s/.test(text);
  return bare && isVisible(text) && !NOT_TEXT.test(text) ? text : inQuotes(text);
}

/** A key, or a text inside [ ] or { }, where commas and brackets mean something. */
export function yamlItem(text: string): string {
  return /^[A-Za-z][\w.:-]*$/.test(text) && !text.endsWith(":") && !NOT_TEXT.test(text)
    ? text
    : inQuotes(text);
}

/** Single quotes; what could not be seen is written as codes, which only double quotes hold. */
function inQuotes(text: string): string {
  if (isVisible(text)) return `'${text.replaceAll("'", "''")}'`;
  return JSON.stringify(text).replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function isVisible(text: string): boolean {
  return escaped(text) === text && /^[\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u.test(text);
}

/** Comment lines; `hang` is how much further in than the first line the others are. */
export function comment(text: string, indent: string, hang = 0): readonly string[] {
  const [first = "", ...rest] = wrap(escaped(text), WIDTH - indent.length - 2 - hang);
  return [`${indent}# ${first}`, ...rest.map((line) => `${indent}# ${" ".repeat(hang)}${line}`)];
}
