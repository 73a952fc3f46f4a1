/** What is done with a connection, or waits to be done. */
export interface Doing {
  /** For a person: "a cycle on schedule", "sync by ann". */
  readonly what: string;
  /** When it was asked for, ms since 1970 UTC. */
  readonly askedAt: number;
}

interface Entry {
  readonly doing: Doing;
  readonly ended: Promise<void>;
}

/** Who works with a connection: one at a time, in the order in which they asked. */
export class Turns {
  readonly #queues = new Map<string, Entry[]>();

  /**
   * Does `work` when everybody who asked before is done. `waiting` is called once if there is somebody. Who gives up by `signal` while waiting gets
   * its reason, and `work` is never called.
   */
  async take<Result>(
    connection: string,
    doing: Doing,
    { signal, waiting }: { readonly signal: AbortSignal; readonly waiting?: (behind: Doing) => void },
    work: () => Promise<Result>,
  ): Promise<Result> {
    const queue = this.#queues.get(connection) ?? [];
    this.#queues.set(connection, queue);
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const entry: Entry = { doing, ended };
    const before = queue[0];
    queue.push(entry);
    try {
      if (before !== undefined) waiting?.(before.doing);
      for (let first = queue[0]; first !== undefined && first !== entry; first = queue[0])
        await untilEither(first.ended, signal);
      signal.throwIfAborted();
      return await work();
    } finally {
      queue.splice(queue.indexOf(entry), 1);
      if (queue.length === 0 && this.#queues.get(connection) === queue) this.#queues.delete(connection);
      end();
    }
  }

  /** First who works, then who waits. */
  of(connection: string): readonly Doing[] {
    return this.#queues.get(connection)?.map(({ doing }) => doing) ?? [];
  }
}

/** Waits for a promise that never fails; throws the signal's reason as soon as it aborts. Leaves no listener behind. */
async function untilEither(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
