import { ConfigurationProblems } from "../config/problems.ts";
import { formatProblem, type Problem } from "../yaml/problem.ts";
import { type Invocation, isSet } from "./invocation.ts";
import { mappingTests } from "./mapping-tests.ts";
import { configFileOf, openConfig } from "./open.ts";
import { escaped, escapedLines } from "./output/escape.ts";
import { counted } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { createScreen, type Screen } from "./screen.ts";
import { allWarnings } from "./validate-warnings.ts";

/**
 * `rollcall validate`: everything that is wrong in the configuration and its mappings, at once, and what is allowed but suspicious; secrets and servers are
 * not touched.
 */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const file = configFileOf(invocation);
  try {
    const config = await openConfig(invocation);
    const tests = await mappingTests(config);
    const { passed } = tests;
    const failed = tests.failed.map(({ where, said }) => `${where}: ${said}`);
    const warnings = await allWarnings(invocation, config);
    const valid = failed.length === 0 && !(isSet(invocation.flags, "strict") && warnings.length > 0);
    const connections = config.connections.map((each) => each.name);
    screen.document("Validation", {
      file,
      valid,
      problems: [],
      failedTests: failed,
      passedTests: passed,
      warnings,
      connections,
    });
    for (const warning of warnings) screen.lines([...warningLines(warning, screen), ""]);
    for (const text of failed) screen.line(`${screen.paint.remove("failed:")} ${escaped(text)}`);
    screen.lines(
      conclusion(screen, {
        file,
        connections,
        failed: failed.length,
        passed,
        warnings: warnings.length,
        valid,
      }),
    );
    return valid ? 0 : 2;
  } catch (error) {
    if (!(error instanceof ConfigurationProblems)) throw error;
    const { problems } = error;
    const none = { failedTests: [], passedTests: 0, warnings: [], connections: [] };
    screen.document("Validation", { file, valid: false, problems, ...none });
    screen.lines(escapedLines(error.message));
    return 2;
  }
}

/** The place comes first on its line: editors and people look for it there. */
function warningLines(warning: Problem, { paint }: Screen): string[] {
  const [place = "", ...frame] = formatProblem(warning).split("\n");
  const at = `${warning.file}:${warning.line}:${warning.column}: `;
  return [
    `${escaped(at)}${paint.change("warning:")} ${escaped(place.slice(at.length))}`,
    ...frame.map(escaped),
  ];
}

interface Conclusion {
  readonly file: string;
  readonly connections: readonly string[];
  readonly failed: number;
  readonly passed: number;
  readonly warnings: number;
  readonly valid: boolean;
}

function conclusion(
  { paint, width, quiet }: Screen,
  { file, connections, failed, passed, warnings, valid }: Conclusion,
): string[] {
  const tests = passed + failed;
  if (failed > 0) return [`${failed} of ${counted(tests, "mapping test")} failed`];
  if (!valid) return [`${counted(warnings, "warning")}, and --strict takes none`];
  if (quiet) return [];
  const ran = tests === 0 ? "" : `; ${counted(tests, "mapping test")} passed`;
  const warned = warnings === 0 ? "" : `; ${counted(warnings, "warning")}`;
  const text = `${escaped(file)}, ${counted(connections.length, "connection")} (${connections.join(", ")})${ran}${warned}`;
  return wrap(text, width - 7).map((line, at) => `${at === 0 ? paint.add("valid:") : "      "} ${line}`);
}
