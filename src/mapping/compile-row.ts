/** A written row as something to evaluate: one path, one closure. */
import type { Json } from "../scim/resource.ts";
import type { SourceRecord } from "../sources/source.ts";
import type { YamlDocument } from "../yaml/document.ts";
import type { Keys } from "../yaml/keys.ts";
import type { Problem } from "../yaml/problem.ts";
import { compileExpression, type Expression, type Language, type ResultType } from "./expression.ts";
import type { Occasion, Row } from "./mapping.ts";
import { normaliser } from "./normalise.ts";
import type { WrittenRow } from "./rows.ts";
import { EvaluationFailure, type Value } from "./value.ts";

export interface CompiledRow extends Row {
  readonly reads: readonly string[];
  /** It gives another value each time. */
  readonly isVolatile: boolean;
  /** `occasion` is there for rows that are written once. Throws EvaluationFailure. */
  evaluate(record: SourceRecord, occasion?: Occasion): Json;
  /** Of a row with `ifEmpty`: what is read before it, and whether it is used for a record. Throws EvaluationFailure. */
  readonly fallback?: { readonly before: readonly string[]; isUsed(record: SourceRecord): boolean };
}

/** Undefined when the row is wrong; then the problems say so. */
export function compileRow(
  written: WrittenRow,
  language: Language,
  problems: Problem[],
): CompiledRow | undefined {
  const { spec, document, keys, path } = written;
  const common = { path: path.text, where: document.where(keys) } as const;
  if (typeof spec === "object" && "constant" in spec) {
    const value = constantValue(written, problems);
    if (value === undefined) return undefined;
    const row = {
      ...common,
      type: "constant",
      text: JSON.stringify(spec.constant),
      write: spec.write,
    } as const;
    return { ...row, reads: [], isVolatile: false, evaluate: () => value };
  }
  const { value, ifEmpty, write } =
    typeof spec === "string" ? { value: spec, ifEmpty: undefined, write: "always" as const } : spec;
  const spoken = { ...language, isOnce: write === "onCreate" };
  const main = compileLocated(
    value,
    spoken,
    document,
    typeof spec === "string" ? keys : [...keys, "value"],
    problems,
  );
  const other =
    ifEmpty === undefined
      ? undefined
      : compileLocated(ifEmpty, spoken, document, [...keys, "ifEmpty"], problems);
  if (main === undefined || (ifEmpty !== undefined && other === undefined)) return undefined;
  const wrong = [main, other]
    .map((each) => each && typeProblem(written, each.type))
    .find((each) => each !== undefined);
  if (wrong !== undefined) {
    problems.push(document.problem(keys, wrong));
    return undefined;
  }
  if (main.type === "reference" && write !== "always") {
    problems.push(document.problem([...keys, "write"], "a reference follows the directory: leave out write"));
    return undefined;
  }
  const text = other === undefined ? main.text : `${main.text} (if empty: ${other.text})`;
  const type = main.type === "reference" ? "reference" : "expression";
  const normalise = normaliser(path, written.holds === "reference" ? "text" : written.holds);
  return {
    ...common,
    type,
    text,
    write,
    reads: [...new Set([...main.reads, ...(other?.reads ?? [])])],
    isVolatile: main.isVolatile || other?.isVolatile === true,
    evaluate: withFallback(path.text, main, other, normalise),
    ...(other === undefined ? {} : { fallback: fallbackOf(main, normalise) }),
  };
}

function fallbackOf(main: Expression, normalise: (value: Value) => Json) {
  return { before: main.reads, isUsed: (record: SourceRecord) => normalise(main.evaluate(record)) === null };
}

function withFallback(
  path: string,
  main: Expression,
  other: Expression | undefined,
  normalise: (value: Value) => Json,
): CompiledRow["evaluate"] {
  if (main.isVolatile || other?.isVolatile === true)
    return (record, occasion) => {
      const moment = occasion && { now: occasion.now, random: occasion.random(path) };
      const value = normalise(main.evaluate(record, moment));
      return value ?? (other === undefined ? null : normalise(other.evaluate(record, moment)));
    };
  if (other === undefined) return (record) => normalise(main.evaluate(record));
  return (record) => normalise(main.evaluate(record)) ?? normalise(other.evaluate(record));
}

/** Compiles a text that stands in a file; mistakes become problems with the caret under the word. */
function compileLocated(
  text: string,
  language: Language,
  document: YamlDocument,
  keys: Keys,
  problems: Problem[],
): Expression | undefined {
  const compiled = compileExpression(text, language);
  for (const { message, offset, length } of compiled.mistakes ?? [])
    problems.push(document.problem(keys, message, { offset, length }));
  return compiled.expression;
}

function constantValue(written: WrittenRow, problems: Problem[]): Json | undefined {
  const { spec, holds, path, document, keys } = written;
  if (typeof spec === "string" || !("constant" in spec)) return undefined;
  const { constant } = spec;
  const at = [...keys, "constant"];
  if (holds === "reference") {
    problems.push(document.problem(at, "a reference to a person cannot be constant"));
    return undefined;
  }
  try {
    if (holds === "text" && typeof constant !== "string")
      throw new EvaluationFailure("expected text; put it in quotes");
    const value = normaliser(path, holds)(constant as Value);
    if (value === null) throw new EvaluationFailure("expected a value; an empty constant says nothing");
    return value;
  } catch (error) {
    if (!(error instanceof EvaluationFailure)) throw error;
    problems.push(document.problem(at, error.message));
    return undefined;
  }
}

/** What stands at a path, and what an expression may give there. */
function typeProblem({ holds, path }: WrittenRow, type: ResultType): string | undefined {
  const wrong = (expected: string) =>
    `${path.text} holds ${expected}, but the expression gives ${NAMES[type]}`;
  if (type === "other") return wrong("a single value");
  if (holds === "reference")
    return type === "reference" ? undefined : wrong("a reference to a person, e.g. user.manager");
  if (type === "reference" && holds !== "any") return wrong(HELD[holds]);
  if (holds === "list" && type !== "list" && type !== "any")
    return `"${path.attribute}" holds several values: give a list, or say which part of which one, as in ${path.attribute}[type eq "work"].value`;
  if (holds === "boolean") return type === "bool" || type === "any" ? undefined : wrong("true or false");
  if (holds === "text") {
    if (type === "int" || type === "double" || type === "bool")
      return `${wrong("a text")}; string(...) makes a text of it`;
    if (type === "list") return `${wrong("a text")}; join(", ", ...) or first(...) makes a text of it`;
  }
  return undefined;
}

const HELD = { text: "a text", boolean: "true or false", list: "a list of texts" } as const;

const NAMES: Readonly<Record<ResultType, string>> = {
  string: "a text",
  bool: "true or false",
  int: "a number",
  double: "a number",
  timestamp: "a time",
  list: "a list",
  reference: "a reference",
  any: "anything",
  other: "a map",
};
