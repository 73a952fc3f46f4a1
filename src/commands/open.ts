/** What commands open: the configuration, a snapshot to look at, a connection to work with. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config, ConnectionConfig } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import {
  type Connection,
  connectionNamed,
  openConnection,
  openStore,
  type Surroundings,
} from "../connection.ts";
import type { Turn } from "../daemon/turn.ts";
import { ConfigurationError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Store } from "../store/store.ts";
import type { Report } from "../sync/report.ts";
import { actorOf } from "./actor.ts";
import { defaultFiles } from "./default-files.ts";
import { inTurn } from "./in-turn.ts";
import { type Invocation, isSet, textOf } from "./invocation.ts";
import { progressOf } from "./progress-of.ts";
import { sendAuditOn } from "./send-audit-on.ts";

export function configFileOf({ flags }: Invocation): string {
  const named = textOf(flags, "config");
  if (named !== undefined) return named;
  const found = defaultFiles.find((file) => existsSync(file));
  if (found === undefined) {
    throw new ConfigurationError(`there is no configuration: neither ${defaultFiles.join(" nor ")} exists`, {
      hint: "write a first one with `rollcall init`, or name another file with --config",
    });
  }
  return found;
}

export async function openConfig(invocation: Invocation): Promise<Config> {
  const { checkMapping } = await import("../mapping/compile.ts");
  return loadConfig(configFileOf(invocation), checkMapping);
}

/** The same for whoever shows how things stand, which a mapping in the middle of an edit keeps from nobody: mappings are not looked into. */
export async function openConfigToLook(invocation: Invocation): Promise<Config> {
  return loadConfig(configFileOf(invocation), async () => ({ problems: [] }));
}

/** The connections that somebody named, each once; all of them when nobody named one. */
export function connectionsOf(config: Config, names: readonly string[]): readonly ConnectionConfig[] {
  if (names.length === 0) return config.connections;
  return [...new Set(names)].map((name) => connectionNamed(config, name));
}

/** The snapshot to look at; undefined when the connection never ran. */
export function lookAt(config: Config, connection: ConnectionConfig, { io }: Invocation): Store | undefined {
  if (!existsSync(join(config.state, `${connection.name}.db`))) return undefined;
  return openStore(config, connection, io.clock, { create: false });
}

/** What is done with an open connection. Before it prints what came of it, it takes the progress line away with `clear`; a sync tells its report. */
type Work<Result> = (
  connection: Connection,
  clear: () => void,
  tell: (report: Report) => void,
) => Promise<Result>;

/** Opens a connection for the length of `work`, when its turn has come: lock, source, target, snapshot, progress line, log. */
export async function withConnection<Result>(
  invocation: Invocation,
  config: Config,
  connection: ConnectionConfig,
  work: Work<Result>,
): Promise<Result> {
  try {
    return await inTurn(invocation, connection.name, "cycle", (turn) =>
      opened(invocation, config, connection, turn, work),
    );
  } finally {
    await sendAuditOn(invocation, config, connection.name);
  }
}

async function opened<Result>(
  invocation: Invocation,
  config: Config,
  named: ConnectionConfig,
  { signal, abort, progress: tell, report }: Turn,
  work: Work<Result>,
): Promise<Result> {
  const { io } = invocation;
  const { guest, refusals } = io;
  const progress = progressOf(invocation, named.name);
  // Heavy, and for nobody who only looks.
  const { createLog } = await import("../observe/log.ts");
  const log = createLog(isSet(invocation.flags, "verbose") ? "debug" : "warn", {
    isTerminal: io.stderr.isTerminal,
    write(text) {
      progress?.clear();
      io.stderr.write(text);
    },
  });
  const around: Surroundings = {
    clock: io.clock,
    signal,
    abort,
    actor: actorOf(io),
    ...(refusals && { refusals }),
    ...(guest?.host.meter && { meter: guest.host.meter }),
    progress(step) {
      tell(step);
      progress?.show(step);
    },
    // What a daemon does for a person is its own work too.
    log: guest === undefined ? log : both(log, guest.host.log),
  };
  const connection = await openConnection(config, named, around);
  try {
    return await work(connection, () => progress?.clear(), report);
  } finally {
    progress?.clear();
    await connection.close();
  }
}

function both(one: Log, other: Log): Log {
  const to =
    (level: keyof Log): Log[keyof Log] =>
    (fields, message) => {
      one[level](fields, message);
      other[level](fields, message);
    };
  return { debug: to("debug"), info: to("info"), warn: to("warn"), error: to("error") };
}
