/** Functions and methods on lists, tables, numbers and times, and those that take anything. */
import { declare, type FunctionEntry, items, text } from "./function-entry.ts";
import { length } from "./text.ts";
import { bounded, EvaluationFailure, isEmpty, isList, isTable, type Value } from "./value.ts";

export const VALUE_FUNCTIONS: readonly FunctionEntry[] = [
  declare(
    "coalesce",
    "A, A -> A",
    "The first argument that is not empty; up to eight of them.",
    (args) => {
      for (const each of args) if (!isEmpty(each)) return each;
      return null;
    },
    { most: 8, seesNothing: true },
  ),
  declare(
    "join",
    "string, list<A> -> string",
    "Texts with a separator between; what is empty or absent is left out, lists inside are taken apart.",
    ([separator, list]) => join(text(separator), items(list)),
  ),
  declare(
    "first",
    "list<A> -> A",
    "The first entry of a list; nothing of an empty one.",
    ([list]) => items(list)[0] ?? null,
  ),
  declare("count", "list<A> -> int", "Number of entries.", ([list]) => BigInt(items(list).length), {
    ofNothing: 0n,
  }),
  declare(
    "removeDuplicates",
    "list<A> -> list<A>",
    "Each entry once, in the order of their first appearance.",
    ([list]) => [...new Set(items(list))],
  ),
  declare(
    "lookup",
    "map<string, A>, string, A -> A",
    'The value behind a key of a table such as {"S": "Sales"}, or the third argument.',
    ([table, key, otherwise]) => {
      const entry =
        table !== undefined && isTable(table) && typeof key === "string" ? table.get(key) : undefined;
      return entry ?? otherwise ?? null;
    },
    { seesNothing: true },
  ),
  declare(
    "isEmpty",
    "dyn -> bool",
    "True for an absent attribute, an empty text and an empty list.",
    ([value]) => isEmpty(value ?? null),
    { seesNothing: true },
  ),
  declare("isPresent", "dyn -> bool", "The opposite of isEmpty.", ([value]) => !isEmpty(value ?? null), {
    seesNothing: true,
  }),
  declare("bitAnd", "int, int -> int", "Bitwise and, for flags: bitAnd(user.flags, 2) != 0.", ([a, b]) =>
    typeof a === "bigint" && typeof b === "bigint" ? a & b : null,
  ),
  declare("size", "dyn -> int", "Number of characters or entries; 0 of nothing.", size, {
    standard: true,
    ofNothing: 0n,
  }),
  declare("string", "dyn -> string", "A number or a truth value as text.", ([value]) => toText(value), {
    standard: true,
  }),
  declare("string", "google.protobuf.Timestamp -> string", "A time as text in ISO 8601, UTC.", ([value]) =>
    toText(value),
  ),
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
    if (text !== null) joined = joined === "" ? text : `${joined}${separator}${text}`;
  }
  return joined === "" ? null : bounded(joined);
}

function size([value]: readonly Value[]): bigint {
  if (typeof value === "string") return BigInt(length(value));
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
