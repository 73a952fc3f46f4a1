/** How a function of the mapping language is declared. */
import { ConfigurationError } from "../errors.ts";
import { isList, type Value } from "./value.ts";

/** What a function may need besides its arguments; only those that are evaluated once, when an account is made, look at it. */
export interface Moment {
  /** ms since 1970 UTC */
  readonly now: number;
  /** A whole number from 0 up to, but not including, the bound; every one as likely, and not to be foreseen. */
  random(bound: number): number;
}

/** The arguments have the declared types, or are null. */
export type Apply = (args: readonly Value[], moment: Moment) => Value;

export interface FunctionEntry {
  readonly name: string;
  /** A method is written behind a value, which is its first parameter: `user.mail.endsWith("x")`. */
  readonly form: "function" | "method";
  /** CEL types; A is any one type. */
  readonly parameters: readonly string[];
  readonly returns: string;
  readonly description: string;
  /** The function of Microsoft Entra's expressions that does the same. */
  readonly entra: string | undefined;
  /** The last parameter may be repeated, up to so many parameters in all. */
  readonly most: number;
  /** What it gives when the first argument is nothing; undefined: it sees the null itself. */
  readonly ofNothing: Value | undefined;
  /** Parameters, from 0, that must be written out: a pattern, a format. What they say is made ready once. */
  readonly literals: readonly number[];
  /** Gives another value each time; only for what is written once. */
  readonly isVolatile: boolean;
  /** CEL has it by itself, so the type checker knows it; only the evaluation is ours. */
  readonly standard: boolean;
  /** `literals`: what stands there, in that order. Throws WrongLiteral when one of them is wrong. */
  bind(literals: readonly string[]): Apply;
}

type Options = Partial<Pick<FunctionEntry, "most" | "ofNothing" | "standard" | "form" | "entra">> & {
  readonly isVolatile?: boolean;
  readonly seesNothing?: boolean;
};

/** `signature` as in "string, int -> string". By default nothing as the first argument gives nothing. */
export function declare(
  name: string,
  signature: string,
  description: string,
  apply: Apply,
  options: Options = {},
): FunctionEntry {
  return declareBound(name, signature, description, [], () => apply, options);
}

/** A function some of whose arguments are literals that say what it does. */
export function declareBound(
  name: string,
  signature: string,
  description: string,
  literals: readonly number[],
  bind: FunctionEntry["bind"],
  options: Options = {},
): FunctionEntry {
  const [parameters = "", returns = ""] = signature.split(" -> ");
  const list = parameters === "" ? [] : parameters.split(/, (?![^<]*>)/);
  const { seesNothing = false, ofNothing = null, ...rest } = options;
  return {
    name,
    form: "function",
    parameters: list,
    returns,
    description,
    entra: undefined,
    most: list.length,
    literals,
    isVolatile: false,
    standard: false,
    bind,
    ...rest,
    ofNothing: seesNothing ? undefined : ofNothing,
  };
}

/** One sentence about a literal, and which of the function's literals it is about. */
export class WrongLiteral extends Error {
  readonly at: number;

  constructor(at: number, cause: ConfigurationError) {
    super(cause.message, { cause });
    this.at = at;
  }
}

/** What is made of the literal with this number; what it throws is about that literal. */
export function fromLiteral<Made>(at: number, make: () => Made): Made {
  try {
    return make();
  } catch (error) {
    throw error instanceof ConfigurationError ? new WrongLiteral(at, error) : error;
  }
}

/** Arguments in the type that was checked already; only the compiler does not know. Nothing is empty. */
export const text = (value: Value | undefined): string => (typeof value === "string" ? value : "");
export const whole = (value: Value | undefined): number => Number(value ?? 0);
export const time = (value: Value | undefined): Date | undefined =>
  value instanceof Date ? value : undefined;
export const items = (value: Value | undefined): readonly Value[] =>
  value !== undefined && isList(value) ? value : [];
