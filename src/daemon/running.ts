import type { Progress } from "../sync/work.ts";
import type { Doing } from "./turns.ts";

/** Work with one connection, waiting for its turn or under way: how it is told to stop, and when it last got on. */
export class Running {
  readonly connection: string;
  readonly doing: Doing;
  /** What it said of itself last. */
  progress: Progress | undefined;
  /** When its turn came, ms since 1970 UTC; undefined while it waits. */
  beganAt: number | undefined;
  /** When it last got on, by time awake (clock-watch.ts). */
  movedAt: number;
  readonly #stop = new AbortController();
  readonly #cut = new AbortController();
  readonly #loosen: (() => void)[] = [];
  readonly #ended = Promise.withResolvers<void>();

  constructor(connection: string, doing: Doing, movedAt: number) {
    this.connection = connection;
    this.doing = doing;
    this.movedAt = movedAt;
  }

  get isUnderWay(): boolean {
    return this.beganAt !== undefined;
  }

  /** Aborts when it is to end at its next step. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Aborts when calls under way are to be cut off as well. */
  get abort(): AbortSignal {
    return this.#cut.signal;
  }

  stop(reason?: unknown): void {
    this.#stop.abort(reason);
  }

  cut(reason?: unknown): void {
    this.#stop.abort(reason);
    this.#cut.abort(reason);
  }

  /** Resolves when it is over, well or not. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** What somebody else's signals say goes for this too, until its end. */
  follow(signals: {
    readonly signal?: AbortSignal | undefined;
    readonly abort?: AbortSignal | undefined;
  }): void {
    this.#follow(signals.signal, (reason) => this.stop(reason));
    this.#follow(signals.abort, (reason) => this.cut(reason));
  }

  end(): void {
    for (const each of this.#loosen.splice(0)) each();
    this.#ended.resolve();
  }

  #follow(signal: AbortSignal | undefined, act: (reason: unknown) => void): void {
    if (signal === undefined) return;
    if (signal.aborted) {
      act(signal.reason);
      return;
    }
    const listener = () => act(signal.reason);
    signal.addEventListener("abort", listener);
    this.#loosen.push(() => signal.removeEventListener("abort", listener));
  }
}
