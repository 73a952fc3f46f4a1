/** The examples of a mapping file: given these attributes, expect these values. */
import { isDeepStrictEqual } from "node:util";
import type { Json, Kind } from "../scim/resource.ts";
import type { YamlDocument } from "../yaml/document.ts";
import type { Problem } from "../yaml/problem.ts";
import { didYouMean } from "../yaml/suggest.ts";
import type { KindMapping } from "./compile-kind.ts";
import type { Language } from "./expression.ts";
import type { Mapped, Mapping } from "./mapping.ts";
import type { MappingFile } from "./schema.ts";
import { parseTargetPath } from "./target-path.ts";

export interface MappingTest {
  readonly kind: Kind;
  readonly given: Readonly<Record<string, Json>>;
  /** By canonical path. */
  readonly expect: Readonly<Record<string, Json>>;
  /** file:line:column */
  readonly where: string;
}

export interface MappingTestResult {
  readonly where: string;
  readonly passed: boolean;
  readonly differences: readonly { readonly path: string; readonly expected: Json; readonly got: Json }[];
  /** Rows that could not be evaluated. */
  readonly problems: Mapped["problems"];
}

/** Checks names of attributes and paths; problems are added to the list. */
export function readTests(
  tests: MappingFile["tests"],
  document: YamlDocument,
  kinds: Readonly<Record<Kind, KindMapping>>,
  languageOf: (kind: Kind) => Language,
  problems: Problem[],
): readonly MappingTest[] {
  return tests.map((test, index) => {
    const keys = ["tests", index];
    const { attributes, openSchema } = languageOf(test.kind);
    const paths = kinds[test.kind].rows.map((row) => row.path);
    for (const name of Object.keys(test.given)) {
      if (Object.hasOwn(attributes, name) || openSchema) continue;
      const message = `unknown attribute "${name}"${didYouMean(name, Object.keys(attributes))}`;
      problems.push(document.problem([...keys, "given", name], message, { at: "key" }));
    }
    const expect: Record<string, Json> = {};
    for (const [text, value] of Object.entries(test.expect)) {
      const parsed = parseTargetPath(test.kind, text);
      const place = parsed.problem === undefined ? parsed.path.text : text;
      if (!paths.includes(place)) {
        const message = parsed.problem ?? `no row gives ${place} a value${didYouMean(place, paths)}`;
        problems.push(document.problem([...keys, "expect", text], message, { at: "key" }));
      }
      if (kinds[test.kind].rows.some((row) => row.path === place && row.isVolatile)) {
        const message = `no example can know what ${place} will be: it is left to chance or the time of day`;
        problems.push(document.problem([...keys, "expect", text], message, { at: "key" }));
      }
      expect[place] = value;
    }
    return { kind: test.kind, given: test.given, expect, where: document.where(keys) };
  });
}

/** What is left to chance stands in no example. */
const SOME = { now: 0, random: () => () => 0 };

/** Evaluates every example. Expected values of an example may leave out paths; null expects nothing. */
export function runMappingTests(
  mapping: Pick<Mapping, "evaluate">,
  tests: readonly MappingTest[],
): readonly MappingTestResult[] {
  return tests.map((test) => {
    const mapped = mapping.evaluate(test.kind, test.given, SOME);
    const all: Readonly<Record<string, Json>> = {
      ...mapped.attributes,
      ...mapped.references,
      ...mapped.onCreate,
      active: mapped.active ?? null,
    };
    const differences = Object.entries(test.expect)
      .map(([path, expected]) => ({ path, expected, got: all[path] ?? null }))
      .filter(({ expected, got }) => !isDeepStrictEqual(expected, got));
    // What an example does not speak of may fail: it gives only the attributes that it is about.
    const problems = mapped.problems.filter((each) => Object.hasOwn(test.expect, each.path));
    return { where: test.where, passed: differences.length + problems.length === 0, differences, problems };
  });
}
