import type { Config, ConnectionConfig } from "../config/config.ts";
import { capabilitiesOf, readerOf } from "../connection.ts";
import { readDocument } from "../yaml/document.ts";
import { readTextFile } from "../yaml/file.ts";
import type { Problem } from "../yaml/problem.ts";
import { sortProblems } from "../yaml/problem.ts";
import type { Invocation } from "./invocation.ts";
import { configFileOf, lookAt } from "./open.ts";
import { count } from "./output/numbers.ts";
import { unusedMappings } from "./unused-mappings.ts";
import { ruleWarnings } from "./validate-rules.ts";
import { type Say, snapshotWarnings } from "./validate-snapshot.ts";

/** Everything that is allowed but suspicious, in the order of the files: in the configuration, its mappings, and beside the snapshots. */
export async function allWarnings(invocation: Invocation, config: Config): Promise<readonly Problem[]> {
  const file = configFileOf(invocation);
  const { document } = readDocument(file, await readTextFile(file));
  const warnings: Problem[] = [...(config.warnings ?? []), ...(await unusedMappings(config))];
  const known: { readonly connection: ConnectionConfig; readonly names: ReadonlySet<string> }[] = [];
  for (const connection of config.connections) {
    const say: Say = (keys, message) => document.problem(["connections", connection.name, ...keys], message);
    const { mapping } = await readerOf(connection);
    warnings.push(...ruleWarnings(connection, mapping, await capabilitiesOf(connection), say));
    const store = lookAt(config, connection, invocation);
    if (store === undefined) continue;
    try {
      const found = await snapshotWarnings(connection, store, say, invocation.io.clock.now());
      warnings.push(...found.warnings);
      if (found.names === undefined) continue;
      for (const other of known) warnings.push(...samePeople(connection, found.names, other, say));
      known.push({ connection, names: found.names });
    } finally {
      store.close();
    }
  }
  return sortProblems(warnings);
}

/** Two connections that would have the same accounts at one target. */
function samePeople(
  { target }: ConnectionConfig,
  names: ReadonlySet<string>,
  other: { readonly connection: ConnectionConfig; readonly names: ReadonlySet<string> },
  say: Say,
): Problem[] {
  if (other.connection.target.name !== target.name) return [];
  const same = names.intersection(other.names);
  const [first] = same;
  if (first === undefined) return [];
  const message = `${count(same.size)} of its people are called as people of "${other.connection.name}" at the target ${target.name}, such as "${first}": an account belongs to whichever connection came first`;
  return [say(["target"], message)];
}
