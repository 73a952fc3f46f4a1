import { isUtf8 } from "node:buffer";
import type { Log } from "../../../log.ts";
import type { Json } from "../../../scim/resource.ts";
import type { Entry } from "../client/entry.ts";
import { parseExtendedDn } from "./dn.ts";
import { generalizedTimeIso } from "./filetime.ts";
import { guidOf } from "./guid.ts";
import type { Selected, Selection } from "./selection.ts";
import { sidOf } from "./sid.ts";

/** What an entry says: attributes with values, attributes that were sent empty, and those that need a look at the object itself. */
export interface Said {
  readonly set: Readonly<Record<string, Json>>;
  readonly cleared: readonly string[];
  /** Linked attributes with several values, of which DirSync tells only what was added and removed. */
  readonly partial: readonly string[];
}

/**
 * Reads the selected attributes of an entry, in the order of the selection, so that equal content gives equal text.
 * `distinguishedName` is left to the caller: only some answers say it anew.
 */
export function readRecord(entry: Entry, selection: Selection, log: Log, extent: "whole" | "changes"): Said {
  const sent = bySelection(entry, selection);
  const set: Record<string, Json> = {};
  const cleared: string[] = [];
  const partial: string[] = [];
  for (const [key, selected] of selection) {
    const options = sent.get(key);
    if (options === undefined) continue;
    if (extent === "changes" && selected.many !== false && !options.has("")) {
      partial.push(selected.name);
      continue;
    }
    // A linked attribute with one value comes as what was added and what was removed: the removed one is not it any more.
    const values =
      firstRange(selected.name, options, log) ?? options.get("range=1-1") ?? options.get("") ?? [];
    const value = jsonOf(selected, values, log);
    if (value === undefined) cleared.push(selected.name);
    else set[selected.name] = value;
  }
  return { set, cleared, partial };
}

/** More values than the server gives at once ("proxyAddresses;range=0-1499"). */
function firstRange(
  name: string,
  options: ReadonlyMap<string, readonly Buffer[]>,
  log: Log,
): readonly Buffer[] | undefined {
  const [range] = [...options.keys()].filter((option) => /^range=0-([1-9]\d*|\*)$/.test(option));
  if (range === undefined) return undefined;
  if (!range.endsWith("*"))
    log.warn({ attribute: name }, "has more values than the server gives at once; the first are read");
  return options.get(range);
}

/** Values by attribute, then by option ("" for none). Members go their own way. */
function bySelection(
  entry: Entry,
  selection: Selection,
): ReadonlyMap<string, ReadonlyMap<string, readonly Buffer[]>> {
  const sent = new Map<string, Map<string, readonly Buffer[]>>();
  for (const [key, values] of entry.values) {
    const [base = key, option = ""] = key.split(";", 2);
    if (base === "member" || !selection.has(base)) continue;
    const options = sent.get(base) ?? new Map<string, readonly Buffer[]>();
    sent.set(base, options.set(option, values));
  }
  return sent;
}

function jsonOf(selected: Selected, values: readonly Buffer[], log: Log): Json | undefined {
  const read = values.map((value) => decode(selected, value, log)).filter((value) => value !== undefined);
  if (read.length === 0) return undefined;
  if (selected.many === true || (selected.many === "unknown" && read.length > 1)) return read;
  return read[0];
}

function decode({ name, syntax }: Selected, value: Buffer, log: Log): Json | undefined {
  switch (syntax) {
    case "guid":
      return guidOf(value);
    case "sid":
      return sidOf(value);
    case "octets":
      return value.toString("base64");
    case "dn":
      return parseExtendedDn(value.toString("utf8")).guid;
    default:
      return decodeText(syntax, textOf(name, value, log));
  }
}

function decodeText(
  syntax: "text" | "boolean" | "int" | "large" | "time",
  text: string | undefined,
): Json | undefined {
  if (text === undefined) return undefined;
  if (syntax === "boolean") return text.toUpperCase() === "TRUE";
  if (syntax === "int") return /^-?\d{1,10}$/.test(text) ? Number(text) : undefined;
  return syntax === "time" ? (generalizedTimeIso(text) ?? text) : text;
}

function textOf(name: string, value: Buffer, log: Log): string | undefined {
  if (value.includes(0)) {
    log.warn({ attribute: name }, "a value with a NUL character is left out");
    return undefined;
  }
  if (!isUtf8(value))
    log.warn({ attribute: name }, "a value that is not UTF-8 is read with replacement characters");
  return value.toString("utf8");
}
