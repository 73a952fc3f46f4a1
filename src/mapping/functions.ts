/**
 * Every function and method of the mapping language in one table: the type checker, the evaluator and the documentation read it.
 * All of them pass on what is absent: a text function of nothing gives nothing, a test of nothing gives false.
 */
import { CHANCE_FUNCTIONS } from "./chance-functions.ts";
import { DATE_FUNCTIONS } from "./date-functions.ts";
import type { FunctionEntry } from "./function-entry.ts";
import { PATTERN_FUNCTIONS } from "./pattern-functions.ts";
import { TEXT_FUNCTIONS } from "./text-functions.ts";
import { TEXT_METHODS } from "./text-methods.ts";
import { VALUE_FUNCTIONS } from "./value-functions.ts";

/** Raise it when a function's results change: stored records are mapped again then. */
export const FUNCTIONS_VERSION = 2;

export const FUNCTIONS: readonly FunctionEntry[] = [
  ...TEXT_FUNCTIONS,
  ...PATTERN_FUNCTIONS,
  ...VALUE_FUNCTIONS,
  ...DATE_FUNCTIONS,
  ...CHANCE_FUNCTIONS,
  ...TEXT_METHODS,
];

/** Built into the language: they bind a name to each entry of a list. With the number of arguments that each may have. */
export const MACROS: ReadonlyMap<string, readonly number[]> = new Map([
  ["exists", [2]],
  ["all", [2]],
  ["exists_one", [2]],
  ["filter", [2]],
  ["map", [2, 3]],
]);

/** The entries of a name; the one that takes so many arguments decides. */
export function functionNamed(
  form: FunctionEntry["form"],
  name: string,
  argumentCount: number,
): FunctionEntry | undefined {
  return FUNCTIONS.find(
    (each) =>
      each.form === form &&
      each.name === name &&
      argumentCount >= each.parameters.length &&
      argumentCount <= each.most,
  );
}

/** `left(string, int) -> string`, or with the receiver in front for a method. */
export function signature(entry: FunctionEntry): string {
  const [receiver = "", ...rest] = entry.parameters.map(shortType);
  const [open, parameters] = entry.form === "method" ? [`${receiver}.`, rest] : ["", [receiver, ...rest]];
  const more = entry.most > entry.parameters.length ? ", ..." : "";
  return `${open}${entry.name}(${parameters.join(", ")}${more}) -> ${shortType(entry.returns)}`;
}

function shortType(type: string): string {
  return type
    .replace("google.protobuf.Timestamp", "timestamp")
    .replace("Reference", "reference")
    .replace("dyn", "any")
    .replaceAll(/\bA\b/g, "any");
}
