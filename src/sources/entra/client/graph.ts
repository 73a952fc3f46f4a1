import type { Client } from "@microsoft/microsoft-graph-client";
import { ConnectionError } from "../../../errors.ts";
import { elements, isObject, member } from "../../../scim/path.ts";
import { pathWithoutValues } from "../../../scim/without-values.ts";
import type { Answer, Document } from "./answer.ts";
import type { Tokens } from "./login.ts";
import { Authorize, type Patience, Repeat, Send, Trip } from "./middleware.ts";
import { type Asked, refusal } from "./refusal.ts";
import { retryAfterMs } from "./retry-after.ts";
import type { Wire } from "./wire.ts";

const VERSION = "v1.0";

/** So many questions Graph takes in one request. */
export const BATCH = 20;

/** Microsoft Graph for one tenant: asked by path, or by a link that it gave us. */
export class Graph {
  readonly root: string;
  readonly host: string;
  readonly #tokens: Tokens;
  readonly #wire: Wire;
  readonly #patience: Patience;
  #client: Client | undefined;

  constructor(root: string, tokens: Tokens, wire: Wire, patience: Patience) {
    this.root = root;
    this.host = new URL(root).host;
    this.#tokens = tokens;
    this.#wire = wire;
    this.#patience = patience;
  }

  /** The body of a success; everything else is thrown. */
  async get(target: string, asked: Asked, signal: AbortSignal): Promise<Document> {
    const answer = await this.ask(target, signal);
    if (answer.status !== 200 || answer.body === undefined) throw this.refusal(answer, asked);
    return answer.body;
  }

  /** Whatever Graph answers in the end, after waiting and a new token where that helps. */
  async ask(
    target: string,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    return await this.#answer(new Trip(this.#urlOf(target), signal, false), headers);
  }

  /**
   * Several questions in one request (at most BATCH), each by its path: what Graph says to each, in the order of the questions. Undefined: ask that one
   * alone; it was refused for now, or not answered at all. https://learn.microsoft.com/graph/json-batching
   */
  async batch(paths: readonly string[], signal: AbortSignal): Promise<readonly (Answer | undefined)[]> {
    const requests = paths.map((url, at) => ({ id: String(at), method: "GET", url }));
    const whole = await this.#answer(new Trip(this.#urlOf("/$batch"), signal, false), {}, { requests });
    const inner = new Map<string, Answer>();
    // A proxy that lets nothing through but GET is no reason to know less.
    if (whole.status !== 200) return paths.map(() => undefined);
    for (const each of elements(member(whole.body, "responses"))) {
      const [id, status, body] = ["id", "status", "body"].map((name) => member(each, name));
      const path = paths[Number(id)];
      if (typeof id !== "string" || typeof status !== "number" || path === undefined) continue;
      if (status === 429 || status >= 500) continue;
      inner.set(id, {
        status,
        path: pathWithoutValues(`/${VERSION}${path.replace(/\?.*$/s, "")}`),
        header: () => null,
        body: isObject(body) ? (body as Document) : undefined,
      });
    }
    return paths.map((_, at) => inner.get(String(at)));
  }

  /** The same of a page, whose entries stand beside the body: each is taken apart when it is asked for. */
  async page(target: string, signal: AbortSignal): Promise<Answer> {
    return await this.#answer(new Trip(this.#urlOf(target), signal, true), {});
  }

  async #answer(trip: Trip, headers: Readonly<Record<string, string>>, body?: object): Promise<Answer> {
    const { signal } = trip;
    signal.throwIfAborted();
    const client = await this.#opened();
    let response: Response;
    try {
      const request = client.api(trip.url).middlewareOptions([trip]).headers(headers);
      request.responseType(RAW as never);
      response = await (body === undefined ? request.get() : request.post(body));
    } catch (error) {
      signal.throwIfAborted();
      throw trip.failure ?? error;
    }
    return {
      status: response.status,
      path: pathWithoutValues(new URL(trip.url).pathname),
      header: (name) => response.headers.get(name),
      body: trip.body,
      entries: trip.entries,
    };
  }

  refusal(answer: Answer, asked: Asked): Error {
    const wait = retryAfterMs(answer.header("retry-after"), this.#patience.clock.now());
    return refusal(answer, asked, this.host, wait);
  }

  /** Throws when a link does not lead to this Graph: kept for the next time, it would stop every read from then on. */
  checkLink(link: string): void {
    this.#urlOf(link);
  }

  async close(): Promise<void> {
    await this.#wire.close();
  }

  /** A link leads where it wants: our token goes to the Graph that was configured, and nowhere else. */
  #urlOf(target: string): string {
    if (target.startsWith("/")) return `${this.root}/${VERSION}${target}`;
    const url = URL.canParse(target) ? new URL(target) : undefined;
    if (url?.origin === this.root && url.pathname.startsWith(`/${VERSION}/`)) return target;
    throw new ConnectionError(
      `${this.host} gave a link to ${url === undefined ? "no address" : url.origin}, which is not followed`,
      { hint: "if this Graph is known under another name, say so in endpoints.graph" },
    );
  }

  async #opened(): Promise<Client> {
    if (this.#client !== undefined) return this.#client;
    const graph = await import("@microsoft/microsoft-graph-client");
    const middleware = [new Repeat(this.#patience), new Authorize(this.#tokens), new Send(this.#wire)];
    this.#client = graph.Client.initWithMiddleware({
      baseUrl: `${this.root}/`,
      defaultVersion: VERSION,
      middleware,
    });
    return this.#client;
  }
}

/** ResponseType.RAW of the client, whose module is loaded late. */
const RAW = "raw";
