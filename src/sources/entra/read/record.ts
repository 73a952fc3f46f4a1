import { elements, isObject, member } from "../../../scim/path.ts";
import type { Json } from "../../../scim/resource.ts";
import type { SourceRecord } from "../../source.ts";
import type { Document } from "../client/answer.ts";

/** What an entry says of an object: properties with a value, and those that it says have none. */
export interface Said {
  readonly set: SourceRecord;
  readonly cleared: readonly string[];
}

/**
 * Reads an entry of a list, a delta or a single object, in the order of the selection, so that equal content gives equal text. A
 * property that is missing was never set, or did not change: an entry does not tell which. Empty values are no values, because
 * single objects show `null` and `[]` where deltas show nothing.
 */
export function readEntry(entry: Document, selection: readonly string[]): Said {
  const set: Record<string, Json> = {};
  let cleared: string[] | undefined;
  for (const name of selection) {
    const value = name === "manager" ? managerOf(entry) : member(entry, name);
    if (value === undefined) continue;
    const content = contentOf(value);
    if (content !== undefined) set[name] = content;
    else if (cleared === undefined) cleared = [name];
    else cleared.push(name);
  }
  return { set, cleared: cleared ?? nothing };
}

const nothing: readonly string[] = [];

/** The record that follows when an entry is laid over an older one. */
export function overlaid(
  record: SourceRecord,
  { set, cleared }: Said,
  selection: readonly string[],
): SourceRecord {
  const merged = { ...record, ...set };
  const kept = selection.filter((name) => merged[name] !== undefined && !cleared.includes(name));
  return Object.fromEntries(kept.map((name) => [name, merged[name] ?? null]));
}

/** The manager's id; null when the entry says that there is none, undefined when it does not speak of it. */
function managerOf(entry: Document): Json | undefined {
  const changes = entry["manager@delta"];
  if (changes !== undefined) {
    const now = elements(changes).findLast((each) => member(each, "@removed") === undefined);
    return member(now, "id") ?? null;
  }
  const expanded = entry["manager"];
  if (expanded === undefined) return undefined;
  return member(expanded, "id") ?? null;
}

function contentOf(value: Json): Json | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (value === null) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value;
  if (!isObject(value)) return value;
  const filled = Object.entries(value).filter(([name, each]) => each !== null && !name.includes("@"));
  return filled.length === 0 ? undefined : Object.fromEntries(filled);
}
