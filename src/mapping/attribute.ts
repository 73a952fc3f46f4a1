/** Reading a source's attribute as a value of the mapping language. Absent, empty and null are the same: nothing. */
import type { Json } from "../scim/resource.ts";
import type { AttributeInfo, SourceRecord } from "../sources/source.ts";
import { EvaluationFailure, type Value } from "./value.ts";

export type Read = (record: SourceRecord) => Value;

/** `info` undefined: an attribute of an extended schema, whose type only the record tells. */
export function readAttribute(name: string, info: AttributeInfo | undefined): Read {
  const convert = CONVERSIONS[info?.type ?? "dyn"];
  // Names that the source lists are none of Object.prototype's, and the look-up costs as much as all the rest.
  const listed = info !== undefined && !(name in Object.prototype);
  return (record) => {
    const value = listed || Object.hasOwn(record, name) ? record[name] : undefined;
    if (value === undefined || value === null || value === "") return null;
    const converted = convert(value);
    if (converted === undefined)
      throw new EvaluationFailure(
        `the attribute ${name} is ${kindOf(value)}, expected ${EXPECTED[info?.type ?? "dyn"]}`,
      );
    return converted;
  };
}

type Conversion = (value: Json) => Value | undefined;

const EXPECTED = {
  string: "a text",
  reference: "a text",
  boolean: "true or false",
  int: "a whole number",
  timestamp: "a time",
  list: "a list",
  dyn: "a text or a list",
};

const CONVERSIONS: Readonly<Record<keyof typeof EXPECTED, Conversion>> = {
  string: asText,
  reference: asText,
  boolean: (value) => (typeof value === "boolean" ? value : undefined),
  int: asInt,
  timestamp: asTime,
  list: asList,
  dyn: asAnything,
};

/** A directory may send the only value of an attribute as a list of one. */
function asText(value: Json): Value | undefined {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.length <= 1) return value.length === 0 ? null : asText(value[0]);
  return undefined;
}

function asInt(value: Json): Value | undefined {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === "string" && /^-?\d{1,19}$/.test(value)) return BigInt(value);
  return undefined;
}

function asTime(value: Json): Value | undefined {
  if (typeof value !== "string") return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

function asList(value: Json): Value | undefined {
  if (!Array.isArray(value)) return typeof value === "object" ? undefined : [value];
  const values: Value[] = [];
  for (const each of value) {
    if (typeof each === "object" && each !== null) return undefined;
    if (each !== null && each !== "") values.push(each);
  }
  return values;
}

function asAnything(value: Json): Value | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof value === "object" ? asList(value) : value;
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "string") return "a text of another form";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
