/** Values while an expression is evaluated. An absent attribute is null; an int is a bigint, a double a number, as CEL keeps them apart. */
import type { Json } from "../scim/resource.ts";

export type Value =
  | null
  | string
  | boolean
  | bigint
  | number
  | Date
  | readonly Value[]
  | ReadonlyMap<string, Value>;

/** An expression that cannot be evaluated for one record. The message names types and attributes, never a value. */
export class EvaluationFailure extends Error {}

/** Longest text that an expression may make on its way; results have a smaller limit of their own. */
const LONGEST_TEXT = 1024 * 1024;

/** Refuses a text that grows without measure (a replacement inside a replacement). */
export function bounded(text: string): string {
  if (text.length > LONGEST_TEXT) throw new EvaluationFailure("the text becomes longer than 1 MiB");
  return text;
}

/** A text out of parts, refused before it is made when it becomes too long. */
export class Growing {
  readonly #parts: string[] = [];
  #length = 0;

  add(part: string): void {
    this.#length += part.length;
    if (this.#length > LONGEST_TEXT) throw new EvaluationFailure("the text becomes longer than 1 MiB");
    this.#parts.push(part);
  }

  toString(): string {
    return this.#parts.join("");
  }
}

/** The type of a value in the words of the documentation. */
export function typeName(value: Value): string {
  if (value === null) return "nothing";
  if (typeof value === "string") return "a text";
  if (typeof value === "boolean") return "true or false";
  if (typeof value === "bigint" || typeof value === "number") return "a number";
  if (value instanceof Date) return "a time";
  return Array.isArray(value) ? "a list" : "a map";
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function isTable(value: Value): value is ReadonlyMap<string, Value> {
  return value instanceof Map;
}

/** Nothing, an empty text or an empty list. */
export function isEmpty(value: Value): boolean {
  return value === null || value === "" || (isList(value) && value.length === 0);
}

/** True, or nothing and false; anything else is a mistake. In a condition an absent attribute counts as false. */
export function truth(value: Value): boolean {
  if (typeof value === "boolean") return value;
  if (value === null) return false;
  throw new EvaluationFailure(`expected true or false, got ${typeName(value)}`);
}

/** CEL equality: ints and doubles compare as numbers, lists and maps by what they hold, different types are not equal. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (isNumber(a) && isNumber(b)) return Number(a) === Number(b);
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (isList(a) && isList(b))
    return a.length === b.length && a.every((each, index) => equal(each, b[index] ?? null));
  if (isTable(a) && isTable(b))
    return a.size === b.size && [...a].every(([key, each]) => b.has(key) && equal(each, b.get(key) ?? null));
  return false;
}

/** Negative, zero or positive; undefined when one side is nothing. */
export function compare(a: Value, b: Value): number | undefined {
  if (a === null || b === null) return undefined;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  throw new EvaluationFailure(`cannot compare ${typeName(a)} with ${typeName(b)}`);
}

function isNumber(value: Value): value is bigint | number {
  return typeof value === "bigint" || typeof value === "number";
}

/** A value as JSON: an int as a number, a time in ISO 8601. */
export function toJson(value: Value): Json {
  if (typeof value === "bigint") {
    if (BigInt(Number(value)) === value) return Number(value);
    throw new EvaluationFailure("the number is too large for JSON; string(...) makes a text of it");
  }
  if (typeof value === "number" && !Number.isFinite(value))
    throw new EvaluationFailure("the result is not a number");
  if (value instanceof Date) return value.toISOString();
  if (isList(value)) return value.map(toJson);
  if (isTable(value)) throw new EvaluationFailure("the result is a map, which no attribute takes");
  return value;
}
