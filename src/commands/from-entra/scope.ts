/**
 * Scoping filters as a rule of ours. Clauses of one filter are joined by "and", filters by "or"; an attribute that is absent makes every clause
 * false but IS NULL. https://learn.microsoft.com/entra/identity/app-provisioning/define-conditional-rules-for-provisioning-user-accounts
 */
import { compileExpression } from "../../mapping/expression.ts";
import { asText, type Cel, literal, NotTranslatable, type Translation, tight } from "./cel.ts";
import type { Clause, FilterGroup } from "./export-schema.ts";
import { sourceAttribute } from "./source-attributes.ts";

/** The values that a clause compares with: at least one. */
type Operator = (subject: Cel, values: readonly string[]) => string;

/** The 14 operators, by their names without regard to case, spaces and underlines. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  EQUALS: (subject, values) => equals(subject, values),
  NOTEQUALS: (subject, values) =>
    `isPresent(${subject.text}) && ${values.length > 1 ? `!(${equals(subject, values)})` : equals(subject, values, "!=")}`,
  ISTRUE: (subject) =>
    subject.type === "bool" ? `${subject.text} == true` : `${lowered(subject)} == "true"`,
  ISFALSE: (subject) =>
    subject.type === "bool" ? `${subject.text} == false` : `${lowered(subject)} == "false"`,
  ISNULL: (subject) => `isEmpty(${subject.text})`,
  ISNOTNULL: (subject) => `isPresent(${subject.text})`,
  REGEXMATCH: (subject, [pattern = ""]) => `reMatches(${asText(subject).text}, ${literal(pattern).text})`,
  NOTREGEXMATCH: (subject, [pattern = ""]) =>
    `isPresent(${subject.text}) && !reMatches(${asText(subject).text}, ${literal(pattern).text})`,
  GREATERTHAN: (subject, values) => compares(subject, ">", values),
  GREATERTHANOREQUALS: (subject, values) => compares(subject, ">=", values),
  INCLUDES: (subject, [part = ""]) => `${tight(asText(subject))}.contains(${literal(part).text})`,
  ENDSWITH: (subject, [end = ""]) => `${tight(asText(subject))}.endsWith(${literal(end).text})`,
  "&": (subject, [text = ""]) =>
    `isPresent(${subject.text}) && ${literal(text).text}.contains(${asText(subject).text})`,
  "!&": (subject, [text = ""]) =>
    `isPresent(${subject.text}) && !${literal(text).text}.contains(${asText(subject).text})`,
};

const WITHOUT_VALUE = ["ISTRUE", "ISFALSE", "ISNULL", "ISNOTNULL"];

/** Operators that some exports hold and that provisioning from Entra does not document. */
const OTHERS: Readonly<Record<string, string>> = {
  ISMEMBEROF: "membership is no attribute here: name the groups in scope.assigned.groups of the connection",
};

function equals(subject: Cel, values: readonly string[], sign = "=="): string {
  if (subject.type === "bool") return `${subject.text} ${sign} ${/^(true|1)$/i.test(values[0] ?? "")}`;
  const text = tight(asText(subject));
  const [first = ""] = values;
  return values.length === 1
    ? `${text} ${sign} ${literal(first).text}`
    : `${text} in [${values.map((each) => literal(each).text).join(", ")}]`;
}

function lowered(subject: Cel): string {
  return `lower(${asText(subject).text})`;
}

/** Texts that are whole numbers; others are not greater than any. */
function compares(subject: Cel, sign: string, [value = ""]: readonly string[]): string {
  if (!/^-?\d{1,18}$/.test(value.trim()))
    throw new NotTranslatable(`expected a whole number to compare with, got "${value}"`);
  const text = asText(subject).text;
  return `reMatches(${text}, "^-?[0-9]{1,18}$") && int(${text}) ${sign} ${value.trim()}`;
}

/** One clause; throws NotTranslatable. */
function clauseRule(clause: Clause, translation: Translation): string {
  const name = clause.operatorName.replaceAll(/[\s_-]/g, "").toUpperCase();
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (operator === undefined)
    throw new NotTranslatable(
      OTHERS[name] ?? `${clause.operatorName} is no operator that Entra documents for scoping filters`,
    );
  const attribute = clause.sourceOperandName ?? clause.attributeName;
  if (attribute === undefined || attribute === null || attribute === "")
    throw new NotTranslatable("the clause names no attribute");
  const subject = sourceAttribute(attribute, translation);
  if (subject.type === "list" || subject.type === "reference")
    throw new NotTranslatable(
      `[${attribute}] holds ${subject.type === "list" ? "several values" : "a reference"}, which Entra's filters cannot ask for either`,
    );
  const values = (clause.targetOperand?.values ?? []).map((value) =>
    value === true ? "True" : value === false ? "False" : String(value),
  );
  if (values.length === 0 && !WITHOUT_VALUE.includes(name))
    throw new NotTranslatable(`${clause.operatorName} has no value to compare with`);
  const rule = operator(subject, values);
  const { mistakes } = compileExpression(rule, translation.language);
  if (mistakes !== undefined) throw new NotTranslatable(mistakes.map(({ message }) => message).join("; "));
  return rule;
}

/** A clause as an admin sees it in Entra. */
function showClause({ sourceOperandName, attributeName, operatorName, targetOperand }: Clause): string {
  const values = (targetOperand?.values ?? []).map((value) => `"${value}"`).join(", ");
  return [sourceOperandName ?? attributeName ?? "?", operatorName, values]
    .filter((each) => each !== "")
    .join(" ");
}

/** A filter whose rule is known, and what of it has none. */
export interface FilterRule {
  readonly name: string;
  readonly rule: string;
  readonly lost: readonly { readonly clause: string; readonly at: number; readonly why: string }[];
}

/**
 * One filter. A clause without a counterpart lets nobody in: to leave it out would let people in who were out, and they would get accounts.
 */
export function filterRule(group: FilterGroup, translation: Translation): FilterRule {
  const lost: FilterRule["lost"][number][] = [];
  const parts = group.clauses.map((clause, at) => {
    try {
      return clauseRule(clause, translation);
    } catch (error) {
      if (!(error instanceof NotTranslatable)) throw error;
      lost.push({ clause: showClause(clause), at, why: error.message });
      return "false";
    }
  });
  return { name: group.name ?? "", rule: parts.length === 0 ? "true" : parts.join(" && "), lost };
}
