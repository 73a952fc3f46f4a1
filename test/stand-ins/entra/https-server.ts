import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Answer } from "./answer.ts";
import type { TlsIdentity } from "./authority.ts";
import type { Trouble } from "./faults.ts";
import type { LoggedRequest, RequestLog } from "./request-log.ts";

export interface Incoming {
  readonly method: string;
  /** As it stands in the request line, with query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export interface Service {
  readonly name: LoggedRequest["at"];
  /** What stands before every path, `/v1.0`, and is left out of the log. */
  readonly prefix: string;
  answer(request: Incoming): {
    readonly answer: Answer;
    /** What the connection suffers on top. */
    readonly troubles: readonly Trouble[];
  };
}

/** One of the tenant's two hosts: TLS on loopback, its own name in every request, delays, cuts, a log. */
export class HttpsServer {
  readonly url: string;
  readonly #server: Server;
  readonly #stopped = new AbortController();

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(
    service: Service,
    options: {
      readonly tls: TlsIdentity;
      readonly port: number;
      readonly log: RequestLog;
      readonly latencyMs: () => number;
    },
  ): Promise<HttpsServer> {
    const server = createServer({ key: options.tls.key, cert: options.tls.certificate });
    server.listen(options.port, "127.0.0.1");
    await once(server, "listening");
    const host = `localhost:${(server.address() as AddressInfo).port}`;
    const https = new HttpsServer(server, `https://${host}`);
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      // A client that went away is none of the server's errors.
      https.#serve(service, host, options, request, response).catch((error: unknown) => {
        if (!https.#stopped.signal.aborted && !response.destroyed) console.error("entra stand-in:", error);
        response.destroy();
      });
    });
    return https;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(
    service: Service,
    host: string,
    options: { readonly log: RequestLog; readonly latencyMs: () => number },
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const target = request.url ?? "/";
    const entry = logged(service, request, target);
    const { log } = options;
    log.all.push(entry);
    log.heard(entry);
    log.inFlight += 1;
    log.mostInFlight = Math.max(log.mostInFlight, log.inFlight);
    response.once("close", () => {
      log.inFlight -= 1;
    });
    const body = await textOf(request);
    if (request.headers.host !== host) return send(response, entry, INVALID_HOSTNAME);
    const incoming = { method: entry.method, target, headers: entry.headers, body };
    const { answer, troubles } = service.answer(incoming);
    const waitMs = troubles.reduce(
      (sum, trouble) => sum + (trouble.type === "delay" ? trouble.ms : 0),
      options.latencyMs(),
    );
    if (waitMs > 0) await this.#wait(waitMs, response);
    if (troubles.some(({ type }) => type === "lose")) return void response.destroy();
    const cut = troubles.find((trouble) => trouble.type === "cut");
    if (cut !== undefined) return await cutOff(response, answer, cut.bytes);
    send(response, entry, answer);
  }

  /** Ends early when the server stops or the client goes. */
  #wait(ms: number, response: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#stopped.signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#stopped.signal.addEventListener("abort", end, { once: true });
      response.once("close", end);
    });
  }
}

const INVALID_HOSTNAME: Answer = {
  status: 400,
  headers: { "Content-Type": "text/html; charset=us-ascii" },
  body: "<h2>Bad Request - Invalid Hostname</h2>",
};

function logged(service: Service, request: IncomingMessage, target: string): LoggedRequest {
  const [path = "/", ...query] = target.split("?");
  const headers = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
  return {
    at: service.name,
    method: request.method ?? "",
    path: path.startsWith(service.prefix) ? path.slice(service.prefix.length) : path,
    query: query.length === 0 ? "" : `?${query.join("?")}`,
    headers: Object.fromEntries(headers),
  };
}

function send(response: ServerResponse, entry: LoggedRequest, answer: Answer): void {
  entry.status = answer.status;
  response.writeHead(answer.status, { ...answer.headers, "Content-Length": Buffer.byteLength(answer.body) });
  response.end(answer.body);
}

async function cutOff(response: ServerResponse, answer: Answer, bytes: number | undefined): Promise<void> {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, { ...answer.headers, "Content-Length": body.length });
  const part = body.subarray(0, Math.min(bytes ?? Math.floor(body.length / 2), body.length - 1));
  await new Promise<void>((resolve) => response.write(part, () => resolve()));
  response.destroy();
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
