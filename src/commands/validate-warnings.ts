import type { Config, ConnectionConfig } from "../config/config.ts";
import { capabilitiesOf, readerOf } from "../connection.ts";
import { isRollcallError } from "../errors.ts";
import { readDocument } from "../yaml/document.ts";
import { readTextFile } from "../yaml/file.ts";
import type { Problem } from "../yaml/problem.ts";
import { sortProblems } from "../yaml/problem.ts";
import type { Invocation } from "./invocation.ts";
import { configFileOf, lookAt } from "./open.ts";
import { count } from "./output/numbers.ts";
import { unusedMappings } from "./unused-mappings.ts";
import { ruleWarnings } from "./validate-rules.ts";
import { type Say, type SnapshotWarnings, snapshotWarnings } from "./validate-snapshot.ts";

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
    const beside = await besideSnapshot(invocation, config, connection, say);
    warnings.push(...beside.warnings);
    const { names } = beside;
    if (names === undefined) continue;
    for (const other of known) warnings.push(...samePeople(connection, names, other, say));
    known.push({ connection, names });
  }
  return sortProblems(warnings);
}

/** A snapshot that cannot be looked at is no reason to say nothing of the file. */
async function besideSnapshot(
  invocation: Invocation,
  config: Config,
  connection: ConnectionConfig,
  say: Say,
): Promise<SnapshotWarnings> {
  try {
    const store = lookAt(config, connection, invocation);
    if (store === undefined) return { warnings: [] };
    try {
      return await snapshotWarnings(connection, store, say, invocation.io.clock.now());
    } finally {
      store.close();
    }
  } catch (error) {
    if (!isRollcallError(error)) throw error;
    return { warnings: [say([], `not checked against its snapshot: ${error.message}`)] };
  }
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
