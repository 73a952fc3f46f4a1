/** The mapping of people or of groups: all rows of one kind, in one fixed order. */
import type { Attributes, Json, Kind } from "../scim/resource.ts";
import type { SourceRecord } from "../sources/source.ts";
import type { YamlDocument } from "../yaml/document.ts";
import type { Problem } from "../yaml/problem.ts";
import { didYouMean, listNames } from "../yaml/suggest.ts";
import { type CompiledRow, compileRow } from "./compile-row.ts";
import type { Language } from "./expression.ts";
import type { Mapped, Occasion } from "./mapping.ts";
import type { WrittenMatch, WrittenSection } from "./rows.ts";
import { parseTargetPath } from "./target-path.ts";
import { EvaluationFailure } from "./value.ts";

export interface KindMapping {
  /** In the order of their paths. */
  readonly rows: readonly CompiledRow[];
  readonly match: readonly string[];
  readonly reads: readonly string[];
  evaluate(record: SourceRecord, occasion?: Occasion): Mapped;
  values(paths: readonly string[], record: SourceRecord): Attributes | undefined;
}

/** What an account or group cannot be without (RFC 7643 4.1.1, 4.2). */
const REQUIRED: Readonly<Record<Kind, string>> = { user: "userName", group: "displayName" };

/** Problems are added to the list. `needed`: the kind is synchronised, so its rows must be complete. */
export function compileKind(
  kind: Kind,
  section: WrittenSection,
  language: Language,
  document: YamlDocument,
  needed: boolean,
  problems: Problem[],
): KindMapping {
  const name = `${kind}s`;
  const required = REQUIRED[kind];
  const rows = [...section.rows.values()]
    .toSorted((a, b) => (a.path.text < b.path.text ? -1 : 1))
    .map((written) => compileRow(written, language, problems))
    .filter((row) => row !== undefined);
  if (needed && !section.rows.has(required))
    problems.push(document.problem([name, "attributes"], `${required} is missing: every ${kind} needs one`));
  if (needed && section.rows.has(required) && section.match.length === 0)
    problems.push(
      document.problem(
        [name, "match"],
        `match is missing: say how to find existing ${name}, e.g. [externalId, ${required}]`,
      ),
    );
  for (const row of rows) {
    const why = row.write === "always" ? undefined : whyAlways(row.path, required);
    const written = section.rows.get(row.path);
    if (why !== undefined && written !== undefined)
      problems.push(written.document.problem(written.keys, why));
  }
  return {
    rows,
    match: section.match.map((each, index) => {
      const path = matchPath(kind, each, index, section, problems);
      if (rows.find((row) => row.path === path)?.write === "onCreate")
        problems.push(
          each.document.problem(each.keys, `nobody can be found by ${path}: it is written at creation only`),
        );
      return path;
    }),
    reads: rows.flatMap((row) => row.reads),
    evaluate: evaluator(rows, required),
    values(paths, record) {
      const problems: Mapped["problems"][number][] = [];
      const at = (path: string) => rows.find((row) => row.path === path);
      const values = paths.map((path) => {
        const row = at(path);
        return [path, row === undefined ? null : evaluateRow(row, record, undefined, problems)] as const;
      });
      return problems.length > 0 ? undefined : Object.fromEntries(values);
    },
  };
}

/** Its value follows the directory, and nothing but the value at its path follows from it. */
export function isFollowed({ path, type, write }: Pick<CompiledRow, "path" | "type" | "write">): boolean {
  return write === "always" && type !== "reference" && path !== "active";
}

/** Why a row cannot be written at some times only; undefined when it can. */
function whyAlways(path: string, required: string): string | undefined {
  if (path === "active") return "active is always written; policy.newUsers sets the state at creation";
  return path === required ? `${required} is always written: every account needs one` : undefined;
}

function matchPath(
  kind: Kind,
  { text, document, keys }: WrittenMatch,
  index: number,
  section: WrittenSection,
  problems: Problem[],
): string {
  const parsed = parseTargetPath(kind, text);
  const paths = [...section.rows.keys()];
  const place = parsed.problem === undefined ? parsed.path.text : text;
  const row = section.rows.get(place);
  if (parsed.problem !== undefined) problems.push(document.problem(keys, parsed.problem));
  else if (row === undefined) {
    const known = didYouMean(place, paths) || `, expected ${listNames(paths)}`;
    problems.push(document.problem(keys, `no row gives ${place} a value to match by${known}`));
  } else if (row.holds !== "text" && row.holds !== "any")
    problems.push(document.problem(keys, `accounts cannot be found by ${place}`));
  else if (section.match.findIndex((each) => each.text === text) < index)
    problems.push(document.problem(keys, `${place} stands in match twice`));
  return place;
}

/** One closure for a whole record. Rows are split by what becomes of them once, not for every record. */
function evaluator(
  rows: readonly CompiledRow[],
  required: string,
): (record: SourceRecord, occasion?: Occasion) => Mapped {
  const active = rows.find((row) => row.path === "active");
  const references = rows.filter((row) => row.type === "reference");
  const plain = rows.filter((row) => row.type !== "reference" && row !== active);
  const onCreate = plain.filter((row) => row.write === "onCreate");
  const followed = plain.filter((row) => row.write !== "onCreate");
  const hasOptional = followed.some((row) => row.write === "ifPresent");
  const named = followed.find((row) => row.path === required);
  // Copying an object that has all keys is twice as fast as growing one, and the order of the keys is settled here.
  const empty: Readonly<Record<string, Json>> = hasOptional
    ? {}
    : Object.fromEntries(followed.map((row) => [row.path, null]));
  return (record, occasion) => {
    const problems: Mapped["problems"][number][] = [];
    const attributes: Record<string, Json> = { ...empty };
    for (const row of followed) {
      const value = evaluateRow(row, record, undefined, problems);
      if (value !== null || (hasOptional && row.write === "always")) attributes[row.path] = value;
    }
    if (named !== undefined && attributes[required] === null && problems.length === 0)
      problems.push({ path: required, message: "is empty", where: named.where });
    const created: Record<string, Json> = {};
    for (const row of onCreate) {
      const value = evaluateRow(row, record, occasion, problems);
      if (value !== null) created[row.path] = value;
    }
    const referenced: Record<string, string | null> = {};
    for (const row of references) {
      const value = evaluateRow(row, record, undefined, problems);
      referenced[row.path] = typeof value === "string" ? value : null;
    }
    return {
      attributes,
      onCreate: created,
      active: active === undefined ? undefined : activeOf(active, record, problems),
      references: referenced,
      problems,
    };
  };
}

function evaluateRow(
  row: CompiledRow,
  record: SourceRecord,
  occasion: Occasion | undefined,
  problems: Mapped["problems"][number][],
): Json {
  try {
    return row.evaluate(record, occasion);
  } catch (error) {
    if (!(error instanceof EvaluationFailure)) throw error;
    problems.push({ path: row.path, message: error.message, where: row.where });
    return null;
  }
}

/** Neither true nor false is no answer to the question whether somebody may log in. */
function activeOf(
  row: CompiledRow,
  record: SourceRecord,
  problems: Mapped["problems"][number][],
): boolean | undefined {
  const before = problems.length;
  const value = evaluateRow(row, record, undefined, problems);
  if (typeof value === "boolean") return value;
  if (problems.length === before)
    problems.push({ path: row.path, message: "is neither true nor false", where: row.where });
  return undefined;
}
