/** What must hold between the parts of a configuration. */
import type { Kind } from "../scim/resource.ts";
import type { SourceDefinition } from "../sources/source.ts";
import type { Keys } from "../yaml/keys.ts";
import type { Problem } from "../yaml/problem.ts";
import { show } from "../yaml/show.ts";
import { didYouMean, listNames } from "../yaml/suggest.ts";
import type { ConnectionConfig } from "./config.ts";
import type { Normalised, NormalisedConnection, WrittenConfig } from "./normalise.ts";
import { unsoundWindows } from "./windows.ts";

/** Everything that is wrong with a mapping and scope rules; `locate` makes a problem of a mistake in a scope rule. */
export type CheckMapping = (
  input: Pick<ConnectionConfig, "scope" | "mapping"> & {
    readonly definition: SourceDefinition;
    readonly pushGroups: boolean;
  },
  locate: (kind: Kind, message: string, offset: number, length: number) => Problem,
) => Promise<{ readonly problems: readonly Problem[] }>;

/** Adds what is wrong to the problems; answers with the texts of the mapping files, which belong to the configuration. */
export async function checkRules(
  normalised: Normalised,
  written: WrittenConfig,
  checkMapping: CheckMapping,
  problems: Problem[],
): Promise<readonly string[]> {
  problems.push(...sameNameInOtherCase(written, "connections"), ...sameNameInOtherCase(written, "targets"));
  for (const connection of normalised.connections) {
    problems.push(...unknownIncludes(connection, written));
    problems.push(...unsoundRetries(connection, written));
    problems.push(...unsoundGrace(connection, written));
    problems.push(...(await unsoundWindows(connection, written)));
    problems.push(...(await mappingProblems(connection, written, checkMapping)));
  }
  return normalised.connections.flatMap(({ config }) =>
    config.mapping === undefined ? [] : [config.mapping.text],
  );
}

/** Names become names of files, and some file systems do not tell "Staff" from "staff". */
function sameNameInOtherCase({ file, document }: WrittenConfig, kind: "connections" | "targets"): Problem[] {
  const names = Object.keys(file[kind]);
  return names.flatMap((name, index) => {
    const twin = names.slice(0, index).find((each) => each.toLowerCase() === name.toLowerCase());
    const message = `expected another name: it differs from "${twin}" in case only, and both become names of files`;
    return twin === undefined ? [] : [document.problem([kind, name], message, { at: "key" })];
  });
}

function unknownIncludes(
  { config, definition }: NormalisedConnection,
  { document }: WrittenConfig,
): Problem[] {
  const known = Object.keys(definition.includes);
  return config.scope.include.flatMap((name, index) => {
    if (known.includes(name)) return [];
    const message = `expected ${listNames(known)}, got ${show(name)}${didYouMean(name, known)}`;
    return [document.problem(["connections", config.name, "scope", "include", index], message)];
  });
}

const hour = 3_600_000;
const shortestWait = hour / 60;
const longestWait = 30 * 24 * hour;

/** Waits that grow and stay within reason; and nothing is given up before each of them was waited once. */
function unsoundRetries({ config }: NormalisedConnection, { document }: WrittenConfig): Problem[] {
  const { waitsMs, giveUpAfterMs } = config.retry;
  const problem = (keys: Keys, expected: string) => {
    const all: Keys = ["connections", config.name, "retry", ...keys];
    return document.problem(all, `expected ${expected}, got ${show(writtenAt(document.value, all))}`);
  };
  const problems = waitsMs.flatMap((wait, index) => {
    const at: Keys = ["schedule", index];
    const before = waitsMs[index - 1];
    if (wait > longestWait) return [problem(at, "at most 30d")];
    if (before === undefined) return wait < shortestWait ? [problem(at, "at least 1m")] : [];
    return wait < before ? [problem(at, "no less than the one before it")] : [];
  });
  if (giveUpAfterMs > (waitsMs.at(-1) ?? 0)) return problems;
  return [...problems, problem(["giveUpAfter"], "more than the last time of schedule")];
}

/** The period of grace begins when an account is switched off, and a day is the least in which somebody notices. */
function unsoundGrace({ config }: NormalisedConnection, { document }: WrittenConfig): Problem[] {
  const { deleteAfterMs, whenDeleted } = config.policy;
  if (deleteAfterMs === undefined) return [];
  const keys: Keys = ["connections", config.name, "policy", "deleteAfter"];
  const got = `got ${show(writtenAt(document.value, keys))}`;
  if (whenDeleted !== "deactivate") {
    const message = `expected never, because whenDeleted is ${whenDeleted}, ${got}: the period begins with a deactivation, so it needs whenDeleted: deactivate`;
    return [document.problem(keys, message)];
  }
  return deleteAfterMs < 24 * hour ? [document.problem(keys, `expected at least 1d, ${got}`)] : [];
}

/** What the admin wrote there; undefined for a default. */
function writtenAt(value: unknown, keys: Keys): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  return typeof value === "object" && value !== null ? writtenAt(Reflect.get(value, key), rest) : undefined;
}

async function mappingProblems(
  { config, definition }: NormalisedConnection,
  { document }: WrittenConfig,
  checkMapping: CheckMapping,
): Promise<readonly Problem[]> {
  const { scope, mapping, policy } = config;
  const { problems } = await checkMapping(
    { definition, scope, ...(mapping && { mapping }), pushGroups: policy.groups.push },
    (kind, message, offset, length) =>
      document.problem(["connections", config.name, "scope", `${kind}s`], message, { offset, length }),
  );
  return problems;
}
