import type { Clock } from "../clock.ts";
import type { ConnectionConfig } from "../config/config.ts";
import type { Connection } from "../connection.ts";
import { BusyError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Meta } from "../store/meta.ts";
import type { Report } from "../sync/report.ts";
import { awake, ClockWatch } from "./clock-watch.ts";
import {
  begun,
  ended,
  firstSchedule,
  isDue,
  resumed,
  type Schedule,
  shifted,
  withInterval,
} from "./schedule.ts";
import { keepSchedule, storedSchedule } from "./stored-schedule.ts";
import { Window } from "./window.ts";

/** The longest nap, ms: neither after a sleep of the machine nor when a window opens does anything wait longer. */
const tickMs = 15_000;

type Trigger = "schedule" | "on demand";

/** What a loop works with. */
export interface LoopSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  /** Several connections that never ran begin apart from each other. */
  readonly isAlone: boolean;
  /** A cycle in a turn of its own; the hooks are called with the connection open. */
  readonly cycle: (connection: string, trigger: Trigger, hooks: CycleHooks) => Promise<Report>;
  /** Does something with the facts that the snapshot keeps; undefined where there is no snapshot yet. */
  readonly withMeta: <Result>(
    connection: ConnectionConfig,
    work: (meta: Meta) => Result,
  ) => Result | undefined;
}

export interface CycleHooks {
  readonly begins: (connection: Connection) => void;
  readonly ends: (connection: Connection, report: Report) => void;
}

/** The clock of one connection: has a cycle run whenever one is due. */
export class Loop {
  readonly #around: LoopSurroundings;
  readonly #clockWatch: ClockWatch;
  #connection: ConnectionConfig;
  #window: Window;
  #schedule: Schedule;
  #nap: AbortController | undefined;
  #isOver = false;
  #isWorking = false;
  /** When it last looked what is due, by time awake. */
  #tickedAt: number;
  /** A person wants a cycle whatever the clock says. */
  #isAsked = false;
  /** Another process has the connection since then, ms since 1970 UTC. */
  #busySince: number | undefined;

  constructor(connection: ConnectionConfig, around: LoopSurroundings) {
    const { clock, isAlone } = around;
    this.#around = around;
    this.#connection = connection;
    this.#window = new Window(connection.windows);
    this.#clockWatch = new ClockWatch(clock);
    this.#tickedAt = awake(clock);
    const now = clock.now();
    const stored = this.#meta(storedSchedule);
    this.#schedule =
      stored === undefined
        ? firstSchedule(connection.name, connection.everyMs, { now, isAlone })
        : withInterval(resumed(stored, now), connection.everyMs);
  }

  /** Runs until `end`, and never fails. */
  async run({ syncNow }: { readonly syncNow: boolean }): Promise<void> {
    this.#isAsked = syncNow;
    while (!this.#isOver) {
      this.#tickedAt = awake(this.#around.clock);
      this.#mendClock();
      if (this.#isAsked) await this.#cycle("on demand");
      else if (this.#mayBegin()) await this.#cycle("schedule");
      if (!this.#isOver) await this.#rest();
    }
    this.#window.close();
  }

  /** No further cycle begins; one that is under way is not this one's business. */
  end(): void {
    this.#isOver = true;
    this.#nap?.abort();
  }

  /** Another configuration, for every cycle that begins from now on. */
  use(connection: ConnectionConfig): void {
    this.#connection = connection;
    this.#window.close();
    this.#window = new Window(connection.windows);
    this.#schedule = withInterval(this.#schedule, connection.everyMs);
    this.#nap?.abort();
  }

  /** When the next cycle begins if nothing is in its way, ms since 1970 UTC; undefined where no window opens within a week. */
  nextAt(): number | undefined {
    const now = this.#around.clock.now();
    return this.#window.opensAt(isDue(this.#schedule, now) ? now : this.#schedule.due);
  }

  /** When the next cycle is due, in the past while one is late, ms since 1970 UTC; undefined where no window opens within a week. */
  dueAt(): number | undefined {
    return this.#window.opensAt(this.#schedule.due);
  }

  /** Since when another process keeps a due cycle waiting, ms since 1970 UTC. */
  get busySince(): number | undefined {
    return this.#busySince;
  }

  /** False when it has not looked for so long that it never will again. A cycle that hangs is not its fault. */
  get isTicking(): boolean {
    return this.#isWorking || awake(this.#around.clock) - this.#tickedAt < 8 * tickMs;
  }

  #mayBegin(): boolean {
    const now = this.#around.clock.now();
    return isDue(this.#schedule, now) && this.#window.isOpen(now);
  }

  async #cycle(trigger: Trigger): Promise<void> {
    let isBegun = false;
    this.#isWorking = true;
    try {
      await this.#around.cycle(this.#connection.name, trigger, {
        begins: ({ store }) => {
          isBegun = true;
          this.#sayFree();
          this.#begin();
          keepSchedule(store.meta, this.#schedule);
        },
        // What a stop has cut short stays marked, and is made up for after the restart.
        ends: ({ store }, report) => {
          if (report.outcome === "interrupted") return;
          this.#schedule = ended(this.#schedule);
          keepSchedule(store.meta, this.#schedule);
        },
      });
    } catch (error) {
      this.#failed(error, isBegun);
    } finally {
      this.#isWorking = false;
    }
  }

  #begin(): void {
    this.#busySince = undefined;
    this.#isAsked = false;
    this.#schedule = begun(this.#schedule, this.#around.clock.now());
  }

  #sayBusy(): void {
    if (this.#busySince !== undefined) return;
    this.#busySince = this.#around.clock.now();
    const { name: connection } = this.#connection;
    this.#around.log.warn(
      { connection },
      "another process works on the connection: the cycle begins as soon as that is done",
    );
  }

  #sayFree(): void {
    if (this.#busySince === undefined) return;
    this.#around.log.info(
      { connection: this.#connection.name },
      "the other process is done: the cycle begins",
    );
  }

  #failed(error: unknown, isBegun: boolean): void {
    // It never came to its turn, because the daemon is about to stop.
    if (this.#isOver && !isBegun) return;
    if (error instanceof BusyError && !isBegun) {
      this.#sayBusy();
      return;
    }
    if (!isBegun) this.#begin();
    this.#schedule = ended(this.#schedule);
    const next = new Date(this.#schedule.due).toISOString();
    this.#around.log.error({ connection: this.#connection.name, next, error }, "the cycle could not be run");
    this.#meta((meta) => keepSchedule(meta, this.#schedule));
  }

  /** Somebody set the clock: the time until the next cycle stays what it is. */
  #mendClock(): void {
    const moved = this.#clockWatch.moved();
    if (moved === 0) return;
    this.#schedule = shifted(this.#schedule, moved);
    this.#meta((meta) => keepSchedule(meta, this.#schedule));
  }

  /** Facts of a snapshot that cannot be opened now can wait: its next cycle says what is wrong with it. */
  #meta<Result>(work: (meta: Meta) => Result): Result | undefined {
    try {
      return this.#around.withMeta(this.#connection, work);
    } catch (error) {
      this.#around.log.debug({ connection: this.#connection.name, error }, "the snapshot cannot be opened");
      return undefined;
    }
  }

  /** Until something can be due; a configuration that changes or the end comes sooner. */
  async #rest(): Promise<void> {
    const { clock } = this.#around;
    const left = this.#schedule.due - clock.now();
    const ms = this.#isAsked || left <= 0 ? tickMs : Math.min(left, tickMs);
    this.#nap = new AbortController();
    try {
      await clock.sleep(ms, this.#nap.signal);
    } catch (error) {
      if (!this.#nap.signal.aborted) throw error;
    } finally {
      this.#nap = undefined;
    }
  }
}
