/** From a mapping file and scope rules to a compiled mapping: everything that can be wrong is found here, before anybody is read. */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type Kind, USER_SCHEMA } from "../scim/resource.ts";
import type { SourceDefinition, SourceRecord } from "../sources/source.ts";
import { ConfigurationProblems } from "../yaml/configuration-problems.ts";
import { readDocument, type YamlDocument } from "../yaml/document.ts";
import { readTextFile } from "../yaml/file.ts";
import type { Problem } from "../yaml/problem.ts";
import { checkShape } from "../yaml/shape.ts";
import { type Clause, clausesOf } from "./clauses.ts";
import { compileKind, isFollowed, type KindMapping } from "./compile-kind.ts";
import type { Language } from "./expression.ts";
import { FUNCTIONS_VERSION } from "./functions.ts";
import type { Mapping, Row } from "./mapping.ts";
import { type MappingTest, readTests } from "./mapping-tests.ts";
import { readSection, type WrittenSection } from "./rows.ts";
import { mappingFile } from "./schema.ts";
import { compileScope, type ScopeRule, type WrittenRule } from "./scope.ts";
import { type RowTrace, traceRow } from "./trace.ts";

export interface MappingInput {
  readonly definition: Pick<
    SourceDefinition,
    "type" | "title" | "attributes" | "openSchema" | "refuses" | "mapping"
  >;
  /** The mapping file; undefined: the source's default mapping. */
  readonly mapping?: { readonly file: string; readonly text: string } | undefined;
  readonly scope: {
    readonly users?: WrittenRule;
    readonly groups?: WrittenRule;
    readonly include: readonly string[];
  };
  /** Groups are pushed (default), so the mapping has to say what they are called. */
  readonly pushGroups?: boolean;
}

/** A mapping with the examples of its file. */
export interface CompiledMapping extends Mapping {
  readonly tests: readonly MappingTest[];
  /** Source attributes that each row reads, by its path, and those that the scope rule reads. */
  readBy(kind: Kind): {
    readonly rows: ReadonlyMap<string, readonly string[]>;
    readonly scope: readonly string[];
  };
  /** Why each row gives what it gives for one record, in the order of `rows`. */
  trace(kind: Kind, record: SourceRecord): readonly RowTrace[];
  /** The scope rule in its parts; none where there is no rule. */
  clauses(kind: Kind, record: SourceRecord): readonly Clause[];
}

/** Where a scope rule stands, to the character; the configuration knows, others have file:line:column only. */
export type LocateRule = (kind: Kind, message: string, offset: number, length: number) => Problem;

const KINDS: readonly Kind[] = ["user", "group"];

/** Throws ConfigurationProblems with everything that is wrong at once. */
export async function compileMapping(input: MappingInput): Promise<CompiledMapping> {
  const { mapping, problems } = await checkMapping(input);
  if (mapping === undefined) throw new ConfigurationProblems(problems);
  return mapping;
}

/** The same with the problems as values, for whoever collects those of several files. */
export async function checkMapping(
  input: MappingInput,
  locateRule: LocateRule = roughly(input),
): Promise<{ readonly mapping?: CompiledMapping; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const written = await readMapping(input, problems);
  const rules = compileRules(input, locateRule, problems);
  if (written === undefined) return { problems };
  const push = input.pushGroups ?? true;
  const kinds = {
    user: compileKind(
      "user",
      written.sections.user,
      languageOf(input, "user"),
      written.document,
      true,
      problems,
    ),
    group: compileKind(
      "group",
      written.sections.group,
      languageOf(input, "group"),
      written.document,
      push,
      problems,
    ),
  };
  const tests = readTests(
    written.tests,
    written.document,
    kinds,
    (kind) => languageOf(input, kind),
    problems,
  );
  return rules === undefined || problems.length > 0
    ? { problems }
    : { mapping: assemble(input, kinds, rules, tests), problems };
}

interface WrittenMapping {
  readonly document: YamlDocument;
  readonly sections: Readonly<Record<Kind, WrittenSection>>;
  readonly tests: Parameters<typeof readTests>[0];
}

async function readMapping(input: MappingInput, problems: Problem[]): Promise<WrittenMapping | undefined> {
  if (input.mapping === undefined) return readDefault(input, problems);
  const file = readMappingFile(input.mapping.file, input.mapping.text, problems);
  if (file === undefined) return undefined;
  const inherited = file.value.extends === "default" ? await readDefault(input, problems) : undefined;
  return { ...sectionsOf(file, inherited, problems), tests: file.value.tests };
}

async function readDefault(input: MappingInput, problems: Problem[]): Promise<WrittenMapping | undefined> {
  // Where the package lies says nothing to an admin; the type of the source does.
  const name = `${input.definition.type}/mapping.yaml`;
  const text = await readTextFile(fileURLToPath(input.definition.mapping));
  const file = readMappingFile(name, text, problems);
  return file && { ...sectionsOf(file, undefined, problems), tests: file.value.tests };
}

type ReadFile = NonNullable<ReturnType<typeof readMappingFile>>;

function readMappingFile(name: string, text: string, problems: Problem[]) {
  const { document, problems: syntax } = readDocument(name, text);
  problems.push(...syntax);
  if (syntax.length > 0) return undefined;
  const checked = checkShape(mappingFile, document.value, document, { keys: [] });
  if (checked.problems !== undefined) {
    problems.push(...checked.problems);
    return undefined;
  }
  return { document, value: checked.value };
}

function sectionsOf(
  { document, value }: ReadFile,
  inherited: WrittenMapping | undefined,
  problems: Problem[],
) {
  const section = (kind: Kind) => readSection(kind, value, document, inherited?.sections[kind], problems);
  return { document, sections: { user: section("user"), group: section("group") } };
}

/** What expressions over a source's people or groups may speak of. */
export function languageOf({ definition }: Pick<MappingInput, "definition">, kind: Kind): Language {
  const { attributes, openSchema, refuses } = definition;
  return {
    variable: kind,
    attributes: attributes[kind],
    openSchema,
    refuses: refuses && ((attribute) => refuses(kind, attribute)),
  };
}

type Rules = Readonly<Record<Kind, ScopeRule>>;

function compileRules(input: MappingInput, locate: LocateRule, problems: Problem[]): Rules | undefined {
  const compiled = KINDS.map((kind) => {
    const rule = compileScope(
      kind,
      kind === "user" ? input.scope.users : input.scope.groups,
      languageOf(input, kind),
    );
    if (!("mistakes" in rule)) return rule;
    problems.push(...rule.mistakes.map((each) => locate(kind, each.message, each.offset, each.length)));
    return undefined;
  });
  const [user, group] = compiled;
  return user === undefined || group === undefined ? undefined : { user, group };
}

/** For callers that hold only file:line:column: right for an expression on one line. */
function roughly(input: MappingInput): LocateRule {
  return (kind, message, offset, length) => {
    const rule = kind === "user" ? input.scope.users : input.scope.groups;
    const [, file = "", line = "1", column = "1"] = /^(.*):(\d+):(\d+)$/.exec(rule?.where ?? "") ?? [];
    const frame = `${line.padStart(5)} | ${rule?.text ?? ""}\n      | ${" ".repeat(offset)}${"^".repeat(length)}`;
    return {
      file,
      line: Number(line),
      column: Number(column) + offset,
      path: `scope.${kind}s`,
      message,
      frame,
    };
  };
}

function assemble(
  input: MappingInput,
  kinds: Readonly<Record<Kind, KindMapping>>,
  rules: Rules,
  tests: readonly MappingTest[],
): CompiledMapping {
  const reads = (kind: Kind) => [...new Set([...kinds[kind].reads, ...rules[kind].reads])].toSorted();
  return {
    digest: digestOf(input, kinds, () => false),
    rest: digestOf(input, kinds, isFollowed),
    followed: (kind) =>
      new Map(
        kinds[kind].rows.filter(isFollowed).map(({ path, type, text }) => [path, `${type} ${text.trim()}`]),
      ),
    values: (kind, paths, record) => kinds[kind].values(paths, record),
    reads: { user: reads("user"), group: reads("group") },
    match: { user: kinds.user.match, group: kinds.group.match },
    tests,
    rows: (kind) => kinds[kind].rows,
    evaluate: (kind, record, occasion) => kinds[kind].evaluate(record, occasion),
    scope: (kind, record) => rules[kind].judge(record),
    readBy: (kind) => ({
      rows: new Map(kinds[kind].rows.map(({ path, reads: names }) => [path, names])),
      scope: rules[kind].reads,
    }),
    trace: (kind, record) => kinds[kind].rows.map((row) => traceRow(row, record)),
    clauses(kind, record) {
      const rule = kind === "user" ? input.scope.users : input.scope.groups;
      return rule === undefined ? [] : clausesOf(rule.text, languageOf(input, kind))(record);
    },
  };
}

/** Rows stand in the order of their paths, so only what a mapping means enters, not how its file is laid out; of some nothing but that they are there. */
function digestOf(
  input: MappingInput,
  kinds: Readonly<Record<Kind, KindMapping>>,
  isLeftOut: (row: Row) => boolean,
): string {
  const content = {
    functions: FUNCTIONS_VERSION,
    schema: USER_SCHEMA,
    source: input.definition.type,
    kinds: KINDS.map((kind) => [
      kinds[kind].match,
      kinds[kind].rows.map((row) =>
        isLeftOut(row) ? [row.path] : [row.path, row.type, row.text.trim(), row.write],
      ),
    ]),
    scope: [input.scope.users?.text.trim() ?? null, input.scope.groups?.text.trim() ?? null],
    include: input.scope.include.toSorted(),
  };
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}
