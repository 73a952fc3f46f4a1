import { join } from "node:path";
import { type Clock, steadyFrom } from "./clock.ts";
import { comparedSettings } from "./config/compared-settings.ts";
import type { Config, ConnectionConfig } from "./config/config.ts";
import { ConfigurationError } from "./errors.ts";
import type { Log } from "./log.ts";
import type { CompiledMapping } from "./mapping/compile.ts";
import type { Mapping } from "./mapping/mapping.ts";
import type { Meter } from "./meter.ts";
import { ownName } from "./own-name.ts";
import type { Capabilities, ScimApi } from "./scim/api.ts";
import type { Refusals } from "./secret-in-use.ts";
import { sources } from "./sources/index.ts";
import type { Source, SourceDefinition } from "./sources/source.ts";
import { storeFailure } from "./store/database.ts";
import { takeLock } from "./store/lock.ts";
import { retirementOf } from "./store/retirement.ts";
import { Store } from "./store/store.ts";
import { TargetTimes } from "./store/target-times.ts";
import { chanceOf } from "./sync/chance.ts";
import { longestPutOffMs } from "./sync/grace.ts";
import { createJudge } from "./sync/judge.ts";
import { rulesOf } from "./sync/kept-rules.ts";
import { purposeOf } from "./sync/report-run.ts";
import { longestWaitMs } from "./sync/retry.ts";
import type { Progress, Work } from "./sync/work.ts";
import { targets } from "./targets/index.ts";
import type { TargetContext, TargetDefinition } from "./targets/target.ts";

/** What a connection is opened with: the outside world, as arguments. */
export interface Surroundings {
  readonly clock: Clock;
  readonly log: Log;
  /** Counts what was sent again; left out where nobody counts. */
  readonly meter?: Meter;
  /** Which secrets were refused since the process began, for one that runs on; whoever starts afresh remembers nothing. */
  readonly refusals?: Refusals;
  /** Ends a cycle at its next step. */
  readonly signal: AbortSignal;
  /** Ends calls under way as well. */
  readonly abort: AbortSignal;
  readonly progress: (progress: Progress) => void;
  /** Who asks, for the audit trail; left out: the user of this process. */
  readonly actor?: string;
}

/** One connection with everything open: the one place that knows source, mapping, store and target together. Close it. */
export interface Connection {
  readonly config: ConnectionConfig;
  readonly mapping: Mapping;
  readonly source: Source;
  readonly target: ScimApi;
  readonly store: Store;
  /** Opens a run. */
  begin(request: {
    readonly purpose: "sync" | "plan" | "undo";
    readonly user?: string;
    readonly group?: string;
    readonly trigger: string;
  }): Work;
  close(): Promise<void>;
}

/** Finds a connection of the configuration by name, or the only one; a wrong name lists the right ones. */
export function connectionNamed(config: Config, name: string | undefined): ConnectionConfig {
  const names = config.connections.map((each) => each.name);
  if (name === undefined && config.connections.length > 1) {
    throw new ConfigurationError("there are several connections: name one", { hint: names.join(", ") });
  }
  const found = config.connections.find((each) => name === undefined || each.name === name);
  if (found === undefined) {
    throw new ConfigurationError(`there is no connection "${name}" in ${config.file}`, {
      hint: `there are: ${names.join(", ")}`,
    });
  }
  return found;
}

/** Takes the connection's lock and opens its parts; what was opened is closed again if a later one fails. */
export async function openConnection(
  config: Config,
  connection: ConnectionConfig,
  around: Surroundings,
): Promise<Connection> {
  const lock = takeLock(join(config.state, `${connection.name}.lock`), connection.name);
  const opened: { close(): Promise<void> | void }[] = [{ close: () => lock.release() }];
  try {
    return await assemble(config, connection, around, opened);
  } catch (error) {
    await closeAll(opened);
    throw storeFailure(error) ?? error;
  }
}

async function assemble(
  config: Config,
  connection: ConnectionConfig,
  around: Surroundings,
  opened: { close(): Promise<void> | void }[],
): Promise<Connection> {
  const definition = await sourceDefinition(connection);
  const mapping = await compiledMapping(connection, definition);
  const store = openStore(config, connection, around.clock, { create: true });
  opened.push(store);
  const targetDefinition = await definitionOfTarget(connection);
  const times = new TargetTimes(config.state, connection.target.name, around.clock);
  opened.push(times);
  const context: TargetContext = {
    name: connection.target.name,
    folder: join(config.state, "targets"),
    times,
    ...around,
  };
  store.meta.bind("target", targetDefinition.identity(connection.target.settings, context), connection.name);
  const target = await targetDefinition.open(connection.target.settings, context);
  opened.push(target);
  const sourceContext = { name: connection.source.name, select: mapping.reads, ...around };
  const source = await definition.open(connection.source.settings, sourceContext);
  opened.push(source);
  const parts = { config: connection, mapping, source, target, store };
  const configuration = {
    digest: config.digest,
    keepAuditMs: config.audit.keepMs,
    isAuditStreamed: config.audit.syslog !== undefined,
  };
  return connectionOf(parts, definition.view, configuration, around, () => closeAll(opened));
}

/** Puts open parts together. */
export function connectionOf(
  parts: Pick<Connection, "config" | "mapping" | "source" | "target" | "store">,
  view: SourceDefinition["view"],
  configuration: {
    readonly digest: string;
    /** How long events of the audit trail are kept; undefined: for ever. */
    readonly keepAuditMs?: number | undefined;
    readonly isAuditStreamed?: boolean;
  },
  around: Surroundings,
  close: () => Promise<void>,
): Connection {
  const { mapping, store, target } = parts;
  const { policy, scope } = parts.config;
  const limitedToAssigned = scope.assigned !== undefined;
  const hasPilot = parts.config.pilot !== undefined;
  const judging = { view, mapping, policy, include: scope.include, limitedToAssigned, hasPilot };
  const judged = [policy, scope.include, scope.assigned ?? null, hasPilot];
  const selection = [...mapping.reads.user, "|", ...mapping.reads.group].join(",");
  return {
    ...parts,
    begin(request) {
      const purpose = purposeOf(request);
      const clock = steadyFrom(around.clock);
      const startedAt = clock.now();
      const actor = around.actor ?? whoAmI();
      const start = {
        purpose,
        trigger: request.trigger,
        actor,
        at: startedAt,
        config: configuration.digest,
      } as const;
      const lastRunAt = store.runs.latest(1)[0]?.startedAt;
      const isRetired = retirementOf(store.meta) !== undefined;
      const chance = chanceOf(store);
      const judge = createJudge({ ...judging, lastRunAt, isRetired, chance });
      const rules = rulesOf(mapping, [...judged, isRetired]);
      const run = store.runs.begin(start, target.capabilities.settleMs);
      const settings = comparedSettings(parts.config);
      store.configurations.note({ digest: configuration.digest, run, at: startedAt, actor, settings });
      const { keepAuditMs: keepMs, isAuditStreamed: isStreamed = false } = configuration;
      if (keepMs !== undefined) store.audit.keep({ now: startedAt, keepMs, run, actor, isStreamed });
      store.failures.mendClock(startedAt, longestWaitMs(parts.config.retry));
      if (lastRunAt !== undefined && lastRunAt > startedAt)
        store.gone.mendClock(startedAt, startedAt + longestPutOffMs);
      return { ...parts, ...around, clock, view, judge, rules, selection, run, startedAt, actor };
    },
    close,
  };
}

/** The snapshot alone, for commands that only look. */
export function openStore(
  config: Config,
  connection: ConnectionConfig,
  clock: Clock,
  options: { readonly create: boolean },
): Store {
  return Store.open({
    folder: config.state,
    connection: connection.name,
    target: connection.target.name,
    clock,
    ...options,
  });
}

/** What a stored record means, for whoever looks at one: neither side is opened. */
export interface Reader {
  readonly mapping: CompiledMapping;
  readonly view: SourceDefinition["view"];
}

export async function readerOf(connection: ConnectionConfig): Promise<Reader> {
  const definition = await sourceDefinition(connection);
  return { mapping: await compiledMapping(connection, definition), view: definition.view };
}

export async function compiledMapping(
  connection: ConnectionConfig,
  definition?: SourceDefinition,
): Promise<CompiledMapping> {
  // Heavy, and nothing that looking at a snapshot needs.
  const { compileMapping } = await import("./mapping/compile.ts");
  return compileMapping({
    definition: definition ?? (await sourceDefinition(connection)),
    mapping: connection.mapping,
    scope: connection.scope,
    pushGroups: connection.policy.groups.push,
  });
}

/** The target alone, without anything in common with other processes. Close it. */
export async function openTarget(
  config: Config,
  connection: ConnectionConfig,
  around: Pick<Surroundings, "clock" | "log">,
): Promise<ScimApi> {
  const { name, settings } = connection.target;
  const definition = await definitionOfTarget(connection);
  return definition.open(settings, { name, folder: join(config.state, "targets"), ...around });
}

/** The directory once more, for one attribute of people that the mapping need not read. Throws ConfigurationError where there is none of that name. Close it. */
export async function openSourceFor(
  connection: ConnectionConfig,
  attribute: string,
  around: Pick<Surroundings, "clock" | "log">,
): Promise<Source> {
  const { attributes, openSchema, refuses, open, title } = await sourceDefinition(connection);
  const why = refuses?.("user", attribute);
  const known = Object.keys(attributes.user);
  if (why !== undefined || (!openSchema && !known.includes(attribute))) {
    throw new ConfigurationError(`${title} has no attribute "${attribute}" to compare by`, {
      hint: why ?? `it offers: ${known.join(", ")}`,
    });
  }
  const { clock, log } = around;
  const select = { user: [attribute], group: [] };
  return open(connection.source.settings, { name: connection.source.name, select, clock, log });
}

async function sourceDefinition(connection: ConnectionConfig): Promise<SourceDefinition> {
  return sourceDefinitionOf(connection.source.type);
}

/** What a kind of directory offers, whichever connection asks. */
export async function sourceDefinitionOf(type: string): Promise<SourceDefinition> {
  const load = Object.hasOwn(sources, type) ? sources[type] : undefined;
  if (load === undefined) throw new ConfigurationError(`unknown type of source: ${type}`);
  return load();
}

/** What both ends of a connection are, for whoever only describes them. */
export async function endsOf(
  connection: ConnectionConfig,
): Promise<{ readonly source: SourceDefinition; readonly target: TargetDefinition }> {
  return { source: await sourceDefinition(connection), target: await definitionOfTarget(connection) };
}

/** What the target can do, as far as its profile tells: nobody is asked. */
export async function capabilitiesOf(connection: ConnectionConfig): Promise<Capabilities> {
  const { capabilities } = await definitionOfTarget(connection);
  return capabilities(connection.target.settings);
}

async function definitionOfTarget(connection: ConnectionConfig): Promise<TargetDefinition> {
  const load = targets[connection.target.type];
  if (load === undefined) throw new ConfigurationError(`unknown type of target: ${connection.target.type}`);
  return load();
}

/** The person at the keyboard, for the audit trail; what sudo says of them is marked as a claim. */
export function whoAmI(): string {
  const user = ownName();
  const claimed = process.env["SUDO_USER"];
  return claimed === undefined || claimed === user ? user : `${user} (claimed: ${claimed})`;
}

async function closeAll(opened: readonly { close(): Promise<void> | void }[]): Promise<void> {
  for (const part of opened.toReversed()) await part.close();
}
