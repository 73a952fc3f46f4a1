/** From a file to a configuration: read, check the shape, fill in what is left out, check the rules. All problems at once. */
import { createHash } from "node:crypto";
import { dirname, resolve } from "node:path";
import type { YamlDocument } from "../yaml/document.ts";
import { readDocument } from "../yaml/document.ts";
import { readTextFile } from "../yaml/file.ts";
import type { Problem } from "../yaml/problem.ts";
import { checkShape } from "../yaml/shape.ts";
import type { Config, DaemonConfig } from "./config.ts";
import { normalise } from "./normalise.ts";
import { observeOf } from "./normalise-observe.ts";
import { ConfigurationProblems } from "./problems.ts";
import { type CheckMapping, checkRules } from "./rules.ts";
import { type ConfigFile, configFile } from "./schema.ts";
import { checkSections, defaultRegistries, type Registries } from "./sections.ts";
import { warn } from "./warnings.ts";

/**
 * Throws ConfigurationProblems with everything that is wrong in the file and in its mapping files, or ConfigurationError when the file
 * cannot be read at all. Secrets are not read here: `validate` must work where they are not.
 * `checkMapping` is that of mapping/compile.ts: the configuration does not know the mapping language, but its problems are part of this.
 */
export async function loadConfig(
  file: string,
  checkMapping: CheckMapping,
  registries: Registries = defaultRegistries,
): Promise<Config> {
  const absolute = resolve(file);
  const text = await readTextFile(absolute);
  const { document, problems: syntax } = readDocument(file, text);
  if (syntax.length > 0) throw new ConfigurationProblems(syntax);

  const shape = checkShape(configFile, document.value ?? {}, document, {
    keys: [],
    // What stands there under a misspelt key may be a secret.
    hideUnknown: ([section]) => section === "notify",
  });
  const folder = dirname(absolute);
  const sources = await checkSections("sources", registries.sources, document, folder);
  const targets = await checkSections("targets", registries.targets, document, folder);
  const problems: Problem[] = [...(shape.problems ?? []), ...sources.problems, ...targets.problems];
  // What is left of a file in the wrong shape still shows what else is wrong.
  const value = shape.problems === undefined ? shape.value : shape.rest;
  if (value === undefined) throw new ConfigurationProblems(problems);

  const written = { file: value, document, folder, sources: sources.sections, targets: targets.sections };
  const normalised = await normalise(written, registries, problems);
  const mappingTexts = await checkRules(normalised, written, checkMapping, problems);
  if (problems.length > 0) throw new ConfigurationProblems(problems);
  return {
    file: absolute,
    digest: digestOf(document, mappingTexts),
    state: normalised.state,
    ...(value.control === undefined ? {} : { control: resolve(folder, value.control) }),
    audit: normalised.audit,
    daemon: daemonOf(value),
    ...observeOf(value, folder),
    connections: normalised.connections.map(({ config }) => config),
    warnings: warn(normalised, written),
  };
}

function daemonOf({ daemon: { cyclesAtOnce, stopTimeout } }: ConfigFile): DaemonConfig {
  return { cyclesAtOnce, stopTimeoutMs: stopTimeout };
}

/** Names the configuration in runs and audit rows. Lengths go in, so that text cannot move from one file to the next unseen. */
function digestOf(document: YamlDocument, mappings: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of [document.text, ...mappings]) hash.update(`${Buffer.byteLength(text)}\n`).update(text);
  return hash.digest("hex");
}
