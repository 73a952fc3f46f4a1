import type { Config, ConnectionConfig } from "../config/config.ts";
import { compiledMapping } from "../connection.ts";
import { ConfigurationError } from "../errors.ts";
import type { Store } from "../store/store.ts";
import { plan } from "../sync/plan.ts";
import { shieldOf } from "../sync/protection.ts";
import { type Explanation, explanationLines } from "./explanation.ts";
import { explanationFields } from "./explanation-fields.ts";
import { type Invocation, textOf } from "./invocation.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { createScreen } from "./screen.ts";

/** The newest so many entries of somebody's history are shown. */
const mostHistory = 50;

/** `rollcall explain`: everything that the snapshots know of one person; asks neither directory nor target. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const key = invocation.arguments[0] ?? "";
  const config = await openConfig(invocation);
  const named = textOf(invocation.flags, "connection");
  const found: Explanation[] = [];
  const connections = connectionsOf(config, named === undefined ? [] : [named]);
  for (const connection of connections) found.push(...(await explainIn(invocation, config, connection, key)));
  if (found.length === 0) throw nobody(connections, key);
  const now = invocation.io.clock.now();
  screen.document("Explanation", { people: found.map(explanationFields) });
  screen.lines(found.flatMap((each) => [...explanationLines(each, screen, now), ""]));
  return 0;
}

async function explainIn(
  invocation: Invocation,
  config: Config,
  connection: ConnectionConfig,
  key: string,
): Promise<readonly Explanation[]> {
  const store = lookAt(config, connection, invocation);
  if (store === undefined) return [];
  try {
    const rows = store.people.find(key, "user");
    if (rows.length > 1) {
      throw new ConfigurationError(`${connection.name}: ${rows.length} people answer to that name`, {
        hint: `name one by id: ${rows.map((row) => `${row.sourceId} (${row.label})`).join(", ")}`,
      });
    }
    const [row] = rows;
    if (row === undefined) return [];
    return [await explanationOf(invocation, connection, store, row)];
  } finally {
    store.close();
  }
}

async function explanationOf(
  { io }: Invocation,
  connection: ConnectionConfig,
  store: Store,
  row: Explanation["row"],
): Promise<Explanation> {
  const mapping = await compiledMapping(connection);
  const parts = { store, mapping, config: connection, clock: io.clock };
  return {
    connection: connection.name,
    source: `${connection.source.name} (${connection.source.type})`,
    target: `${connection.target.name} (${connection.target.type})`,
    row,
    record: store.people.record(row.id) ?? {},
    reads: mapping.reads.user,
    rows: mapping.rows("user"),
    match: mapping.match.user,
    protectedBy: shieldOf({ config: connection, store }).aroundMembers(row),
    groups: store.people.groupsOf(row.id),
    references: store.people.references(row.id),
    failingParts: store.failures.partsOf(row.id),
    findings: store.findings.of(row.id),
    history: store.audit.entries({ resource: row.id, limit: mostHistory }),
    next: [
      ...plan(parts, { touchedUpTo: Number.MAX_SAFE_INTEGER, only: row.id, outside: row.outside === 1 }),
    ].filter(({ action }) => action !== "conflict"),
    lastRun: store.runs.latest(1)[0],
  };
}

function nobody(connections: readonly ConnectionConfig[], key: string): ConfigurationError {
  const where = connections.map((each) => each.name).join(", ");
  return new ConfigurationError(`nobody in the snapshot of ${where} answers to "${key}"`, {
    hint: `give the login name, e-mail address or an id; somebody who was never read: rollcall plan ${connections[0]?.name ?? ""} --user "${key}"`,
  });
}
