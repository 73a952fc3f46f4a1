/** The endpoint for metrics and health: a few pages that anybody who reaches the address may read, and nothing else. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, isIP } from "node:net";
import { ConfigurationError } from "../errors.ts";
import type { Log } from "../log.ts";

/** What a page answers. */
export interface Page {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** Path -> what is shown there, made anew for each request. */
export type Pages = Readonly<Record<string, () => Promise<Page> | Page>>;

export interface HttpOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Names that a request may ask for, besides localhost and plain addresses; lower case. */
  readonly hosts: readonly string[];
  readonly pages: Pages;
  readonly log: Log;
}

/** The endpoint while it listens. */
export interface HttpEndpoint {
  readonly port: number;
  /** Takes in nothing new, and resolves when the last answer is out, within seconds; at once when the signal aborts. */
  close(hurry: AbortSignal): Promise<void>;
}

/** A scrape every few seconds and some probes need no more. */
const mostConnections = 32;
const longestRequestMs = 10_000;
const idleMs = 5_000;
/** Who sent no request yet is looked at so often, ms: Node's time limits hold from one look to the next. */
const lookMs = 2_000;
/** Who is still connected so long after the end began is cut off, ms: nobody at the other end may hold up a stop. */
const closingMs = 2_000;
const mostHeaderBytes = 8 * 1024;

/** Listens. Throws ConfigurationError where the address cannot be had. */
export async function openEndpoint(options: HttpOptions): Promise<HttpEndpoint> {
  const server = createServer(
    {
      maxHeaderSize: mostHeaderBytes,
      keepAliveTimeout: idleMs,
      requestTimeout: longestRequestMs,
      headersTimeout: idleMs,
      connectionsCheckingInterval: lookMs,
    },
    (request, response) => void answer(request, response, options),
  );
  server.maxConnections = mostConnections;
  server.maxRequestsPerSocket = 1_000;
  await listening(server, options);
  const { port } = server.address() as AddressInfo;
  return { port, close: (hurry) => closed(server, hurry) };
}

function listening(server: Server, { host, port }: HttpOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = reasons[error.code ?? ""] ?? error.code ?? "unknown reason";
      reject(
        new ConfigurationError(`metrics.listen: ${host}:${port} cannot be listened to: ${why}`, {
          cause: error,
          hint: "take another address or port, or leave `metrics` out",
        }),
      );
    });
    server.listen({ host, port }, resolve);
  });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program has it",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "ports below 1024 are for root",
};

function closed(server: Server, hurry: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cut = () => server.closeAllConnections();
    const tooLate = setTimeout(cut, closingMs);
    server.close(() => {
      clearTimeout(tooLate);
      hurry.removeEventListener("abort", cut);
      resolve();
    });
    server.closeIdleConnections();
    if (hurry.aborted) cut();
    else hurry.addEventListener("abort", cut, { once: true });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions,
): Promise<void> {
  try {
    show(response, request.method, await pageFor(request, options));
  } catch (error) {
    options.log.error({ error }, "a page of the endpoint for metrics and health could not be made");
    if (!response.headersSent) show(response, request.method, plain(500, "this page could not be made"));
    else response.destroy();
  }
}

async function pageFor(request: IncomingMessage, { hosts, pages }: HttpOptions): Promise<Page> {
  // A web page that makes a browser ask here does so by a name of its own.
  if (!isExpected(request.headers.host, hosts))
    return plain(421, "this name is not served here: see metrics.hosts");
  if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "GET and HEAD only");
  const path = (request.url ?? "").split("?", 1)[0] ?? "";
  const make = Object.hasOwn(pages, path) ? pages[path] : undefined;
  if (make === undefined) return plain(404, `there are ${Object.keys(pages).join(", ")}`);
  return await make();
}

/** localhost, any plain address (no name can be made to mean another machine by it), and the names of the configuration. */
function isExpected(header: string | undefined, hosts: readonly string[]): boolean {
  const [, name = ""] = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::\d{1,5})?$/.exec(header ?? "") ?? [];
  const host = name.replace(/^\[|\]$/g, "").toLowerCase();
  return host === "localhost" || isIP(host) !== 0 || hosts.includes(host);
}

function show(response: ServerResponse, method: string | undefined, { status, type, text }: Page): void {
  const body = Buffer.from(text, "utf8");
  response.writeHead(status, {
    "content-type": type,
    "content-length": body.length,
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    // Whoever sends a body is not listened to.
    ...(status >= 400 && status !== 404 && status !== 503 ? { connection: "close" } : {}),
  });
  response.end(method === "HEAD" ? undefined : body);
}

export function plain(status: number, text: string): Page {
  return { status, type: "text/plain; charset=utf-8", text: `${text}\n` };
}
