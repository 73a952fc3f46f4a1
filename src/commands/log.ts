import type { Config, ConnectionConfig } from "../config/config.ts";
import { duration } from "../duration.ts";
import { ConfigurationError } from "../errors.ts";
import type { AuditEntry } from "../store/audit.ts";
import type { Store } from "../store/store.ts";
import { type Invocation, isSet, textOf } from "./invocation.ts";
import { limitOf, numberOf } from "./limit.ts";
import { logConfiguration } from "./log-configuration.ts";
import { exportAsked, exportLog } from "./log-export.ts";
import { connectionsOf, lookAt, openConfig } from "./open.ts";
import { auditFields, auditLines } from "./output/audit.ts";
import { count } from "./output/numbers.ts";
import { createScreen, type Screen } from "./screen.ts";

/** `rollcall log`: one line an attempt and its outcome, oldest first; as JSON one document an attempt. */
export async function run(invocation: Invocation): Promise<number> {
  const screen = createScreen(invocation);
  const query = queryOf(invocation);
  const file = exportAsked(invocation);
  if (file !== undefined) {
    const { since, run: only, user, failed } = query;
    const whole = { ...(since === undefined ? {} : { since }), ...(only === undefined ? {} : { run: only }) };
    return exportLog(invocation, { ...whole, user, failed }, file);
  }
  if (isSet(invocation.flags, "configuration")) return logConfiguration(invocation, query);
  const config = await openConfig(invocation);
  const connections = connectionsOf(config, invocation.arguments);
  let found = 0;
  for (const connection of connections)
    found += showOne(invocation, screen, config, connection, query, connections.length > 1);
  if (found === 0 && !screen.quiet) screen.message("nothing in the log answers to that");
  return 0;
}

interface Query {
  readonly since: number | undefined;
  readonly user: string | undefined;
  readonly run: number | undefined;
  readonly failed: boolean;
  readonly limit: number;
}

function queryOf({ flags, io }: Invocation): Query {
  const since = textOf(flags, "since");
  const ago = since === undefined ? undefined : duration.safeParse(since);
  if (ago?.success === false) {
    throw new ConfigurationError(`--since expects a duration such as 90m, 24h or 7d, got "${since}"`);
  }
  return {
    since: ago === undefined ? undefined : io.clock.now() - ago.data,
    user: textOf(flags, "user"),
    run: numberOf(flags, "run"),
    failed: isSet(flags, "failed"),
    limit: limitOf(flags, 200),
  };
}

function showOne(
  invocation: Invocation,
  screen: Screen,
  config: Config,
  connection: ConnectionConfig,
  query: Query,
  isOneOfMany: boolean,
): number {
  const store = lookAt(config, connection, invocation);
  if (store === undefined) return 0;
  try {
    const { entries, cut } = entriesOf(store, query);
    for (const entry of entries)
      screen.document("LogEntry", { connection: connection.name, ...auditFields(entry) });
    if (isOneOfMany && entries.length > 0) screen.line(screen.paint.strong(connection.name));
    if (cut)
      screen.line(
        screen.paint.faint(
          `... older entries are left out: the newest ${count(query.limit)} are shown (--limit 0 shows all)`,
        ),
      );
    const values = screen.verbose || query.user !== undefined;
    for (const entry of entries)
      screen.lines(auditLines(entry, { paint: screen.paint, width: screen.width, values }));
    return entries.length;
  } finally {
    store.close();
  }
}

/** One more than asked for is read, to know whether something is left out. */
function entriesOf(
  store: Store,
  { since, user, run, failed, limit }: Query,
): { entries: AuditEntry[]; cut: boolean } {
  const rows = user === undefined ? [undefined] : store.people.find(user);
  const entries = rows
    .flatMap((row) =>
      store.audit.entries({
        ...(since === undefined ? {} : { since }),
        ...(run === undefined ? {} : { run }),
        ...(row === undefined ? {} : { resource: row.id }),
        failed,
        limit: Number.isFinite(limit) ? limit + 1 : -1,
      }),
    )
    .sort((a, b) => a.seq - b.seq);
  const kept = Number.isFinite(limit) ? entries.slice(-limit) : entries;
  return { entries: kept, cut: kept.length < entries.length };
}
