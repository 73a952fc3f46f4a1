import { isUtf8 } from "node:buffer";
import type { Log } from "../../../log.ts";
import type { Json } from "../../../scim/resource.ts";
import type { Entry, Values } from "../client/entry.ts";
import { parseExtendedDn } from "./dn.ts";
import { generalizedTimeIso } from "./filetime.ts";
import { guidOf } from "./guid.ts";
import type { Selected, Selection } from "./selection.ts";
import { sidOf } from "./sid.ts";

/** Of a record. An object that grows key by key takes seven times the memory of one that is made of such a list (Object.fromEntries). */
export type Field = readonly [name: string, value: Json];

/** What an entry says: attributes with values, attributes that were sent empty, and those that need a look at the object itself. */
export interface Said {
  readonly set: readonly Field[];
  readonly cleared: readonly string[];
  /** Linked attributes with several values, of which DirSync tells only what was added and removed. */
  readonly partial: readonly string[];
}

/**
 * Reads the selected attributes of an entry, in the order of the selection, so that equal content gives equal text.
 * `distinguishedName` is left to the caller: only some answers say it anew.
 */
export function readRecord(entry: Entry, selection: Selection, log: Log, extent: "whole" | "changes"): Said {
  const set: Field[] = [];
  const cleared: string[] = [];
  const partial: string[] = [];
  const options = entry.hasOptions ? optionsOf(entry) : undefined;
  for (const selected of selection.values()) {
    // Members go their own way.
    if (selected.key === "member") continue;
    const plain = entry.get(selected.key);
    const more = options?.get(selected.key);
    if (plain === undefined && more === undefined) continue;
    if (extent === "changes" && selected.many !== false && plain === undefined) {
      partial.push(selected.name);
      continue;
    }
    // A linked attribute with one value comes as what was added and what was removed: the removed one is not it any more.
    const values = more && (firstRange(selected.name, more, log) ?? more.get("range=1-1"));
    const value = jsonOf(selected, values ?? plain, log);
    if (value === undefined) cleared.push(selected.name);
    else set.push([selected.name, value]);
  }
  return { set, cleared, partial };
}

/** More values than the server gives at once ("proxyAddresses;range=0-1499"). */
function firstRange(name: string, options: ReadonlyMap<string, Values>, log: Log): Values | undefined {
  const [range] = [...options.keys()].filter((option) => /^range=0-([1-9]\d*|\*)$/.test(option));
  if (range === undefined) return undefined;
  if (!range.endsWith("*"))
    log.warn({ attribute: name }, "has more values than the server gives at once; the first are read");
  return options.get(range);
}

/** Values by attribute, then by option, of names that have one. */
function optionsOf(entry: Entry): ReadonlyMap<string, ReadonlyMap<string, Values>> {
  const sent = new Map<string, Map<string, Values>>();
  for (const name of entry.names) {
    const [base = name, option] = name.split(";", 2);
    const values = option === undefined ? undefined : entry.get(name);
    if (option === undefined || values === undefined) continue;
    const options = sent.get(base) ?? new Map<string, Values>();
    sent.set(base, options.set(option, values));
  }
  return sent;
}

function jsonOf(selected: Selected, values: Values | undefined, log: Log): Json | undefined {
  if (values === undefined || values.count === 0) return undefined;
  if (values.count === 1 && selected.many !== true) return decode(selected, values, 0, log);
  const read = values.map((index) => decode(selected, values, index, log));
  if (read.length === 0) return undefined;
  if (selected.many === true || (selected.many === "unknown" && read.length > 1)) return read;
  return read[0];
}

function decode({ name, syntax }: Selected, values: Values, index: number, log: Log): Json | undefined {
  switch (syntax) {
    case "guid":
      return guidOf(values.bytes(index));
    case "sid":
      return sidOf(values.bytes(index));
    case "octets":
      return values.bytes(index)?.toString("base64");
    case "dn":
      return parseExtendedDn(values.text(index) ?? "").guid;
    default:
      return decodeText(syntax, textOf(name, values, index, log));
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

function textOf(name: string, values: Values, index: number, log: Log): string | undefined {
  const text = values.text(index);
  if (text?.includes("\0")) {
    log.warn({ attribute: name }, "a value with a NUL character is left out");
    return undefined;
  }
  // The replacement character may also have been sent as it is.
  if (text?.includes("\ufffd") && !isUtf8(values.bytes(index) ?? Buffer.alloc(0)))
    log.warn({ attribute: name }, "a value that is not UTF-8 is read with replacement characters");
  return text;
}
