/** Compiles and evaluates one expression for tests. */
import { compileExpression, type Language } from "../../src/mapping/expression.ts";
import type { Moment } from "../../src/mapping/function-entry.ts";
import type { Value } from "../../src/mapping/value.ts";
import type { SourceRecord } from "../../src/sources/source.ts";
import { hrSource } from "../config/registries.ts";

export const closed: Language = { variable: "user", attributes: hrSource.attributes.user, openSchema: false };
/** For a row that is written once, when an account is made. */
export const once: Language = { ...closed, isOnce: true };
export const open: Language = { ...closed, openSchema: true };

export function mistakes(text: string, language: Language = closed): readonly string[] {
  return (compileExpression(text, language).mistakes ?? []).map((each) => each.message);
}

export function evaluate(text: string, record: SourceRecord = {}, language: Language = closed): Value {
  const compiled = compileExpression(text, language);
  if (compiled.expression === undefined)
    throw new Error(compiled.mistakes.map((each) => each.message).join("; "));
  return compiled.expression.evaluate(record, moment());
}

/** Always the same time, and chance that is none: 0, 1, 2, ... */
function moment(): Moment {
  let drawn = 0;
  return { now: Date.UTC(2026, 10, 22, 8), random: (bound) => drawn++ % bound };
}
