/** How a function of the mapping language is declared. */
import type { Pattern } from "./pattern.ts";
import { isList, type Value } from "./value.ts";

export interface FunctionEntry {
  readonly name: string;
  /** A method is written behind a value, which is its first parameter: `user.mail.endsWith("x")`. */
  readonly form: "function" | "method";
  /** CEL types; A is any one type. */
  readonly parameters: readonly string[];
  readonly returns: string;
  readonly description: string;
  /** The last parameter may be repeated, up to so many parameters in all. */
  readonly most: number;
  /** What it gives when the first argument is nothing; undefined: `apply` sees the null itself. */
  readonly ofNothing: Value | undefined;
  /** The second parameter is a regular expression: a literal, compiled once. */
  readonly usesPattern: boolean;
  /** CEL has it by itself, so the type checker knows it; only the evaluation is ours. */
  readonly standard: boolean;
  /** The arguments have the declared types, or are null. `pattern` is there when `usesPattern`. */
  apply(args: readonly Value[], pattern: Pattern | undefined): Value;
}

type Options = Partial<Pick<FunctionEntry, "most" | "ofNothing" | "usesPattern" | "standard" | "form">> & {
  readonly seesNothing?: boolean;
};

/** `signature` as in "string, int -> string". By default nothing as the first argument gives nothing. */
export function declare(
  name: string,
  signature: string,
  description: string,
  apply: FunctionEntry["apply"],
  options: Options = {},
): FunctionEntry {
  const [parameters = "", returns = ""] = signature.split(" -> ");
  const list = parameters.split(/, (?![^<]*>)/);
  const { seesNothing = false, ofNothing = null, ...rest } = options;
  return {
    name,
    form: "function",
    parameters: list,
    returns,
    description,
    most: list.length,
    usesPattern: false,
    standard: false,
    apply,
    ...rest,
    ofNothing: seesNothing ? undefined : ofNothing,
  };
}

/** Arguments in the type that was checked already; only the compiler does not know. Nothing is empty. */
export const text = (value: Value | undefined): string => (typeof value === "string" ? value : "");
export const whole = (value: Value | undefined): number => Number(value ?? 0);
export const items = (value: Value | undefined): readonly Value[] =>
  value !== undefined && isList(value) ? value : [];
