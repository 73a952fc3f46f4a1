/** What Prometheus reads. No name of a person anywhere, and no label whose values anybody but the admin's configuration decides. */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Meter } from "../meter.ts";
import { gauges, refreshed } from "./metric-table.ts";

/** How a connection is now. Times are ms since 1970 UTC. */
export interface ConnectionState {
  readonly connection: string;
  /** False while its snapshot cannot be read: what stands there is not shown then. */
  readonly isReadable: boolean;
  readonly source: string;
  readonly target: string;
  readonly mode: string;
  readonly dueAt: number | undefined;
  readonly lastCycle: number | undefined;
  readonly lastSuccess: number | undefined;
  readonly everyMs: number;
  readonly cursorAt: number | undefined;
  readonly pending: Readonly<Record<string, number>>;
  readonly doubt: number;
  readonly oldestDeactivation: number | undefined;
  readonly holds: readonly { readonly class: string; readonly openedAt: number; readonly waiting: number }[];
  readonly failing: {
    readonly objects: number;
    readonly parts: number;
    readonly givenUp: number;
    readonly seats: number;
  };
  readonly quarantineReason: string | undefined;
  readonly paused: boolean;
}

/** What one cycle did. */
export interface CycleFigures {
  readonly connection: string;
  readonly outcome: string;
  /** Of everybody, or of one person or group (user, group), or of a plan. */
  readonly purpose: string;
  readonly durationMs: number;
  /** Of the last read, by kind and state; undefined leaves what was known. */
  readonly objects: readonly { readonly kind: string; readonly state: string; readonly n: number }[];
  /** Action -> accepted by the target. */
  readonly applied: Readonly<Record<string, number>>;
  /** Action -> refused, or without an answer. */
  readonly failed: Readonly<Record<string, number>>;
}

export interface ExpiryState {
  readonly place: string;
  readonly what: string;
  readonly name: string;
  readonly endsAt: number;
}

export interface ChannelFigures {
  readonly name: string;
  readonly waiting: number;
  readonly oldest: number | null;
  readonly failedAt: number | null;
  readonly dropped: number;
}

/** Everything that a scrape shows besides what is counted as it happens. */
export interface Snapshot {
  readonly connections: readonly ConnectionState[];
  readonly expiries: readonly ExpiryState[];
  readonly channels: readonly ChannelFigures[];
  readonly configOk: boolean;
  readonly configLoadedAt: number;
}

const seconds = (ms: number) => ms / 1000;

/** The worker's metrics; those of a connection that is gone from the configuration go with it. */
export class Metrics implements Meter {
  readonly #registry = new Registry();
  readonly #gauges = new Map<string, Gauge>();
  readonly #cycles: Counter;
  readonly #durations: Histogram;
  readonly #objects: Counter;
  readonly #retries: Counter;
  readonly #processor: Counter;

  constructor(build: { readonly version: string; readonly node: string }, startedAt: number) {
    const registers = [this.#registry];
    this.#cycles = new Counter({
      name: "rollcall_cycles_total",
      help: "Cycles that ended, by outcome (done, held, failing, failed, interrupted, quarantined).",
      labelNames: ["connection", "outcome"],
      registers,
    });
    this.#durations = new Histogram({
      name: "rollcall_cycle_duration_seconds",
      help: "How long cycles took.",
      labelNames: ["connection"],
      buckets: [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200],
      registers,
    });
    this.#objects = new Counter({
      name: "rollcall_objects_total",
      help: "Changes that were sent to the target, by action and by what became of them (accepted, failed).",
      labelNames: ["connection", "action", "result"],
      registers,
    });
    this.#retries = new Counter({
      name: "rollcall_retries_total",
      help: "Requests that had to be sent again, by host and status (429, 503, ..., network).",
      labelNames: ["host", "status"],
      registers,
    });
    this.#processor = new Counter({
      name: "process_cpu_seconds_total",
      help: "Processor time of the worker.",
      registers,
    });
    this.#gauge("rollcall_build_info", "Version of Rollcall and of Node; always 1.", ["version", "node"]).set(
      { version: build.version, node: build.node },
      1,
    );
    this.#gauge("process_start_time_seconds", "When the worker started.").set(seconds(startedAt));
    for (const [name, help, labels] of gauges) this.#gauge(name, help, labels);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Names of everything that is exported, for whoever refers to it. */
  get names(): readonly string[] {
    return this.#registry.getMetricsAsArray().map(({ name }) => name);
  }

  cycleEnded({ connection, outcome, purpose, durationMs, objects, applied, failed }: CycleFigures): void {
    this.totals(connection, objects);
    for (const [action, n] of Object.entries(applied))
      this.#objects.inc({ connection, action, result: "accepted" }, n);
    for (const [action, n] of Object.entries(failed))
      this.#objects.inc({ connection, action, result: "failed" }, n);
    if (purpose !== "sync") return;
    this.#cycles.inc({ connection, outcome });
    this.#durations.observe({ connection }, seconds(durationMs));
  }

  totals(connection: string, objects: CycleFigures["objects"]): void {
    for (const { kind, state, n } of objects)
      this.#set("rollcall_snapshot_objects", { connection, kind, state }, n);
  }

  retried(host: string, status: number | "network"): void {
    this.#retries.inc({ host, status: String(status) });
  }

  /** What is told at a scrape. */
  async text(now: Snapshot): Promise<string> {
    const known = new Set(now.connections.map(({ connection }) => connection));
    await this.#forgetOthers(known);
    for (const name of refreshed) this.#gauges.get(name)?.reset();
    for (const connection of now.connections) this.#show(connection);
    for (const { place, what, name, endsAt } of now.expiries)
      this.#set("rollcall_expiry_timestamp_seconds", { place, what, name }, seconds(endsAt));
    for (const { name: channel, waiting, oldest, failedAt, dropped } of now.channels) {
      this.#set("rollcall_notifications_waiting", { channel }, waiting);
      this.#set("rollcall_notifications_dropped", { channel }, dropped);
      this.#set("rollcall_notification_failing", { channel }, failedAt === null ? 0 : 1);
      this.#time("rollcall_notification_oldest_timestamp_seconds", { channel }, oldest ?? undefined);
    }
    this.#set("rollcall_config_reload_ok", {}, now.configOk ? 1 : 0);
    this.#set("rollcall_config_loaded_timestamp_seconds", {}, seconds(now.configLoadedAt));
    const { rss } = process.memoryUsage();
    this.#set("process_resident_memory_bytes", {}, rss);
    const { user, system } = process.cpuUsage();
    this.#processor.reset();
    this.#processor.inc((user + system) / 1e6);
    return await this.#registry.metrics();
  }

  #show(state: ConnectionState): void {
    const { connection, source, target, mode } = state;
    const of = { connection };
    this.#set("rollcall_connection_info", { connection, source, target, mode }, 1);
    this.#set("rollcall_cycle_interval_seconds", of, seconds(state.everyMs));
    this.#time("rollcall_cycle_due_timestamp_seconds", of, state.dueAt);
    this.#set("rollcall_snapshot_readable", of, state.isReadable ? 1 : 0);
    if (state.isReadable) this.#showSnapshot(state);
  }

  #showSnapshot(state: ConnectionState): void {
    const { connection, failing } = state;
    const of = { connection };
    this.#time("rollcall_last_cycle_timestamp_seconds", of, state.lastCycle);
    this.#time("rollcall_last_success_timestamp_seconds", of, state.lastSuccess);
    this.#time("rollcall_cursor_timestamp_seconds", of, state.cursorAt);
    for (const [kind, n] of Object.entries(state.pending))
      this.#set("rollcall_pending", { connection, kind }, n);
    this.#set("rollcall_unanswered", of, state.doubt);
    this.#time("rollcall_oldest_deactivation_timestamp_seconds", of, state.oldestDeactivation);
    this.#set(
      "rollcall_held_changes",
      of,
      state.holds.reduce((sum, { waiting }) => sum + waiting, 0),
    );
    for (const { class: of, waiting, openedAt } of state.holds) {
      this.#set("rollcall_held", { connection, class: of }, waiting);
      this.#time("rollcall_held_since_timestamp_seconds", { connection, class: of }, openedAt);
    }
    this.#set("rollcall_failing", { connection, kind: "object" }, failing.objects);
    this.#set("rollcall_failing", { connection, kind: "part" }, failing.parts);
    this.#set("rollcall_given_up", of, failing.givenUp);
    this.#set("rollcall_waiting_for_seats", of, failing.seats);
    this.#set("rollcall_quarantined", of, state.quarantineReason === undefined ? 0 : 1);
    if (state.quarantineReason !== undefined)
      this.#set("rollcall_quarantine_info", { connection, reason: state.quarantineReason }, 1);
    this.#set("rollcall_paused", of, state.paused ? 1 : 0);
  }

  async #forgetOthers(known: ReadonlySet<string>): Promise<void> {
    for (const metric of [this.#cycles, this.#objects, this.#gauges.get("rollcall_snapshot_objects")]) {
      const values = (await metric?.get())?.values ?? [];
      for (const { labels } of values)
        if (!known.has(String(labels["connection"]))) metric?.remove(labels as Record<string, string>);
    }
    for (const { labels } of (await this.#durations.get()).values)
      if (!known.has(String(labels["connection"])))
        this.#durations.remove({ connection: String(labels["connection"]) });
  }

  #time(name: string, labels: Readonly<Record<string, string>>, at: number | undefined): void {
    if (at !== undefined) this.#set(name, labels, seconds(at));
  }

  #set(name: string, labels: Readonly<Record<string, string>>, value: number): void {
    const gauge = this.#gauges.get(name);
    if (gauge === undefined) throw new Error(`no metric ${name}`);
    gauge.set(labels, value);
  }

  #gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    const gauge = new Gauge({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
    this.#gauges.set(name, gauge);
    return gauge;
  }
}
