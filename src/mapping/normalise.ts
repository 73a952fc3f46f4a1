/**
 * What a mapped value looks like before it is compared and sent. A directory's spelling must not look like a change, and nothing
 * hostile may travel on: spaces at the ends go, an empty text is no value, control characters go, and so do those that turn the direction of
 * writing (a name must not be able to rearrange the line that it stands in; marks of single letters stay); broken surrogates become U+FFFD.
 * Line breaks stay where RFC 7643 allows them (formatted, streetAddress) and become a space elsewhere. Unicode is not composed anew:
 * the text stays the one that the directory has.
 */
import type { Path } from "../scim/path.ts";
import type { Json } from "../scim/resource.ts";
import type { Holds } from "./target-path.ts";
import { EvaluationFailure, isList, toJson, type Value } from "./value.ts";

/** In UTF-16 units; no attribute of a person is longer. */
const LONGEST = 64 * 1024;
/** Anything but text: control characters, the two separators of lines, directions. Written as what is not text, and without the flag u: for speed. */
const UNWANTED = /[^ -~\u00a0-\u2027\u202f-\u2065\u206a-\uffff]/;
const CONTROLS = /[\p{Cc}\u202a-\u202e\u2066-\u2069]+/gu;
const LINE_BREAKS = /\r\n?|[\n\v\f\u0085\u2028\u2029]/g;

/** A function for one place of the target. It throws EvaluationFailure for a value that cannot stand there. */
export function normaliser(path: Path, holds: Holds): (value: Value) => Json {
  const lines = ["formatted", "streetAddress"].includes(path.sub ?? path.attribute);
  const text = (value: string) => normaliseText(value, lines);
  if (holds === "boolean")
    return (value) => {
      if (value !== null && typeof value !== "boolean") throw new EvaluationFailure("expected true or false");
      return value;
    };
  if (holds === "list")
    return (value) => {
      if (value !== null && !isList(value) && typeof value !== "string")
        throw new EvaluationFailure("expected a list of texts");
      const entries = value === null ? [] : isList(value) ? value : [value];
      if (entries.some((each) => typeof each !== "string" && each !== null))
        throw new EvaluationFailure("expected a list of texts; string(...) makes one of a number");
      return normaliseAny(entries.map(toJson), text);
    };
  if (holds === "any") return (value) => normaliseAny(toJson(value), text);
  return (value) => {
    if (value === null) return null;
    if (typeof value === "string") return text(value);
    if (value instanceof Date) return value.toISOString();
    throw new EvaluationFailure("expected a text; string(...) makes one of a number");
  };
}

/** Null when nothing is left. */
export function normaliseText(value: string, lines: boolean): string | null {
  if (value.length > LONGEST) throw new EvaluationFailure("the text is longer than 64 KiB");
  let text = value.isWellFormed() ? value : value.toWellFormed();
  if (UNWANTED.test(text)) text = cleaned(text, lines);
  text = text.trim();
  return text === "" ? null : text;
}

function cleaned(text: string, lines: boolean): string {
  const parts = text.split(LINE_BREAKS).map((each) => each.replaceAll("\t", " ").replace(CONTROLS, ""));
  return lines ? parts.join("\n") : parts.filter((each) => each.trim() !== "").join(" ");
}

/** Lists are sets to a directory: sorted and without repetition they do not change by themselves. */
function normaliseAny(value: Json, text: (value: string) => string | null): Json {
  if (typeof value === "string") return text(value);
  if (!Array.isArray(value)) return value;
  const entries = value.map((each: Json) => normaliseAny(each, text)).filter((each) => each !== null);
  const unique = new Map(entries.map((each) => [JSON.stringify(each), each]));
  const sorted = [...unique].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
  return sorted.length === 0 ? null : sorted;
}
