/** What the worker did and how its connections are, gathered for metrics, health and notifications. */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../clock.ts";
import type { Config, ConnectionConfig } from "../config/config.ts";
import { BusyError } from "../errors.ts";
import { type Expiry, expiriesIn } from "../expiry.ts";
import type { Log } from "../log.ts";
import type { ConnectionState, CycleFigures, Metrics } from "../observe/metrics.ts";
import { readTotals, readVitals, type Vitals } from "../store/vitals.ts";
import { notedExpiries } from "../sync/note-expiries.ts";
import type { Report } from "../sync/report.ts";
import type { WorkerEvent } from "./events.ts";
import type { Worker } from "./worker.ts";

export interface ObservationOptions {
  readonly worker: Pick<Worker, "config" | "status" | "watch" | "isAlive">;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
}

/** One connection at one moment; `vitals` is undefined when it never ran, and while its snapshot cannot be read. */
export interface Observed {
  readonly config: ConnectionConfig;
  readonly vitals: Vitals | undefined;
  /** False: there is a snapshot, and what stands in it is not known now. */
  readonly isReadable: boolean;
  /** As it was last known. */
  readonly lastSuccess: number | undefined;
  /** In the past while a cycle is late. */
  readonly dueAt: number | undefined;
  readonly isRunning: boolean;
  /** Somebody wants to begin and cannot: another process has the connection, or others are at work. */
  readonly isKeptWaiting: boolean;
  /** Cycles in a row that did not come to their end, since the worker started. */
  readonly failedInARow: number;
}

/** What a look at a snapshot found, and when. */
interface Seen extends Pick<Observed, "vitals" | "isReadable" | "lastSuccess"> {
  readonly at: number;
}

/** A snapshot is looked at once in so long, however many ask. */
const freshMs = 5_000;

export class Observation {
  readonly #options: ObservationOptions;
  readonly #failed = new Map<string, number>();
  readonly #seen = new Map<string, Seen>();
  readonly #counted = new Set<string>();
  readonly #deaf: () => void;
  #refused = false;
  #isUp = false;

  constructor(options: ObservationOptions) {
    this.#options = options;
    this.#deaf = options.worker.watch((event) => this.#hear(event));
  }

  end(): void {
    this.#deaf();
  }

  /** The configuration is loaded and the clocks run. A connection in quarantine is no reason to be restarted. */
  get isReady(): boolean {
    return this.#isUp;
  }

  get isConfigOk(): boolean {
    return !this.#refused;
  }

  /** Every connection of the configuration in use. */
  connections(): readonly Observed[] {
    const { worker } = this.#options;
    const works = new Map(worker.status().connections.map((each) => [each.connection, each]));
    return worker.config.connections.map((config) => {
      const { dueAt, doing, busySince, waiting = [] } = works.get(config.name) ?? {};
      const { vitals, isReadable, lastSuccess } = this.#look(worker.config, config.name);
      return {
        config,
        vitals,
        isReadable,
        lastSuccess,
        dueAt,
        isRunning: doing !== undefined,
        isKeptWaiting: busySince !== undefined || waiting.length > 0,
        failedInARow: this.#failed.get(config.name) ?? 0,
      };
    });
  }

  /** Everything that is known to end. */
  expiries(observed: readonly Observed[]): readonly Expiry[] {
    const { worker, clock } = this.#options;
    const noted = observed.flatMap(({ vitals }) => notedExpiries(vitals?.expiries));
    return allExpiries(worker.config, noted, clock.now());
  }

  state({ config, vitals, isReadable, dueAt }: Observed): ConnectionState {
    return {
      isReadable,
      connection: config.name,
      source: config.source.name,
      target: config.target.name,
      mode: config.mode,
      everyMs: config.everyMs,
      dueAt,
      lastCycle: vitals?.lastCycle,
      lastSuccess: vitals?.lastSuccess,
      cursorAt: vitals?.cursorAt,
      pending: vitals?.pending ?? {},
      doubt: vitals?.doubt ?? 0,
      oldestDeactivation: vitals?.oldestDeactivation,
      holds: vitals?.holds ?? [],
      failing: vitals?.failing ?? { objects: 0, parts: 0, givenUp: 0, seats: 0 },
      quarantineReason: vitals?.quarantine?.reason,
      paused: vitals?.paused ?? false,
    };
  }

  #hear(event: WorkerEvent): void {
    const { metrics } = this.#options;
    if (event.type === "report") {
      metrics.cycleEnded(figuresOf(event.report));
      this.#counted.add(event.connection);
      if (event.report.purpose === "sync") this.#count(event.connection, isSuccess(event.report));
    } else if (event.type === "ended") {
      this.#outdate(event.connection);
      // Whoever could not even begin has no report; that somebody else was at work is no failure.
      if (event.error !== undefined && !(event.error instanceof BusyError))
        this.#count(event.connection, false);
    } else if (event.type === "configured") {
      this.#isUp = true;
      this.#refused = false;
      for (const connection of this.#seen.keys()) this.#outdate(connection);
    } else if (event.type === "refused") this.#refused = true;
    else if (event.type === "stopping") this.#isUp = false;
  }

  #count(connection: string, isGood: boolean): void {
    this.#failed.set(connection, isGood ? 0 : (this.#failed.get(connection) ?? 0) + 1);
  }

  /** The next look is a new one. */
  #outdate(connection: string): void {
    const seen = this.#seen.get(connection);
    if (seen !== undefined) this.#seen.set(connection, { ...seen, at: Number.NEGATIVE_INFINITY });
  }

  #look(config: Config, connection: string): Seen {
    const { clock, log } = this.#options;
    const now = clock.now();
    const known = this.#seen.get(connection);
    if (known !== undefined && known.at <= now && now - known.at < freshMs) return known;
    let seen: Seen;
    try {
      const vitals = this.#vitals(config, connection);
      seen = { at: now, vitals, isReadable: true, lastSuccess: vitals?.lastSuccess };
    } catch (error) {
      // The cycle meets the same trouble and says what it is.
      log.debug({ connection, error }, "the snapshot cannot be looked at now");
      seen = { at: now, vitals: undefined, isReadable: false, lastSuccess: known?.lastSuccess };
    }
    this.#seen.set(connection, seen);
    return seen;
  }

  /** Undefined: it never ran. Throws where nobody knows. */
  #vitals(config: Config, connection: string): Vitals | undefined {
    const file = join(config.state, `${connection}.db`);
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
    const vitals = readVitals(config.state, connection, this.#options.clock);
    this.#countOnce(config, connection);
    return vitals;
  }

  /** Before the first report the totals are counted by hand: once, because that walks over everybody. */
  #countOnce(config: Config, connection: string): void {
    if (this.#counted.has(connection)) return;
    this.#options.metrics.totals(connection, objectsOf(readTotals(config.state, connection)));
    this.#counted.add(connection);
  }
}

/** Of settings and of what the last cycles wrote down, each thing once. */
export function allExpiries(
  { connections, notify = [] }: Pick<Config, "connections" | "notify">,
  noted: readonly Expiry[],
  now: number,
): readonly Expiry[] {
  const sections = new Map<string, unknown>();
  for (const { source, target } of connections) {
    sections.set(`sources.${source.name}`, source.settings);
    sections.set(`targets.${target.name}`, target.settings);
  }
  for (const channel of notify) sections.set(`notify.${channel.name}`, channel);
  const all = [...[...sections].flatMap(([place, settings]) => expiriesIn(settings, place, now)), ...noted];
  const named = new Map(all.map((each) => [`${each.place} ${each.what} ${each.name}`, each]));
  return [...named.values()].toSorted((a, b) => a.endsAt - b.endsAt);
}

function isSuccess({ outcome }: Report): boolean {
  return outcome === "done" || outcome === "held" || outcome === "failing" || outcome === "quarantined";
}

function figuresOf(report: Report): CycleFigures {
  const failed: Record<string, number> = {};
  for (const { action } of report.failures) failed[action] = (failed[action] ?? 0) + 1;
  const { connection, outcome, durationMs, applied, purpose } = report;
  return { connection, outcome, durationMs, applied, failed, purpose, objects: objectsOf(report.totals) };
}

function objectsOf({ users, groups }: Report["totals"]): CycleFigures["objects"] {
  return (
    [
      ["user", users],
      ["group", groups],
    ] as const
  ).flatMap(([kind, totals]) => [
    { kind, state: "present", n: totals.present },
    { kind, state: "in_scope", n: totals.inScope },
    { kind, state: "active", n: totals.managedActive },
  ]);
}
