/** Checks a value of a YAML file against a zod schema and says what is wrong in an admin's words. */

import { speaksOfSecret } from "../secret.ts";
import { z } from "../zod.ts";
import type { Spot, YamlDocument } from "./document.ts";
import type { Keys } from "./keys.ts";
import type { Problem } from "./problem.ts";
import { show } from "./show.ts";
import { didYouMean, listNames } from "./suggest.ts";

type Issue = z.core.$ZodIssue;

/** What a shape check needs to know beside the schema. */
export interface ShapeOptions {
  /** Where the value stands in the document. */
  readonly keys: Keys;
  /** What stands behind an unknown key may be a secret under a misspelt name. */
  readonly hideUnknown?: boolean | ((keys: Keys) => boolean);
}

/** The parsed value, or the problems and, if anything is left without what is wrong, `rest`: good only for finding more problems. */
export function checkShape<T>(
  schema: z.ZodType<T>,
  value: unknown,
  document: YamlDocument,
  options: ShapeOptions,
):
  | { readonly value: T; readonly problems?: undefined }
  | { readonly problems: readonly Problem[]; readonly rest: T | undefined } {
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data };
  const known = lazySchema(schema);
  const problems = result.error.issues.flatMap((issue) => report(issue, value, document, options, known));
  return { problems, rest: withoutWrong(schema, value, result.error.issues) };
}

/** A second and third look without what was wrong; a part that cannot do without it goes as a whole. */
function withoutWrong<T>(schema: z.ZodType<T>, value: unknown, first: readonly Issue[]): T | undefined {
  const copy = structuredClone(value);
  let issues = first;
  for (let round = 0; round < 3; round++) {
    for (const issue of issues) {
      const keys =
        issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
      for (const path of keys) removeAt(copy, path);
    }
    const result = schema.safeParse(copy);
    if (result.success) return result.data;
    issues = result.error.issues;
  }
  return undefined;
}

/** Removes what stands at the path, or the part around it when there is nothing to remove. */
function removeAt(root: unknown, path: Keys): void {
  const key = path.at(-1);
  const around = valueAt(root, path.slice(0, -1));
  if (key === undefined || typeof around !== "object" || around === null) return;
  if (Object.hasOwn(around, key)) Reflect.deleteProperty(around, key);
  else removeAt(root, path.slice(0, -1));
}

function report(
  issue: Issue,
  root: unknown,
  document: YamlDocument,
  options: ShapeOptions,
  known: () => unknown,
): Problem[] {
  const keys = [...options.keys, ...issue.path];
  const got = valueAt(root, issue.path);
  const problem = (message: string, spot?: Spot) => [document.problem(keys, message, spot)];
  if (issue.code === "unrecognized_keys") {
    const names = propertyNames(schemaAt(known(), issue.path));
    return issue.keys.map((key) => {
      const below = [...keys, key];
      if (key === "<<") return document.problem(below, mergeKey, { at: "key" });
      const message = `unknown key${didYouMean(key, names) || `, expected ${listNames(names)}`}`;
      return document.problem(below, message, { at: "key", hide: isHidden(options, below) });
    });
  }
  if (speaksOfSecret(issue.message)) {
    const literal = typeof got === "string" || typeof got === "number";
    const what = literal
      ? "something else, which may be the secret itself: it does not belong in this file"
      : show(got);
    return problem(`${issue.message}, got ${what}`, { hide: true });
  }
  if (issue.code === "invalid_key") {
    const message = issue.issues[0]?.message ?? issue.message;
    return problem(`${message}, got ${show(issue.path.at(-1)?.toString())}`, { at: "key" });
  }
  if (issue.code === "invalid_union") {
    const closest = closestBranch(issue.errors);
    if (closest !== undefined)
      return closest.flatMap((each) =>
        report({ ...each, path: [...issue.path, ...each.path] }, root, document, options, known),
      );
  }
  return problem(sentence(issue, got));
}

function isHidden({ hideUnknown = false }: ShapeOptions, keys: Keys): boolean {
  return typeof hideUnknown === "boolean" ? hideUnknown : hideUnknown(keys);
}

function sentence(issue: Issue, got: unknown): string {
  if (issue.code === "custom" && !issue.message.startsWith("expected")) return issue.message;
  // That a map is one helps nobody where something inside it is wrong.
  if (issue.code === "custom" && isFilled(got)) return issue.message;
  const suggestion =
    issue.code === "invalid_value" && typeof got === "string"
      ? didYouMean(got, issue.values.map(String))
      : "";
  return `${expectation(issue)}, got ${show(got)}${suggestion}${asList(issue, got)}`;
}

/** One value is easily taken for a list of one. */
function asList(issue: Issue, got: unknown): string {
  const isOne = issue.code === "invalid_type" && issue.expected === "array" && typeof got === "string";
  return isOne && got !== "" && got.length <= 60 ? `; a list of one is written [${show(got)}]` : "";
}

function isFilled(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function expectation(issue: Issue): string {
  if (issue.message.startsWith("expected")) return issue.message;
  switch (issue.code) {
    case "invalid_type":
      return `expected ${TYPES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return `expected ${listNames(issue.values.map((each) => (typeof each === "string" ? each : show(each))))}`;
    case "too_small":
      return `expected ${size(issue.origin, issue.inclusive === false ? "more than" : "at least", issue.minimum)}`;
    case "too_big":
      return `expected ${size(issue.origin, issue.inclusive === false ? "less than" : "at most", issue.maximum)}`;
    case "invalid_format":
      return `expected ${issue.pattern === undefined ? issue.format : `text of the form ${issue.pattern}`}`;
    case "not_multiple_of":
      return `expected a multiple of ${issue.divisor}`;
    default:
      return `expected another value (${issue.message})`;
  }
}

const mergeKey =
  '"<<" merges maps in YAML 1.1 and is not used here; write the keys out, or give the whole value an &anchor and name it with *anchor';

const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a map",
  record: "a map",
  array: "a list",
  null: "nothing",
};

function size(origin: string, comparison: string, bound: number | bigint): string {
  if (origin === "string")
    return bound === 1 && comparison === "at least" ? "text" : `${comparison} ${bound} characters`;
  if (origin === "array" || origin === "set")
    return `${comparison} ${bound} ${bound === 1 ? "entry" : "entries"}`;
  return `${comparison} ${bound}`;
}

/** The branch of a union that the admin most likely meant: of those that take this kind of value, the one with the fewest complaints. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const complaints = (issues: readonly Issue[]) =>
    issues.reduce((sum, each) => sum + (each.code === "unrecognized_keys" ? each.keys.length : 1), 0);
  const sameKind = branches.filter((issues) => !issues.some(isOfAnotherKind));
  return sameKind.toSorted((a, b) => complaints(a) - complaints(b))[0];
}

function isOfAnotherKind(issue: Issue): boolean {
  return issue.path.length === 0 && issue.code === "invalid_type";
}

function valueAt(root: unknown, path: Keys): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key];
  }
  return value;
}

/** The names of keys are asked from the JSON Schema, which is public and stable, and only when there is something to say. */
function lazySchema(schema: z.ZodType): () => unknown {
  let json: unknown;
  return () => {
    json ??= z.toJSONSchema(schema, { io: "input", unrepresentable: "any", reused: "inline" });
    return json;
  };
}

function schemaAt(schema: unknown, path: Keys): unknown {
  let here: unknown = schema;
  for (const key of path) {
    here =
      branches(here)
        .map((each) => property(property(each, "properties"), key) ?? below(each, key))
        .find((each) => each !== undefined) ?? {};
  }
  return here;
}

function below(schema: unknown, key: PropertyKey): unknown {
  return property(schema, typeof key === "number" ? "items" : "additionalProperties");
}

function propertyNames(schema: unknown): string[] {
  return [...new Set(branches(schema).flatMap((each) => Object.keys(property(each, "properties") ?? {})))];
}

function branches(schema: unknown): readonly unknown[] {
  const any = property(schema, "anyOf") ?? property(schema, "oneOf") ?? property(schema, "allOf");
  return Array.isArray(any) ? any.flatMap(branches) : [schema];
}

function property(value: unknown, key: PropertyKey): object | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  const found = (value as Readonly<Record<PropertyKey, unknown>>)[key];
  return typeof found === "object" && found !== null ? found : undefined;
}
