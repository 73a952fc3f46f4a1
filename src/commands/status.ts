import type { Config, ConnectionConfig } from "../config/config.ts";
import { duration } from "../duration.ts";
import { ConfigurationError, isRollcallError } from "../errors.ts";
import type { Expiry } from "../expiry.ts";
import { expiriesOf } from "../sync/note-expiries.ts";
import { orphanFields, orphanLines, orphansOf } from "./connection-list.ts";
import { type ConnectionStatus, statusOf } from "./connection-status.ts";
import { daemonFields, daemonLines } from "./daemon-status.ts";
import { type Invocation, isSet, textOf } from "./invocation.ts";
import { observedFields, observedLines, observedStatus } from "./observed-status.ts";
import { connectionsOf, lookAt, openConfigToLook } from "./open.ts";
import { isoTime, jsonDocument } from "./output/json.ts";
import { createScreen, type Screen } from "./screen.ts";
import { statusFields } from "./status-fields.ts";
import { remarks, statusTable } from "./status-screen.ts";
import { type Look, watch } from "./watch.ts";

/** `rollcall status`: a line for each connection, below it what a person has to know or do. With --watch again and again. */
export async function run(invocation: Invocation): Promise<number> {
  const intervalMs = intervalOf(invocation);
  const screen = createScreen(invocation);
  if (intervalMs === undefined) {
    const { document, lines } = await look(invocation);
    if (screen.json) invocation.io.stdout.write(`${document}\n`);
    screen.lines(lines);
    return 0;
  }
  return watch(invocation.io, {
    intervalMs,
    json: screen.json,
    paint: screen.paint,
    title: ["rollcall status", ...invocation.arguments].join(" "),
    look: () => look(invocation),
    troubleOf,
  });
}

const shortestMs = 200;

/** In a daemon, which has other work, ms. */
const shortestThereMs = 2_000;

/** Undefined: one look is enough. */
function intervalOf({ io, flags }: Invocation): number | undefined {
  const text = textOf(flags, "interval");
  if (!isSet(flags, "watch")) {
    if (text === undefined) return undefined;
    throw new ConfigurationError("--interval says how often --watch looks: it does not stand alone");
  }
  const interval = duration.safeParse(text ?? "2s");
  if (interval.success && interval.data >= shortestMs)
    return io.guest === undefined ? interval.data : Math.max(interval.data, shortestThereMs);
  throw new ConfigurationError(`--interval expects a duration such as 2s or 1m, got "${text}"`);
}

/** The configuration is read anew each time: what is edited shows. */
async function look(invocation: Invocation): Promise<Look> {
  const config = await openConfigToLook(invocation);
  const now = invocation.io.clock.now();
  const looked = connectionsOf(config, invocation.arguments).map((connection) =>
    statusIn(config, connection, invocation),
  );
  const all = looked.map(({ status }) => status);
  const observed = observedStatus(
    config,
    looked.flatMap(({ expiries }) => expiries),
    now,
  );
  const orphans = invocation.arguments.length === 0 ? orphansOf(config) : [];
  const fields = {
    daemon: daemonFields(invocation.io),
    connections: all.map((each) => statusFields(each, now)),
    orphans: orphans.map(orphanFields),
    ...observedFields(observed, now),
  };
  // A window may have become another size.
  const screen: Screen = createScreen(invocation);
  return {
    state: jsonDocument("Status", fields),
    document: jsonDocument("Status", { at: isoTime(now), ...fields }),
    lines: [
      ...statusTable(all, screen, now),
      ...all.flatMap((status) => remarks(status, screen, now)),
      ...orphanLines(orphans, screen),
      ...observedLines(observed, screen, now),
      ...daemonLines(invocation.io, screen, now),
    ],
  };
}

function statusIn(
  config: Config,
  connection: ConnectionConfig,
  invocation: Invocation,
): { readonly status: ConnectionStatus; readonly expiries: readonly Expiry[] } {
  const store = lookAt(config, connection, invocation);
  try {
    const status = statusOf(connection, store, config.connections.length > 1);
    return { status, expiries: store === undefined ? [] : expiriesOf(store) };
  } finally {
    store?.close();
  }
}

/** What another look may find mended: an unfinished edit, a database that is busy. */
function troubleOf(error: unknown): string | undefined {
  if (isRollcallError(error)) return error.message;
  return error instanceof Error && error.name === "SqliteError"
    ? `the snapshot is busy (${error.message})`
    : undefined;
}
