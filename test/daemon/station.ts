/** A worker with everything real but time and the directories: configuration files, snapshots, embedded targets. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { loadSound } from "../../src/commands/load-sound.ts";
import type { WorkerEvent } from "../../src/daemon/events.ts";
import { Worker } from "../../src/daemon/worker.ts";
import { createLog } from "../../src/observe/log.ts";
import { sources } from "../../src/sources/index.ts";
import type { Source, SourceDefinition } from "../../src/sources/source.ts";
import { directoryDefinition, TestDirectory } from "../directory.ts";
import { askSnapshot } from "./ask-snapshot.ts";
import { SimulatedClock } from "./simulated-clock.ts";

const registry = sources as Record<string, () => Promise<SourceDefinition>>;
/** In memory where that is possible: a thousand cycles wait for a disk a thousand times. */
const place = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
let stations = 0;

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export class Station {
  readonly folder = mkdtempSync(join(place, "rollcall-station-"));
  readonly directory = new TestDirectory();
  readonly clock: SimulatedClock;
  readonly log: LogLine[] = [];
  /** Of the worker that runs, and of those before it. */
  readonly events: WorkerEvent[] = [];
  /** Overrides methods of the source. */
  source: Partial<Source> = {};
  /** Work that sleeps by the clock, and so does not keep time from going on. */
  asleep = 0;
  /** How often the configuration files are looked at; undefined: as usual. */
  pollMs: number | undefined;
  readonly type: string;
  #worker: Worker | undefined;
  #underWay = 0;

  constructor(start = Date.UTC(2026, 9, 10, 7)) {
    stations += 1;
    this.type = `station-${stations}`;
    this.clock = new SimulatedClock(start);
    const definition: SourceDefinition = {
      ...directoryDefinition,
      type: this.type,
      settings: z.looseObject({}),
      mapping: new URL("../commands/mapping.yaml", import.meta.url),
      open: () => ({ ...this.directory.source(), ...this.source }),
    };
    registry[this.type] = async () => definition;
    this.directory.people("p", 3);
  }

  get file(): string {
    return join(this.folder, "rollcall.yaml");
  }

  /** Writes the configuration; the source is called `people`. */
  configure(rest: string): void {
    writeFileSync(this.file, `state: ./state\nsources:\n  people: { type: ${this.type} }\n${rest}`);
  }

  get worker(): Worker {
    if (this.#worker === undefined) throw new Error("no worker runs");
    return this.#worker;
  }

  /** A process starts. */
  async start({ syncNow = false } = {}): Promise<Worker> {
    const load = () => loadSound(this.file);
    const log = createLog("debug", {
      isTerminal: false,
      write: (line) => this.log.push(JSON.parse(line) as LogLine),
    });
    const worker = new Worker({ config: await load(), load, clock: this.clock, log, pollMs: this.pollMs });
    worker.watch((event) => {
      this.events.push(event);
      if (event.type === "began") this.#underWay += 1;
      if (event.type === "ended") this.#underWay -= 1;
    });
    worker.start({ syncNow });
    this.#worker = worker;
    return worker;
  }

  /** And ends. */
  async stop(): Promise<boolean> {
    const stopped = this.#worker?.stop() ?? Promise.resolve(true);
    this.#worker = undefined;
    return stopped;
  }

  /** Lets time pass; it stands still while anybody is at work or reads a file. */
  pass(ms: number): Promise<void> {
    return this.clock.pass(ms, () => this.#underWay > this.asleep || this.clock.sleepers < this.#resting);
  }

  /** Who sleeps where nobody is at work: the clocks of connections with nothing to do, and those who look at files and at what hangs. */
  get #resting(): number {
    const idle = this.#worker
      ?.status()
      .connections.filter(({ doing, waiting }) => doing === undefined && waiting.length === 0);
    return idle === undefined ? 0 : idle.length + 2;
  }

  /** Sleeps by the clock within work that is under way. */
  async linger(ms: number, signal: AbortSignal): Promise<void> {
    this.asleep += 1;
    try {
      await this.clock.sleep(ms, signal);
    } finally {
      this.asleep -= 1;
    }
  }

  /** From now on every read of the directory takes that long. */
  readSlowly(ms: number): void {
    const station = this;
    this.source = {
      async *poll(cursor, signal) {
        await station.linger(ms, signal);
        yield* station.directory.source().poll(cursor, signal);
      },
    };
  }

  /** Answers a question to a snapshot. */
  ask<Row>(connection: string, sql: string): readonly Row[] {
    return askSnapshot(this.folder, connection, sql);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = this.stop();
    await this.clock.pass(0);
    await stopped;
    delete registry[this.type];
    rmSync(this.folder, { recursive: true, force: true });
  }
}
