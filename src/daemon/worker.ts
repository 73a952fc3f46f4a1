import type { Config } from "../config/config.ts";
import { type Connection, connectionNamed, openConnection } from "../connection.ts";
import { type CycleRequest, cycle } from "../cycle.ts";
import { BusyError } from "../errors.ts";
import type { Meter } from "../meter.ts";
import { Refusals } from "../secret-in-use.ts";
import type { Report } from "../sync/report.ts";
import { awake } from "./clock-watch.ts";
import type { WorkerEvent } from "./events.ts";
import { cutHanging, isHung } from "./hanging.ts";
import { Loop, type LoopSurroundings } from "./loop.ts";
import { Places } from "./places.ts";
import { type Reloaded, Reloading, type ReloadingOptions } from "./reloading.ts";
import { Running } from "./running.ts";
import { withMeta } from "./stored-schedule.ts";
import type { Asked, Turn } from "./turn.ts";
import { Turns } from "./turns.ts";
import { within } from "./within.ts";
import { type ConnectionWork, connectionWork, type WorkerStatus } from "./worker-status.ts";

export interface WorkerOptions extends Omit<ReloadingOptions, "take" | "refuse"> {
  /** Counts what sources and targets had to send again. */
  readonly meter?: Meter;
}

/** Calls that are cut off end at once; what has not ended by then is left to whoever ends the process. */
const cutMs = 10_000;

/**
 * All connections of one process. One at a time works with a connection, whoever asks: its clock (loop.ts), or a person by way of the control socket.
 * Against other processes the connection's lock goes on top, which openConnection takes: BusyError.
 */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #startedAt: number;
  readonly #turns = new Turns();
  readonly #running = new Set<Running>();
  readonly #loops = new Map<string, { readonly loop: Loop; readonly ended: Promise<void> }>();
  readonly #listeners = new Set<(event: WorkerEvent) => void>();
  readonly #places: Places;
  readonly #reloading: Reloading;
  readonly #end = new AbortController();
  /** Secrets that were refused: where wrong ones lock an account, the clock does not try them again and again. */
  readonly refusals = new Refusals();
  #watching: Promise<void> | undefined;
  #stopping: Promise<boolean> | undefined;

  constructor(options: WorkerOptions) {
    const { config, clock } = options;
    this.#options = options;
    this.#startedAt = clock.now();
    this.#places = new Places(config.daemon.cyclesAtOnce);
    this.#reloading = new Reloading({
      ...options,
      take: (next) => this.#take(next, false),
      refuse: (error) => this.#tell({ type: "refused", at: clock.now(), error }),
    });
  }

  /** The configuration in use. It may be another one the next time. */
  get config(): Config {
    return this.#reloading.config;
  }

  /** Of the process, for whoever works in a turn. */
  get meter(): Meter | undefined {
    return this.#options.meter;
  }

  /** Starts the clock of every connection; with `syncNow` a cycle of each at once. */
  start({ syncNow }: { readonly syncNow: boolean }): void {
    this.#take(this.config, syncNow);
    this.#reloading.start();
    this.#watching = cutHanging(this.#running, this.#options, this.#end.signal);
  }

  /**
   * Does `work` when its turn with the connection has come: everybody who asked before is done. The name need not be in the configuration. Rejects with
   * the signal's reason when that aborts while it waits, with BusyError when the daemon is about to stop, and with what the work throws.
   */
  async turn<Result>(
    connection: string,
    asked: Asked,
    work: (turn: Turn) => Promise<Result>,
  ): Promise<Result> {
    if (this.#stopping !== undefined) throw stopping(connection);
    const { clock } = this.#options;
    const doing = { what: asked.what, askedAt: clock.now() };
    const running = new Running(connection, doing, awake(clock));
    running.follow(asked);
    this.#running.add(running);
    const { waiting } = asked;
    try {
      return await this.#turns.take(
        connection,
        doing,
        { signal: running.signal, ...(waiting === undefined ? {} : { waiting }) },
        () =>
          asked.place === undefined
            ? this.#work(running, work)
            : this.#places.take(asked.place, running.signal, () => this.#work(running, work)),
      );
    } finally {
      this.#running.delete(running);
      running.end();
    }
  }

  /** A cycle in a turn of its own, with everything opened anew: secrets are read again each time. */
  async cycle(
    connection: string,
    request: CycleRequest,
    asked: Asked & {
      readonly begins?: (connection: Connection) => void;
      readonly ends?: (connection: Connection, report: Report) => void;
    },
  ): Promise<Report> {
    return this.turn(connection, asked, async ({ signal, abort, progress, report: tell }) => {
      const { config } = this;
      const { clock, log, meter } = this.#options;
      const { refusals } = this;
      const around = { clock, log, ...(meter && { meter }), refusals, signal, abort, progress };
      const opened = await openConnection(config, connectionNamed(config, connection), around);
      try {
        asked.begins?.(opened);
        const report = await cycle(opened, request);
        tell(report);
        asked.ends?.(opened, report);
        return report;
      } finally {
        await opened.close();
      }
    });
  }

  /** Tells the listener everything from now on; the answer ends that. A listener must not throw, and must not wait. */
  watch(listener: (event: WorkerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  status(): WorkerStatus {
    const { config, since, refused } = this.#reloading;
    const names = new Set([...this.#loops.keys(), ...[...this.#running].map(({ connection }) => connection)]);
    return {
      startedAt: this.#startedAt,
      config: { file: config.file, digest: config.digest, since },
      refused,
      stopping: this.#stopping !== undefined,
      connections: [...names].map((name) => this.#workOf(name)),
    };
  }

  /** Looks at the configuration files now. A sound one is in use when this resolves, for every cycle that begins from then on. Never rejects. */
  reload(): Promise<Reloaded> {
    return this.#reloading.reload();
  }

  /** False when nobody but who restarts the process can help: the clock of a connection stands still, or work that was cut off does not end. */
  isAlive(): boolean {
    const now = awake(this.#options.clock);
    return (
      ![...this.#running].some((running) => isHung(running, now)) &&
      [...this.#loops.values()].every(({ loop }) => loop.isTicking)
    );
  }

  /** Does at once what `stop` would do in the end: calls under way are cut off. */
  hurry(): void {
    for (const running of this.#running) running.cut();
  }

  /**
   * No cycle begins any more, and what is under way ends at its next step; what has not ended within `daemon.stopTimeout` is cut off, and the next
   * run looks what became of its calls. False when something does not even end by that.
   */
  stop(): Promise<boolean> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<boolean> {
    const { clock, log } = this.#options;
    this.#tell({ type: "stopping", at: clock.now() });
    this.#end.abort();
    for (const { loop } of this.#loops.values()) loop.end();
    for (const running of this.#running) running.stop();
    const running = [...this.#running].map((each) => each.ended);
    const loops = [...this.#loops.values()].map(({ ended }) => ended);
    const all = Promise.all([...running, ...loops, this.#reloading.stop(), this.#watching]);
    if (await within(all, this.config.daemon.stopTimeoutMs, clock)) return true;
    log.warn(
      { connections: this.#busyNames() },
      "what is under way does not end by itself: its calls are cut off",
    );
    this.hurry();
    if (await within(all, cutMs, clock)) return true;
    log.error({ connections: this.#busyNames() }, "what was cut off does not end either");
    return false;
  }

  #busyNames(): readonly string[] {
    return [...new Set([...this.#running].map(({ connection }) => connection))];
  }

  /** Starts, changes and ends the clocks as the configuration says. */
  #take(config: Config, syncNow: boolean): void {
    const { clock, log } = this.#options;
    const names = new Set(config.connections.map(({ name }) => name));
    for (const [name, { loop }] of this.#loops) {
      if (names.has(name)) continue;
      loop.end();
      this.#loops.delete(name);
      log.info(
        { connection: name },
        "the connection is no longer in the configuration: its clock stands still",
      );
    }
    this.#places.resize(config.daemon.cyclesAtOnce);
    for (const connection of config.connections) {
      const known = this.#loops.get(connection.name);
      if (known !== undefined) {
        known.loop.use(connection);
        continue;
      }
      const loop = new Loop(connection, this.#surroundings(config));
      this.#loops.set(connection.name, { loop, ended: loop.run({ syncNow }) });
    }
    this.#tell({ type: "configured", at: clock.now(), config });
  }

  #surroundings(config: Config): LoopSurroundings {
    const { clock, log } = this.#options;
    return {
      clock,
      log,
      isAlone: config.connections.length === 1,
      withMeta: (connection, work) => withMeta(this.config, connection, clock, work),
      cycle: (connection, trigger, hooks) =>
        this.cycle(
          connection,
          { purpose: "sync", trigger },
          {
            what: trigger === "schedule" ? "a cycle on schedule" : "the cycle at the start of the daemon",
            place: trigger === "schedule" ? "schedule" : "person",
            ...hooks,
          },
        ),
    };
  }

  async #work<Result>(running: Running, work: (turn: Turn) => Promise<Result>): Promise<Result> {
    const { clock } = this.#options;
    const { connection, doing, signal, abort } = running;
    const moved = () => {
      running.movedAt = awake(clock);
    };
    running.beganAt = clock.now();
    moved();
    this.#tell({ type: "began", at: running.beganAt, connection, doing });
    let failure: unknown;
    try {
      return await work({
        signal,
        abort,
        progress: (progress) => {
          moved();
          running.progress = progress;
          this.#tell({ type: "progress", at: clock.now(), connection, progress });
        },
        report: (report) => this.#tell({ type: "report", at: clock.now(), connection, report }),
      });
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      this.#tell({ type: "ended", at: clock.now(), connection, doing, error: failure });
    }
  }

  #workOf(connection: string): ConnectionWork {
    const running = [...this.#running].find((each) => each.connection === connection && each.isUnderWay);
    return connectionWork(connection, this.#loops.get(connection)?.loop, running, this.#turns.of(connection));
  }

  #tell(event: WorkerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}

function stopping(connection: string): BusyError {
  return new BusyError(`${connection}: the daemon is about to stop`, {
    hint: "give the command again when it has started anew, or when it is gone",
  });
}
