import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Shape } from "./crowd.ts";
import type { PageSizes } from "./rounds.ts";

/** A question to the process of the server, one at a time. */
export interface Asked {
  readonly call: "reset" | "changePeople" | "changeMembers" | "asked";
  readonly options: {
    readonly group: number;
    readonly titles?: number;
    readonly came?: number;
    readonly left?: number;
  };
}

/** Its answer. */
export type Told = Addresses | Requests;

/** What a configuration has to say of it. */
export interface Addresses {
  readonly loginUrl: string;
  readonly graphUrl: string;
  readonly caFile: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** What was asked since it was last looked at. */
export interface Requests {
  /** To Graph. */
  readonly requests: number;
  readonly logins: number;
  /** Of what Graph answered. */
  readonly bytes: number;
}

const script = fileURLToPath(new URL("./main.ts", import.meta.url));

/**
 * Microsoft Graph in a process of its own, for as many people as one likes: they are computed, page by page. Start it, hand `addresses` to a
 * configuration (snapshot.ts does), change something between two cycles, count what was asked.
 */
export class GraphServer {
  readonly addresses: Addresses;
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  private constructor(child: ChildProcess, ended: Promise<never>, addresses: Addresses) {
    this.#child = child;
    this.#ended = ended;
    this.addresses = addresses;
  }

  static async start(
    shape: Shape,
    sizes: PageSizes = { objects: 1000, members: 5000 },
  ): Promise<GraphServer> {
    const child = fork(script, [JSON.stringify(shape), JSON.stringify(sizes)]);
    const ended = endOf(child);
    const [addresses] = (await Promise.race([once(child, "message"), ended])) as [Addresses];
    return new GraphServer(child, ended, addresses);
  }

  /** As at its start: what was changed is forgotten. */
  async reset(): Promise<void> {
    await this.#ask("reset");
  }

  /** A new title for so many people, so many new ones, so many deleted; others each time. */
  async changePeople(options: { titles?: number; came?: number; left?: number }): Promise<void> {
    await this.#ask("changePeople", { group: 0, ...options });
  }

  /** So many people join a group, so many of its members leave. The biggest groups have the lowest numbers. */
  async changeMembers(options: { group: number; came?: number; left?: number }): Promise<void> {
    await this.#ask("changeMembers", options);
  }

  /** What was asked since this was called last. */
  async asked(): Promise<Requests> {
    return await this.#ask("asked");
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.disconnect();
    await once(this.#child, "exit");
  }

  async #ask(call: Asked["call"], options: Asked["options"] = { group: 0 }): Promise<Requests> {
    this.#child.send({ call, options } satisfies Asked);
    const [told] = (await Promise.race([once(this.#child, "message"), this.#ended])) as [Requests];
    return told;
  }
}

/** Fails when the process ends; nobody has to listen. */
function endOf(child: ChildProcess): Promise<never> {
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the server of Graph ended with ${code}`);
  });
  ended.catch(() => {});
  return ended;
}
