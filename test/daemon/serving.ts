/** A daemon that serves commands for a desk, in this process: no clock of it runs, so that nothing happens but what is asked for. */
import type { Clock } from "../../src/clock.ts";
import { openControlSocket } from "../../src/commands/control-companion.ts";
import type { Companion } from "../../src/commands/daemon-companions.ts";
import type { Io } from "../../src/commands/invocation.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { ControlOptions } from "../../src/daemon/control.ts";
import { Worker } from "../../src/daemon/worker.ts";
import { silent } from "../../src/log.ts";
import { checkMapping } from "../../src/mapping/compile.ts";
import type { Meter } from "../../src/meter.ts";
import type { Desk } from "../commands/desk.ts";

export class Serving {
  readonly worker: Worker;
  /** It was asked to stop. */
  readonly told: AbortSignal;
  /** Commands that the daemon said it ran: a line each. */
  served = 0;
  /** All that it said to its log. */
  readonly said: string[] = [];
  #companion: Companion | undefined;
  #isClosed = false;

  private constructor(worker: Worker, told: AbortSignal) {
    this.worker = worker;
    this.told = told;
  }

  static async of(
    desk: Desk,
    { meter, ...more }: Partial<Pick<ControlOptions, "version" | "groups">> & { readonly meter?: Meter } = {},
  ): Promise<Serving> {
    const count = (_: unknown, message: string) => {
      if (message === "a command was run") serving.served += 1;
      serving.said.push(message);
    };
    const log = { ...silent, debug: count, info: count };
    const load = () => loadConfig(desk.file, checkMapping);
    const clock = stillClock(desk);
    const worker = new Worker({ config: await load(), load, clock, log, ...(meter && { meter }) });
    const told = new AbortController();
    const invocation = { io: ioOf(desk), arguments: [], flags: {} };
    const serving = new Serving(worker, told.signal);
    const companion = await openControlSocket({
      invocation,
      worker,
      log,
      stop: () => told.abort(),
      ...more,
    });
    serving.#companion = companion;
    return serving;
  }

  async close(hurry: AbortSignal = new AbortController().signal): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all([this.worker.stop(), this.#companion?.close(hurry)]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(AbortSignal.abort());
  }
}

/** Nothing becomes due by waiting. */
function stillClock({ clock }: Desk): Clock {
  return {
    now: () => clock.now(),
    sleep: (_, signal) =>
      new Promise((_resolve, reject) => {
        if (signal.aborted) reject(signal.reason);
        else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  };
}

function ioOf({ clock }: Desk): Io {
  const output = { isTerminal: false, columns: undefined, write: () => {} };
  const never = new AbortController().signal;
  return {
    stdout: output,
    stderr: output,
    environment: {},
    clock,
    signal: never,
    abort: never,
    ask: undefined,
  };
}
