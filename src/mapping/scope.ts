/** Scope rules: an expression that says who is in. */
import type { Kind } from "../scim/resource.ts";
import type { SourceRecord } from "../sources/source.ts";
import { compileExpression, type Language, type Mistake } from "./expression.ts";
import type { Verdict } from "./mapping.ts";
import { EvaluationFailure, truth } from "./value.ts";

/** An expression of the configuration, as written there. */
export interface WrittenRule {
  readonly text: string;
  /** file:line:column */
  readonly where: string;
}

export interface ScopeRule {
  readonly reads: readonly string[];
  judge(record: SourceRecord): Verdict;
}

const EVERYBODY: ScopeRule = { reads: [], judge: () => ({ inScope: true, rule: "no scope rule" }) };

/** Without a rule everybody is in scope. */
export function compileScope(
  kind: Kind,
  rule: WrittenRule | undefined,
  language: Language,
): ScopeRule | { readonly mistakes: readonly Mistake[] } {
  if (rule === undefined) return EVERYBODY;
  const { expression, mistakes } = compileExpression(rule.text, language);
  if (expression === undefined) return { mistakes };
  if (expression.type !== "bool" && expression.type !== "any") {
    const message = `expected a condition (true or false), but the expression gives ${expression.type}`;
    return { mistakes: [{ message, offset: 0, length: rule.text.length }] };
  }
  const shown = `${rule.text} (${rule.where})`;
  const yes: Verdict = { inScope: true, rule: shown };
  const no: Verdict = { inScope: false, rule: shown };
  return {
    reads: expression.reads,
    judge(record) {
      try {
        return truth(expression.evaluate(record)) ? yes : no;
      } catch (error) {
        if (!(error instanceof EvaluationFailure)) throw error;
        const problem = `the scope rule for ${kind}s cannot be evaluated: ${error.message} (${rule.where})`;
        return { ...yes, problem };
      }
    },
  };
}
