/** Functions and methods on lists, tables, numbers and times, and those that take anything. */
import { declare, type FunctionEntry, items, text, whole } from "./function-entry.ts";
import { characters } from "./text.ts";
import { bounded, EvaluationFailure, isEmpty, isList, isTable, type Value } from "./value.ts";

export const VALUE_FUNCTIONS: readonly FunctionEntry[] = [
  declare(
    "coalesce",
    "A, A -> A",
    "The first argument that is not empty; up to sixteen of them.",
    (args) => {
      for (const each of args) if (!isEmpty(each)) return each;
      return null;
    },
    { most: 16, seesNothing: true, entra: "Coalesce" },
  ),
  declare(
    "join",
    "string, list<A> -> string",
    "Texts with a separator between; what is empty or absent is left out, lists inside are taken apart.",
    ([separator, list]) => join(text(separator), items(list)),
    { entra: "Join" },
  ),
  declare(
    "first",
    "list<A> -> A",
    "The first entry of a list; nothing of an empty one.",
    ([list]) => items(list)[0] ?? null,
  ),
  declare(
    "item",
    "list<A>, int -> A",
    "The n-th entry of a list, from 1; nothing when there are fewer.",
    ([list, n]) => items(list)[whole(n) - 1] ?? null,
    { entra: "Item" },
  ),
  declare("count", "list<A> -> int", "Number of entries.", ([list]) => BigInt(items(list).length), {
    ofNothing: 0n,
    entra: "Count",
  }),
  declare(
    "removeDuplicates",
    "list<A> -> list<A>",
    "Each entry once, in the order of their first appearance.",
    ([list]) => [...new Set(items(list))],
    { entra: "RemoveDuplicates" },
  ),
  declare(
    "lookup",
    "map<string, A>, string, A -> A",
    'The value behind a key of a table such as {"S": "Sales"}, or the third argument. Case counts; the key "" is for nothing.',
    ([table, key, otherwise]) => {
      const entry =
        table !== undefined && table !== null && isTable(table) && (key === null || typeof key === "string")
          ? table.get(key ?? "")
          : undefined;
      return entry ?? otherwise ?? null;
    },
    { seesNothing: true, entra: "Switch" },
  ),
  declare(
    "isEmpty",
    "dyn -> bool",
    "True for an absent attribute, an empty text and an empty list.",
    ([value]) => isEmpty(value ?? null),
    { seesNothing: true, entra: "IsNullOrEmpty" },
  ),
  declare("isPresent", "dyn -> bool", "The opposite of isEmpty.", ([value]) => !isEmpty(value ?? null), {
    seesNothing: true,
    entra: "IsPresent",
  }),
  declare("isString", "dyn -> bool", "True for a text.", ([value]) => typeof value === "string", {
    seesNothing: true,
    entra: "IsString",
  }),
  declare(
    "bitAnd",
    "int, int -> int",
    "Bitwise and, for flags.",
    ([a, b]) => (typeof a === "bigint" && typeof b === "bigint" ? a & b : null),
    { entra: "BitAnd" },
  ),
  declare("size", "dyn -> int", "Number of characters or entries; 0 of nothing.", size, {
    standard: true,
    ofNothing: 0n,
    entra: "Len",
  }),
  declare("string", "dyn -> string", "A number or a truth value as text.", ([value]) => toText(value), {
    standard: true,
    entra: "CStr",
  }),
  declare("string", "google.protobuf.Timestamp -> string", "A time as text in ISO 8601, UTC.", ([value]) =>
    toText(value),
  ),
  declare("string", "Reference -> string", "A reference (the id of a person) as text.", ([value]) =>
    toText(value),
  ),
  declare(
    "bool",
    "dyn -> bool",
    'A truth value out of text: "true" and "1", "false" and "0", whatever the case.',
    ([value]) => toTruth(value),
    { standard: true, entra: "CBool" },
  ),
  declare("bool", "int -> bool", "True for every number but 0.", ([value]) => toTruth(value), {
    entra: "CBool",
  }),
  declare(
    "int",
    "dyn -> int",
    "A whole number out of a text or a broken number.",
    ([value]) => toInt(value),
    { standard: true },
  ),
  declare(
    "timestamp",
    "string -> google.protobuf.Timestamp",
    "A time out of text in ISO 8601.",
    ([value]) => toTime(text(value)),
    { standard: true },
  ),
  declare("size", "dyn -> int", "Number of characters or entries; 0 of nothing.", size, {
    form: "method",
    standard: true,
    ofNothing: 0n,
  }),
  declare(
    "join",
    "list<string>, string -> string",
    "The same as the function join, but an empty text where nothing is joined.",
    ([list, separator]) => join(text(separator), items(list)) ?? "",
    {
      form: "method",
      standard: true,
    },
  ),
];

/** A loop and not a chain: most people's names go through here. */
function join(separator: string, parts: readonly Value[]): string | null {
  let joined = "";
  for (const part of parts) {
    const text = isList(part) ? join(separator, part) : isEmpty(part) ? null : toText(part);
    if (text !== null) joined = bounded(joined === "" ? text : `${joined}${separator}${text}`);
  }
  return joined === "" ? null : joined;
}

function size([value]: readonly Value[]): bigint {
  if (typeof value === "string") return BigInt(characters(value));
  if (value !== undefined && isList(value)) return BigInt(value.length);
  if (value !== undefined && isTable(value)) return BigInt(value.size);
  throw new EvaluationFailure("size() counts the characters of a text or the entries of a list");
}

function toText(value: Value | undefined): string {
  if (value instanceof Date) return value.toISOString();
  if (value === undefined || value === null || typeof value === "object")
    throw new EvaluationFailure("only texts, numbers, truth values and times can become text");
  return String(value);
}

function toTruth(value: Value | undefined): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "bigint" || typeof value === "number") return Number(value) !== 0;
  const word = typeof value === "string" ? value.trim().toLowerCase() : "";
  if (word === "true" || word === "1") return true;
  if (word === "false" || word === "0") return false;
  throw new EvaluationFailure("bool() got something that is neither true nor false");
}

function toInt(value: Value | undefined): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "string" && /^[+-]?\d{1,18}$/.test(value)) return BigInt(value);
  if (typeof value === "number" && Number.isSafeInteger(Math.trunc(value))) return BigInt(Math.trunc(value));
  throw new EvaluationFailure("int() got something that is not a whole number");
}

function toTime(subject: string): Date {
  const time = new Date(subject);
  if (!/^\d{4}-\d{2}-\d{2}/.test(subject) || Number.isNaN(time.getTime()))
    throw new EvaluationFailure("timestamp() got a text that is not a time such as 2026-11-22T08:00:00Z");
  return time;
}
