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
import { ConfigurationError } from "../errors.ts";
import { checkMapping } from "../mapping/compile.ts";
import { createLog } from "../observe/log.ts";
import type { Store } from "../store/store.ts";
import { type Invocation, isSet, textOf } from "./invocation.ts";
import { ProgressLine } from "./output/progress.ts";

/** Where the configuration is looked for when nobody names it. */
const defaultFiles = ["config/rollcall.yaml", "/etc/rollcall/rollcall.yaml"] as const;

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
  return loadConfig(configFileOf(invocation), checkMapping);
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

/**
 * Opens a connection for the length of `work`: lock, source, target, snapshot, progress line, log. Before `work` prints what came of
 * it, it takes the progress line away with `clear`.
 */
export async function withConnection<Result>(
  invocation: Invocation,
  config: Config,
  connection: ConnectionConfig,
  work: (connection: Connection, clear: () => void) => Promise<Result>,
): Promise<Result> {
  const { io } = invocation;
  const progress = progressOf(invocation, connection.name);
  const around: Surroundings = {
    clock: io.clock,
    signal: io.signal,
    abort: io.abort,
    progress: (step) => progress?.show(step),
    log: createLog(isSet(invocation.flags, "verbose") ? "debug" : "warn", {
      isTerminal: io.stderr.isTerminal,
      write(text) {
        progress?.clear();
        io.stderr.write(text);
      },
    }),
  };
  const opened = await openConnection(config, connection, around);
  try {
    return await work(opened, () => progress?.clear());
  } finally {
    progress?.clear();
    await opened.close();
  }
}

function progressOf({ io, flags }: Invocation, name: string): ProgressLine | undefined {
  if (isSet(flags, "quiet")) return undefined;
  const { stderr, clock } = io;
  const output = {
    isTerminal: stderr.isTerminal,
    columns: stderr.columns ?? 80,
    write: (text: string) => stderr.write(text),
  };
  return new ProgressLine(name, output, clock);
}
