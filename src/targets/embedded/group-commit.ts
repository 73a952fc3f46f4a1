/** Runs the writes that arrive together in one transaction, so that they share one wait for the disk. */
import type { DirectoryDatabase } from "./database.ts";

interface Job {
  readonly run: () => void;
  readonly committed: () => void;
  readonly failed: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** A queue that is emptied once per turn of the event loop. A write that fails takes nobody with it. */
export class GroupCommit {
  readonly #database: DirectoryDatabase;
  readonly #explain: (error: unknown) => Error;
  #queue: Job[] = [];
  #scheduled = false;

  constructor(database: DirectoryDatabase, explain: (error: unknown) => Error) {
    this.#database = database;
    this.#explain = explain;
  }

  /** Resolves with what `work` returned once that is on the disk. `work` is synchronous and throws to undo itself. */
  write<T>(work: () => T, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let result: T;
    this.#queue.push({
      run: () => {
        result = work();
      },
      committed: () => resolve(result),
      failed: (error) => reject(error),
      signal,
    });
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.flush());
    }
    return promise;
  }

  /** Writes what is waiting, now. */
  flush(): void {
    this.#scheduled = false;
    const jobs = this.#queue;
    this.#queue = [];
    if (jobs.length === 0) return;
    try {
      if (!this.#allAtOnce(jobs)) this.#oneByOne(jobs);
    } catch (error) {
      for (const job of jobs) job.failed(this.#explain(error));
    }
  }

  /** Mostly nothing goes wrong, and no savepoints are needed, which cost half of what an insert does. False when a write failed: none was done. */
  #allAtOnce(jobs: readonly Job[]): boolean {
    let hasFailed = false;
    const all = this.#database.transaction(() => {
      try {
        for (const job of jobs) {
          job.signal.throwIfAborted();
          job.run();
        }
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    });
    try {
      all.immediate();
    } catch (error) {
      if (hasFailed) return false;
      throw error;
    }
    for (const job of jobs) job.committed();
    return true;
  }

  #oneByOne(jobs: readonly Job[]): void {
    const done: Job[] = [];
    const failed: [Job, unknown][] = [];
    const single = this.#database.transaction((job: Job) => job.run());
    const all = this.#database.transaction(() => {
      for (const job of jobs) {
        try {
          job.signal.throwIfAborted();
          single(job);
          done.push(job);
        } catch (error) {
          // Some errors (a full disk) end the whole transaction, and with it the writes before this one.
          if (!this.#database.inTransaction) throw error;
          failed.push([job, error]);
        }
      }
    });
    all.immediate();
    for (const [job, error] of failed)
      job.failed(job.signal.aborted ? job.signal.reason : this.#explain(error));
    for (const job of done) job.committed();
  }
}
