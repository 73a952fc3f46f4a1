/** JSON for other programs: one line a document, safe to look at in a terminal as well. */

import { escapeJson } from "../../observe/json-escape.ts";

/** Of every document: it changes when a reader of the one before would misunderstand. */
export const documentVersion = 1;

/** One line; a reader gets exactly the value back. */
export function jsonText(value: unknown): string {
  return escapeJson(JSON.stringify(value));
}

/** A document: `{"version": 1, "kind": ..., ...}` */
export function jsonDocument(kind: string, fields: Readonly<Record<string, unknown>>): string {
  return jsonText({ version: documentVersion, kind, ...fields });
}

/** A document with a long list, written piece by piece: the same text as `jsonDocument` would give, without holding it. */
export function* jsonListDocument(
  kind: string,
  fields: Readonly<Record<string, unknown>>,
  name: string,
  items: Iterable<unknown>,
): Iterable<string> {
  yield `${jsonDocument(kind, fields).slice(0, -1)},${jsonText(name)}:[`;
  let separator = "";
  for (const item of items) {
    yield `${separator}${jsonText(item)}`;
    separator = ",";
  }
  yield "]}";
}

/** Times in JSON are UTC in ISO 8601; null when there is none. */
export function isoTime(at: number | null | undefined): string | null {
  return at === null || at === undefined ? null : new Date(at).toISOString();
}
