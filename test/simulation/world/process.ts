import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import type { Clock } from "../../../src/clock.ts";
import type { FaultCounts } from "../faults/counts.ts";
import type { CrashPoint, CycleFaults, StoreFault } from "../faults/plan.ts";
import { type DiskStep, type DiskWatcher, unwatched } from "./disk.ts";
import type { Timeline } from "./timeline.ts";
import type { Trace } from "./trace.ts";

/** What a process that died throws at whoever still runs inside it. */
class ProcessDied extends Error {}

/** A statement that wrote, with what it was given. */
export interface Written {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** What a process lives in. */
export interface ProcessSurroundings {
  readonly timeline: Timeline;
  readonly trace: Trace;
  readonly faults: FaultCounts;
  /** How far the wall clock is off the timeline, in ms; may change under a process. */
  readonly wallAt: () => number;
  /** Told after a commit that will survive a power cut. */
  readonly durable: (process: Process, written: readonly Written[]) => void;
  /** Told when the process sleeps. */
  readonly sleeps: (process: Process) => void;
}

const errors: Readonly<Record<StoreFault, string>> = {
  "disk full": "SQLITE_FULL",
  "disk error": "SQLITE_IOERR_WRITE",
  "disk error in a commit that stays": "SQLITE_IOERR_FSYNC",
  "store busy": "SQLITE_BUSY",
};

interface Files {
  readonly database: Buffer;
  readonly log: Buffer | undefined;
}

/**
 * One process of the product, from start to end. When it dies, nothing that it still runs has any effect: its databases refuse every step, its
 * calls get no answer, its sleep never ends.
 */
export class Process implements DiskWatcher {
  readonly name: string;
  readonly plan: CycleFaults;
  readonly #around: ProcessSurroundings;
  readonly #open = new Set<Database.Database>();
  /** Files whose commits a power cut takes back, as they were before the first of them. */
  readonly #unsafe = new Map<string, Files>();
  readonly #synced = new Map<Database.Database, boolean>();
  readonly #uncommitted = new Map<Database.Database, Written[]>();
  readonly #points = new Map<CrashPoint, number>();
  #storeCalls = 0;
  #broken: string | undefined;
  #dead = false;

  constructor(name: string, plan: CycleFaults, around: ProcessSurroundings) {
    this.name = name;
    this.plan = plan;
    this.#around = around;
  }

  get isDead(): boolean {
    return this.#dead;
  }

  get clock(): Clock {
    return {
      now: () => this.#around.wallAt(),
      steady: () => this.#around.timeline.now,
      sleep: async (ms, signal) => {
        signal.throwIfAborted();
        this.#around.sleeps(this);
        await this.later(ms, signal);
      },
    };
  }

  /** Resolves after so many ms, unless the process is dead by then; rejects when the signal aborts. */
  later(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#around.timeline.in(ms, () => {
        if (!this.#dead) resolve();
      });
      signal?.addEventListener("abort", () => {
        if (!this.#dead) reject(signal.reason);
      });
    });
  }

  /** The process comes to a point where it may die; true when it just did. */
  passes(point: CrashPoint): boolean {
    const { crash } = this.plan;
    if (crash?.point !== point || this.#dead) return false;
    const nth = (this.#points.get(point) ?? 0) + 1;
    this.#points.set(point, nth);
    if (nth !== crash.nth) return false;
    this.#around.faults.strike(point);
    if (crash.power) this.#around.faults.strike("power loss");
    this.#around.trace.note(`${this.name}: ${point}${crash.power ? ", power loss" : ""}`);
    this.#dead = true;
    return true;
  }

  /** Ends the process from outside. */
  kill(): void {
    this.#dead = true;
  }

  /** An await that ends only if the process lives: what a dead process waits for never comes. */
  async never(): Promise<never> {
    return new Promise(() => {});
  }

  step<T>(step: DiskStep, work: () => T): T {
    this.#open.add(step.db);
    if (this.#dead && step.kind !== "rollback") throw new ProcessDied("the process is dead");
    if (step.file.endsWith(".lock") || step.kind === "rollback") {
      if (step.kind === "rollback") this.#uncommitted.delete(step.db);
      return work();
    }
    this.#fail(step);
    if (step.commits) {
      this.#guardAgainstPower(step);
      if (this.passes("crash before a commit")) throw new ProcessDied("the process is dead");
    }
    const result = work();
    this.#notice(step);
    if (step.commits) this.#committed(step);
    return result;
  }

  /** Lets go of the files as they are; after a power loss they hold only what had reached the disk. */
  release(): void {
    for (const db of this.#open) db.close();
    this.#open.clear();
    if (this.plan.crash?.power !== true || !this.#dead) return;
    for (const [file, before] of this.#unsafe) {
      rmSync(`${file}-shm`, { force: true });
      rmSync(`${file}-wal`, { force: true });
      writeFileSync(file, before.database);
      if (before.log !== undefined) writeFileSync(`${file}-wal`, before.log);
    }
  }

  #fail(step: DiskStep): void {
    const { store } = this.plan;
    if (this.#broken !== undefined) throw new Database.SqliteError("disk I/O error", this.#broken);
    if (store === undefined) return;
    this.#storeCalls += 1;
    if (store.fault === "disk error in a commit that stays" || this.#storeCalls !== store.nth) return;
    // A full disk and a broken one refuse writes; a read fails only on a broken one.
    if (store.fault !== "disk error" && step.kind === "read") {
      this.#storeCalls -= 1;
      return;
    }
    this.#struck(store.fault);
    throw new Database.SqliteError(`${store.fault} (simulated)`, errors[store.fault]);
  }

  #struck(fault: StoreFault): void {
    this.#around.faults.strike(fault);
    this.#around.trace.note(`${this.name}: ${fault}`);
    if (fault !== "store busy") this.#broken = errors[fault];
  }

  #guardAgainstPower({ db, file }: DiskStep): void {
    if (this.#synced.has(db)) return;
    const level = Number(unwatched(() => db.pragma("synchronous", { simple: true })));
    this.#synced.set(db, level >= 2);
    if (level >= 2 || this.#unsafe.has(file)) return;
    const log = `${file}-wal`;
    this.#unsafe.set(file, {
      database: readFileSync(file),
      log: existsSync(log) ? readFileSync(log) : undefined,
    });
  }

  /** What is on its way to the disk. */
  #notice(step: DiskStep): void {
    if (step.kind !== "write") return;
    const list = this.#uncommitted.get(step.db);
    const written = { sql: step.sql, parameters: step.parameters };
    if (list === undefined) this.#uncommitted.set(step.db, [written]);
    else list.push(written);
  }

  #committed(step: DiskStep): void {
    const written = this.#uncommitted.get(step.db) ?? [];
    this.#uncommitted.delete(step.db);
    if (this.#synced.get(step.db) === true) this.#around.durable(this, written);
    const { store } = this.plan;
    if (store?.fault === "disk error in a commit that stays" && this.#storeCalls >= store.nth) {
      this.#struck(store.fault);
      throw new Database.SqliteError(`${store.fault} (simulated)`, errors[store.fault]);
    }
    if (this.passes("crash after a commit")) throw new ProcessDied("the process is dead");
  }
}
