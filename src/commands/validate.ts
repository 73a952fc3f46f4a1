import type { Config, ConnectionConfig } from "../config/config.ts";
import { ConfigurationProblems } from "../config/problems.ts";
import { compiledMapping } from "../connection.ts";
import { runMappingTests } from "../mapping/mapping-tests.ts";
import type { Kind } from "../scim/resource.ts";
import type { Invocation } from "./invocation.ts";
import { configFileOf, lookAt, openConfig } from "./open.ts";
import { escaped, escapedLines } from "./output/escape.ts";
import { counted } from "./output/numbers.ts";
import { wrap } from "./output/table.ts";
import { createScreen } from "./screen.ts";

/** `rollcall validate`: everything that is wrong in the configuration and its mappings, at once; secrets and servers are not touched. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const { paint } = screen;
  const file = configFileOf(invocation);
  try {
    const config = await openConfig(invocation);
    const warnings = [...(config.warnings ?? []), ...namesOfNobody(invocation, config)];
    const { failed, passed } = await mappingTests(config);
    const connections = config.connections.map((each) => each.name);
    const valid = failed.length === 0;
    screen.document("Validation", {
      file,
      valid,
      problems: [],
      failedTests: failed,
      passedTests: passed,
      warnings,
      connections,
    });
    for (const warning of warnings)
      screen.lines(
        escapedLines(warning).map((line, at) => (at === 0 ? `${paint.change("warning:")} ${line}` : line)),
      );
    for (const text of failed) screen.line(`${paint.remove("failed:")} ${escaped(text)}`);
    const tests = passed + failed.length;
    if (!valid) screen.line(`${failed.length} of ${counted(tests, "mapping test")} failed`);
    else if (!screen.quiet) {
      const ran = tests === 0 ? "" : `; ${counted(tests, "mapping test")} passed`;
      const text = `${escaped(file)}, ${counted(connections.length, "connection")} (${connections.join(", ")})${ran}`;
      screen.lines(
        wrap(text, screen.width - 7).map(
          (line, at) => `${at === 0 ? paint.add("valid:") : "      "} ${line}`,
        ),
      );
    }
    return valid ? 0 : 2;
  } catch (error) {
    if (!(error instanceof ConfigurationProblems)) throw error;
    screen.document("Validation", { file, valid: false, problems: error.problems, warnings: [] });
    screen.lines(escapedLines(error.message));
    return 2;
  }
}

/** Names that mean nobody whom a snapshot knows; a connection that never ran knows nobody yet. */
function namesOfNobody(invocation: Invocation, config: Config): readonly string[] {
  return config.connections.flatMap((connection) => {
    const store = lookAt(config, connection, invocation);
    try {
      if (store?.meta.get("complete_run") === undefined) return [];
      const texts = namesOf(connection).filter(({ kind, key }) => store.people.find(key, kind).length === 0);
      return texts.map(
        ({ setting, kind, key }) =>
          `${connection.where}: ${setting}: ${kind === "user" ? "nobody" : "no group"} in the snapshot of ${connection.name} answers to "${key}"${setting.startsWith("protect") ? "; it only keeps what has that name at the target from being taken over" : ""}`,
      );
    } finally {
      store?.close();
    }
  });
}

/** The examples of every mapping file that is in use, each file once. */
async function mappingTests(
  config: Config,
): Promise<{ readonly failed: readonly string[]; readonly passed: number }> {
  const failed = new Set<string>();
  const all = new Set<string>();
  for (const connection of config.connections) {
    const mapping = await compiledMapping(connection);
    for (const { where, passed, differences } of runMappingTests(mapping, mapping.tests)) {
      all.add(where);
      if (passed) continue;
      const said = differences.map(
        (each) => `${each.path}: expected ${JSON.stringify(each.expected)}, got ${JSON.stringify(each.got)}`,
      );
      failed.add(`${where}: ${said.join("; ")}`);
    }
  }
  return { failed: [...failed], passed: all.size - failed.size };
}

interface Name {
  readonly setting: string;
  readonly kind: Kind;
  readonly key: string;
}

function namesOf({ protect, privilegedGroups, canary }: ConnectionConfig): readonly Name[] {
  const all = (setting: string, kind: Kind, keys: readonly (string | undefined)[]) =>
    keys.flatMap((key) => (key === undefined ? [] : [{ setting, kind, key }]));
  return [
    ...all("protect.users", "user", protect.users),
    ...all("protect.groups", "group", protect.groups),
    ...all("privilegedGroups", "group", privilegedGroups),
    ...all("canary.user", "user", [canary?.user]),
    ...all("canary.group", "group", [canary?.group]),
  ];
}
