import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** What the service wants to see. */
export const token = "correct-horse";

/** One request, as it arrived. */
export interface Logged {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

/** What was asked since it was last emptied. */
export interface Counted {
  requests: number;
  /** Answered with an error. */
  refused: number;
  /** Most connections at once: each has one request under way at most. */
  atOnce: number;
  /** When the first request arrived and the last one was answered, ms. */
  first: number;
  last: number;
  /** Who is there now, and how many of them have a manager. */
  people: number;
  managed: number;
}

/** What its process is asked. */
export interface Asked {
  readonly call: "count" | "reset" | "log" | "delay";
  readonly file?: string;
  readonly ms?: number;
}

const script = fileURLToPath(new URL("./main.ts", import.meta.url));

/** A cheap SCIM service in a process of its own. */
export class ScimServer {
  readonly baseUrl: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  private constructor(child: ChildProcess, ended: Promise<never>, baseUrl: string) {
    this.#child = child;
    this.#ended = ended;
    this.baseUrl = baseUrl;
  }

  static async start(): Promise<ScimServer> {
    const child = fork(script);
    const ended = end(child);
    const [{ baseUrl }] = (await Promise.race([once(child, "message"), ended])) as [
      { readonly baseUrl: string },
    ];
    return new ScimServer(child, ended, baseUrl);
  }

  /** Counts, and empties the service. */
  async reset(): Promise<Counted> {
    return await this.#ask({ call: "reset" });
  }

  async count(): Promise<Counted> {
    return await this.#ask({ call: "count" });
  }

  /** From now on each request is written to this file, a line of JSON; without a file none is, and what was is in its file. */
  async log(file?: string): Promise<void> {
    await this.#ask({ call: "log", ...(file === undefined ? {} : { file }) });
  }

  /** From now on each answer takes so long, as with a real service. */
  async delay(ms: number): Promise<void> {
    await this.#ask({ call: "delay", ms });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.disconnect();
    await once(this.#child, "exit");
  }

  async #ask(asked: Asked): Promise<Counted> {
    this.#child.send(asked);
    const [told] = (await Promise.race([once(this.#child, "message"), this.#ended])) as [Counted];
    return told;
  }
}

/** Rejects when the process ends; that is only looked at while something is asked of it. */
function end(child: ChildProcess): Promise<never> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the SCIM service ended with ${code}`);
  });
  ended.catch(() => {});
  return ended;
}
