import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { statusOf } from "../../../src/commands/connection-status.ts";
import type { Config } from "../../../src/config/config.ts";
import { type Connection, openConnection, type Surroundings } from "../../../src/connection.ts";
import { type CycleRequest, cycle } from "../../../src/cycle.ts";
import { BusyError, ItemError } from "../../../src/errors.ts";
import type { Log } from "../../../src/log.ts";
import { FaultCounts } from "../faults/counts.ts";
import { type CycleFaults, noFaults } from "../faults/plan.ts";
import { Random } from "../random.ts";
import { Application } from "./application.ts";
import { Directory } from "./directory.ts";
import { openFor, unwatched } from "./disk.ts";
import type { CycleEnd, CycleInfo, Refusal, SimulationEvent, WriteCall } from "./events.ts";
import { heldNow } from "./held.ts";
import { Process } from "./process.ts";
import { connectionConfig, drawSettings, type Settings } from "./settings.ts";
import { Timeline } from "./timeline.ts";
import { Trace } from "./trace.ts";

const memory = "/dev/shm";

/** What the application says of an object that it does not take. */
export const refusedByRule = "refused by a rule of the application";

/** Everything that one seed makes: a directory, an application, a disk, a clock, and processes of the product that come and go. */
export class World {
  readonly seed: number;
  readonly random: {
    readonly story: Random;
    readonly network: Random;
    readonly faults: Random;
    readonly admin: Random;
    readonly tampering: Random;
  };
  readonly timeline = new Timeline();
  readonly trace: Trace;
  readonly faults = new FaultCounts();
  readonly directory: Directory;
  readonly application: Application;
  readonly folder: string;
  readonly #watchers: ((event: SimulationEvent) => void)[] = [];
  #settings: Settings;
  #wallOffset = Date.UTC(2026, 10, 1, 8);
  #cycles = 0;
  #writes = 0;
  #opening: CycleInfo | undefined;
  /** Names the application itself; another name is another application. */
  applicationName = "application";
  /** Complete reads that were written down, as the disk saw them. */
  finishedReads = 0;
  /** Why the product has to refuse the state that it finds now. */
  mustRefuse: Refusal | undefined;
  /** Source ids of people whom the target refuses whenever they are written. */
  readonly poison = new Set<string>();

  constructor(seed: number, loud = false) {
    this.seed = seed;
    const random = new Random(seed);
    this.#settings = drawSettings(random.fork());
    this.random = {
      story: random.fork(),
      network: random.fork(),
      faults: random.fork(),
      admin: random.fork(),
      tampering: random.fork(),
    };
    const now = () => this.timeline.now;
    this.folder = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), "rollcall-simulation-"));
    this.trace = new Trace(now, this.folder, loud);
    this.directory = new Directory(this.#settings.directory, now);
    this.application = new Application(this.#settings.target, now, (quirk) => this.faults.strike(quirk));
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** The admin edits the configuration. */
  edit(change: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...change };
  }

  /** The cycle that the connection being opened is for. */
  get opening(): CycleInfo {
    if (this.#opening === undefined) throw new Error("no process is being started");
    return this.#opening;
  }

  get wallAt(): number {
    return this.#wallOffset + Math.floor(this.timeline.now);
  }

  jump(ms: number): void {
    this.#wallOffset += ms;
    this.faults.strike(ms > 0 ? "clock jumps forward" : "clock jumps back");
    this.trace.note(`the clock jumps by ${ms / 1000} s`);
  }

  watch(watcher: (event: SimulationEvent) => void): void {
    this.#watchers.push(watcher);
  }

  tell(event: SimulationEvent): void {
    for (const watcher of this.#watchers) watcher(event);
  }

  sent(write: Omit<WriteCall, "n" | "at">): WriteCall {
    const call: WriteCall = { ...write, n: ++this.#writes, at: this.timeline.now };
    this.trace.note(`${call.cycle.process.name} sends ${describe(call)}`);
    this.tell({ type: "write", call });
    return call;
  }

  /** Why the target will not take this call, whatever else it takes. */
  refuses({ resource, id }: WriteCall): ItemError | undefined {
    const owner = resource?.externalId ?? this.application.get(id)?.resource["externalId"];
    if (typeof owner !== "string" || !this.poison.has(owner)) return undefined;
    this.faults.strike("target refuses one object");
    return new ItemError("invalid-value", refusedByRule, { status: 400 });
  }

  /** A call is about to leave a process: what else was to happen at this moment. */
  atCall(cycleNow: CycleInfo, nth: number): void {
    const { plan } = cycleNow.process;
    if (plan.jump?.nth === nth) this.jump(plan.jump.ms);
    if (plan.secondProcess === nth) this.#startSecond(cycleNow.request);
    if (plan.interrupt === nth) {
      this.faults.strike("interrupted by a person");
      this.trace.note(`${cycleNow.process.name}: interrupted`);
      this.#aborts.get(cycleNow)?.abort(new DOMException("interrupted", "AbortError"));
    }
  }

  readonly #aborts = new Map<CycleInfo, AbortController>();

  get config(): Config {
    const connection = connectionConfig(this.#settings, this.seed);
    return {
      file: "rollcall.yaml",
      digest: "simulation",
      state: this.folder,
      audit: { keepMs: undefined },
      daemon: { cyclesAtOnce: 1, stopTimeoutMs: 60_000 },
      connections: [connection],
    };
  }

  /** What a process is started with. */
  surroundings(info: CycleInfo): Surroundings {
    const abort = new AbortController();
    this.#aborts.set(info, abort);
    return {
      clock: info.process.clock,
      log: this.#log,
      signal: abort.signal,
      abort: new AbortController().signal,
      progress: () => {},
    };
  }

  /** One process of the product from START to its end or death. */
  async run(request: CycleRequest, plan: CycleFaults = noFaults): Promise<CycleEnd> {
    const info = this.#newCycle(request, plan, "");
    this.trace.note(`${info.process.name} starts: ${describeRequest(request)}`);
    this.tell({ type: "cycle begins", cycle: info });
    const end = await this.#work(info);
    this.#aborts.delete(info);
    info.process.release();
    this.trace.note(`${info.process.name} ends: ${describeEnd(end)}`);
    this.tell({ type: "cycle ends", cycle: info, end });
    return end;
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #newCycle(request: CycleRequest, plan: CycleFaults, suffix: string): CycleInfo {
    const n = ++this.#cycles;
    const process = new Process(`p${n}${suffix}`, plan, {
      timeline: this.timeline,
      trace: this.trace,
      faults: this.faults,
      wallAt: () => this.wallAt,
      durable: (from, written) => {
        if (written.some(({ sql }) => /^\s*insert into connection\b/.test(sql))) this.finishedReads += 1;
        this.tell({ type: "durable", process: from, written });
      },
      sleeps: (from) => this.tell({ type: "sleep", process: from }),
    });
    const startedAt = this.timeline.now;
    return { n, process, request, startedAt, startedWallAt: this.wallAt, mustRefuse: this.mustRefuse };
  }

  async #work(info: CycleInfo): Promise<CycleEnd> {
    const { process } = info;
    let connection: Connection;
    try {
      connection = await this.#open(info);
    } catch (error) {
      return process.isDead ? { type: "died" } : { type: "refused", error: asError(error) };
    }
    const work = cycle(connection, info.request);
    const endless = await this.timeline.drive(work, () => process.isDead);
    if (endless !== undefined) {
      this.tell({ type: "endless", cycle: info, why: endless });
      process.kill();
    }
    if (process.isDead) return { type: "died" };
    try {
      const report = await work;
      return unwatched(() => ({
        type: "report",
        report,
        held: heldNow(connection.store),
        status: statusOf(connection.config, connection.store, false),
      }));
    } catch (error) {
      return process.isDead ? { type: "died" } : { type: "threw", error: asError(error) };
    } finally {
      await connection.close();
    }
  }

  async #open(info: CycleInfo): Promise<Connection> {
    const { config } = this;
    const [connection] = config.connections;
    if (connection === undefined) throw new Error("a configuration without a connection");
    this.#opening = info;
    openFor(info.process);
    try {
      return await openConnection(config, connection, this.surroundings(info));
    } finally {
      openFor(undefined);
      this.#opening = undefined;
    }
  }

  get #log(): Log {
    const line = (fields: Readonly<Record<string, unknown>>, message: string) =>
      this.tell({ type: "log", text: `${message} ${JSON.stringify(fields)}` });
    return { debug: line, info: line, warn: line, error: line };
  }

  /** Somebody starts the product a second time on the same state while a cycle runs. */
  #startSecond(request: CycleRequest): void {
    const info = this.#newCycle(request, noFaults, " (second)");
    this.faults.strike("second process");
    this.#open(info).then(
      async (connection) => {
        this.trace.note(`${info.process.name} starts beside the other`);
        this.tell({ type: "let in", cycle: info });
        await cycle(connection, request).catch(() => {});
        await connection.close();
      },
      (error: unknown) => {
        this.trace.note(`${info.process.name} is turned away: ${asError(error).message}`);
        if (!(error instanceof BusyError)) this.tell({ type: "let in", cycle: info });
      },
    );
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function describe(call: WriteCall): string {
  const { kind, method, id, resource, operations, add, remove } = call;
  const what =
    operations !== undefined
      ? operations
          .map((each) => `${each.op} ${each.path}${"value" in each ? `=${JSON.stringify(each.value)}` : ""}`)
          .join(", ")
      : resource !== undefined
        ? JSON.stringify({ ...resource, schemas: undefined, meta: undefined })
        : [...(add ?? []).map((each) => `+${each}`), ...(remove ?? []).map((each) => `-${each}`)].join(" ");
  return `#${call.n} ${method} ${kind} ${id} ${what}`;
}

function describeRequest(request: CycleRequest): string {
  return `${request.purpose}${request.full === true ? " --full" : ""}${request.user === undefined ? "" : ` --user ${request.user}`}`;
}

function describeEnd(end: CycleEnd): string {
  if (end.type === "report") {
    const { outcome, problem, applied, waiting, failures, read } = end.report;
    const { doubt, pending, failing } = end.status;
    return `${outcome} ${JSON.stringify({ doubt, pending, failing: failing.rows.map((each) => `${each.sourceId}: ${each.why}`), read: read?.type, why: read?.why, applied, waiting, failures: failures.map((each) => `${each.sourceId} ${each.action}: ${each.message}`), held: end.held.map((each) => `${each.class} ${each.sourceId}`), problem: problem?.message })}`;
  }
  return end.type === "died" ? "died" : `${end.type}: ${end.error.message}`;
}
