/** Compiles and evaluates one expression for tests. */
import { compileExpression, type Language } from "../../src/mapping/expression.ts";
import type { Value } from "../../src/mapping/value.ts";
import type { SourceRecord } from "../../src/sources/source.ts";
import { hrSource } from "../config/registries.ts";

export const closed: Language = { variable: "user", attributes: hrSource.attributes.user, openSchema: false };
export const open: Language = { ...closed, openSchema: true };

export function mistakes(text: string, language: Language = closed): readonly string[] {
  return (compileExpression(text, language).mistakes ?? []).map((each) => each.message);
}

export function evaluate(text: string, record: SourceRecord = {}, language: Language = closed): Value {
  const compiled = compileExpression(text, language);
  if (compiled.expression === undefined)
    throw new Error(compiled.mistakes.map((each) => each.message).join("; "));
  return compiled.expression.evaluate(record);
}
