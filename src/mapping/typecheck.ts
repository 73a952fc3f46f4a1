/** Types: the checker of CEL, told about the source's attributes and our functions. */
import { Environment } from "@marcbachmann/cel-js";
import type { AttributeType } from "../sources/source.ts";
import { listNames } from "../yaml/suggest.ts";
import type { Language, Mistake, ResultType } from "./expression.ts";
import { FUNCTIONS, signature } from "./functions.ts";
import { LIMITS } from "./tree.ts";

const TYPES: Readonly<Record<AttributeType, string>> = {
  string: "string",
  boolean: "bool",
  int: "int",
  timestamp: "google.protobuf.Timestamp",
  list: "list<string>",
  reference: "Reference",
};

/**
 * CEL lets null meet no other type, but here every attribute may be absent: `user.mail == null` and `c ? user.mail : null` must pass.
 * So the checker reads this name of the same length, of any type, in the place of each null.
 */
const ANY_NULL = "NULL";

const base = createBase();

function createBase(): Environment {
  const environment = new Environment({ homogeneousAggregateLiterals: false, limits: LIMITS });
  environment.registerType("Reference", { fields: {} });
  environment.registerOperator("Reference == Reference", () => false);
  environment.registerVariable(ANY_NULL, "dyn");
  for (const entry of FUNCTIONS.filter((each) => !each.standard)) {
    for (let count = entry.parameters.length; count <= entry.most; count++) {
      const last = entry.parameters.at(-1) ?? "dyn";
      const parameters = Array.from({ length: count }, (_, index) => entry.parameters[index] ?? last);
      environment.registerFunction(`${entry.name}(${parameters.join(", ")}): ${entry.returns}`, () => null);
    }
  }
  return environment;
}

/** The type of what the expression gives, or the first mistake. `attributes` may hold names of an open schema. */
export function checkTypes(
  text: string,
  language: Language,
  attributes: ReadonlySet<string>,
  nulls: readonly number[],
): ResultType | Mistake {
  const fields: Record<string, string> = {};
  for (const name of attributes) {
    const info = Object.hasOwn(language.attributes, name) ? language.attributes[name] : undefined;
    fields[name] = info === undefined ? "dyn" : TYPES[info.type];
  }
  const environment = base.clone();
  environment.registerType("Attributes", { fields });
  environment.registerVariable(language.variable, "Attributes");
  const checked = environment.check(withoutNulls(text, nulls));
  if (checked.valid) return resultType(checked.type ?? "dyn");
  const range = checked.error?.range ?? { start: 0, end: text.length };
  return {
    message: explain(
      checked.error?.code ?? "",
      checked.error?.summary ?? "",
      text.slice(range.start, range.end),
    ),
    offset: range.start,
    length: Math.max(1, range.end - range.start),
  };
}

function withoutNulls(text: string, offsets: readonly number[]): string {
  return offsets.reduce(
    (result, offset) => `${result.slice(0, offset)}${ANY_NULL}${result.slice(offset + ANY_NULL.length)}`,
    text,
  );
}

function resultType(type: string): ResultType {
  if (type === "string" || type === "bool" || type === "int" || type === "double") return type;
  if (type === "Reference") return "reference";
  if (type === "google.protobuf.Timestamp") return "timestamp";
  if (type === "dyn" || type === "null") return "any";
  return type.startsWith("list") ? "list" : "other";
}

function explain(code: string, summary: string, source: string): string {
  const plain = plainTypes(summary);
  const called = /found no matching overload for '(?:[^'(]*\.)?(\w+)\((.*)\)'/.exec(plain);
  if (code === "no_matching_overload" && called !== null) {
    const [, name = "", given = ""] = called;
    const method = /'([^'(.]+)\.\w+\(/.exec(plain)?.[1];
    const all = [...(method === undefined ? [] : [method]), ...(given === "" ? [] : [given])].join(", ");
    return `${name}() does not take (${all}): ${listNames(signatures(name, all.split(", ").length))}`;
  }
  const operator = /^no such overload: (.+)$/.exec(plain)?.[1];
  if (operator !== undefined)
    return `cannot compute ${operator}${source.includes("null") ? "" : hint(operator)}`;
  return plain.charAt(0).toLowerCase() + plain.slice(1);
}

/** Of the functions of this name those that take so many arguments; all when none does. */
function signatures(name: string, count: number): readonly string[] {
  const same = FUNCTIONS.filter((each) => each.name === name);
  const fitting = same.filter((each) => each.parameters.length === count);
  return (fitting.length > 0 ? fitting : same).map(signature);
}

function hint(operator: string): string {
  if (/string \+ int|int \+ string/.test(operator)) return "; string(...) makes a text of a number";
  return /int . double|double . int/.test(operator) ? "; beside a double write 1.0 instead of 1" : "";
}

function plainTypes(summary: string): string {
  return summary
    .replaceAll("google.protobuf.Timestamp", "timestamp")
    .replace(/\bdyn(<\w+>)?/g, "any")
    .replace(/\bReference\b/g, "reference");
}
