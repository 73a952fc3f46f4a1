import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { Access } from "./access.ts";
import type { ApiAnswer } from "./api-request.ts";
import type { Circumstances } from "./circumstances.ts";
import type { Cursors } from "./cursors.ts";
import type { Directory } from "./directory.ts";
import { type Fault, takeFault } from "./faults.ts";
import { errorBody, OktaError, tooManyRequests } from "./okta-error.ts";
import type { Bucket, RateLimits, Standing } from "./rate-limits.ts";
import { requestId, routeOf } from "./routes.ts";
import type { TokenAnswer, TokenEndpoint } from "./token-endpoint.ts";

export interface LoggedRequest {
  /** Milliseconds since 1970 by the organisation's clock. */
  readonly at: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly endpoint: Bucket;
  /** Undefined while it is under way and when it got no whole answer. */
  status?: number;
}

export interface Premises {
  readonly circumstances: Circumstances;
  /** Another one when the organisation is emptied. */
  directory: Directory;
  readonly access: Access;
  readonly tokens: TokenEndpoint;
  readonly cursors: Cursors;
  readonly rateLimits: RateLimits;
  readonly faults: Fault[];
  readonly requests: LoggedRequest[];
  heard: (request: LoggedRequest) => void;
  /** Known only when the server listens. */
  readonly origin: () => string;
}

type Answer = { readonly status: number } & ApiAnswer;

const tokenPath = "/oauth2/v1/token";

/** What happens to each request: counted, perhaps spoilt, let in or not, answered. */
export function createFront(premises: Premises): RequestListener {
  let underWay = 0;
  return async (request, response) => {
    underWay += 1;
    response.once("close", () => {
      underWay -= 1;
    });
    const path = request.url ?? "/";
    const method = request.method ?? "GET";
    const [pathname = "/"] = path.split("?");
    const endpoint: Bucket = pathname === tokenPath ? "token" : (routeOf(pathname)?.route.bucket ?? "other");
    const entry: LoggedRequest = { at: premises.circumstances.now(), method, path, endpoint };
    premises.requests.push(entry);
    premises.heard(entry);
    const { rateLimits } = premises;
    const who = request.headers.authorization?.startsWith("SSWS ") === true ? "token" : "app";
    const crowded = underWay > rateLimits.concurrent;
    const standing = crowded ? rateLimits.crowded() : rateLimits.take(endpoint, who);
    const fault = takeFault(premises.faults, method, path);
    try {
      const text = await readBody(request);
      if (fault?.how === "slow") await wait(fault.ms ?? 1000, undefined, { signal: closing(response) });
      const answer = answerTo(request, text, standing, fault, premises);
      send(response, entry, answer, standing, fault, premises);
    } catch (error) {
      // When the caller hung up there is nobody to answer; anything else is a fault of ours, which nobody waits out.
      if (response.destroyed) return;
      response.destroy();
      throw error;
    }
  };
}

function answerTo(
  request: IncomingMessage,
  text: string,
  standing: Standing,
  fault: Fault | undefined,
  premises: Premises,
): Answer {
  const url = new URL(request.url ?? "/", premises.origin());
  try {
    if (standing.exceeded || fault?.how === "rate limit") throw tooManyRequests();
    if (url.pathname === tokenPath) return tokenAnswer(request, text, url, premises);
    return { status: 200, ...routed(request, url, fault, premises) };
  } catch (error) {
    const refusal = error instanceof OktaError ? error : malformed(error);
    const body = errorBody(refusal, premises.circumstances.random.id("oae"));
    return { status: refusal.status, headers: refusal.headers, body };
  }
}

function routed(
  request: IncomingMessage,
  url: URL,
  fault: Fault | undefined,
  { access, circumstances, directory, cursors, origin }: Premises,
): ApiAnswer {
  const found = routeOf(url.pathname);
  const method = request.method ?? "GET";
  const scope = found?.route.scope;
  if (found === undefined || scope !== undefined)
    access.admit(request.headers, method, `${origin()}${url.pathname}`, scope ?? "");
  if (found === undefined) throw new OktaError(404, "E0000022", "The endpoint does not exist");
  if (method !== "GET")
    throw new OktaError(405, "E0000022", "The endpoint does not support the provided HTTP method");
  return found.route.answer({
    origin: origin(),
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    ids: found.ids.map(decodeURIComponent),
    now: circumstances.now(),
    mostOnPage: circumstances.mostOnPage,
    cursors,
    directory,
    fault,
  });
}

function tokenAnswer(request: IncomingMessage, text: string, url: URL, premises: Premises): TokenAnswer {
  if (request.method !== "POST")
    throw new OktaError(405, "E0000022", "The endpoint does not support the provided HTTP method");
  const proof = request.headers["dpop"];
  const type = request.headers["content-type"] ?? "";
  const endpoint = `${premises.origin()}${url.pathname}`;
  return premises.tokens.answer(endpoint, type, text, typeof proof === "string" ? proof : undefined);
}

function malformed(error: unknown): OktaError {
  if (error instanceof URIError) return new OktaError(400, "E0000001", "Api validation failed: path");
  throw error;
}

function send(
  response: ServerResponse,
  entry: LoggedRequest,
  answer: Answer,
  standing: Standing,
  fault: Fault | undefined,
  { circumstances }: Premises,
): void {
  const now = circumstances.now();
  const limited = fault?.how === "rate limit";
  const reset = limited ? Math.ceil((now + (fault.ms ?? 1000)) / 1000) : standing.reset;
  // The service's own clock, with which the time of the reset is to be compared.
  response.setHeader("date", new Date(now).toUTCString());
  response.setHeader("x-okta-request-id", requestId());
  response.setHeader("x-rate-limit-limit", String(standing.limit));
  response.setHeader("x-rate-limit-remaining", String(limited ? 0 : standing.remaining));
  response.setHeader("x-rate-limit-reset", String(reset));
  if (fault?.how === "lose") {
    response.destroy();
    return;
  }
  if (fault?.how === "answer") {
    entry.status = fault.status ?? 500;
    response.writeHead(entry.status, { ...fault.headers }).end(fault.body ?? "");
    return;
  }
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  response.setHeader("content-type", "application/json");
  const text = JSON.stringify(answer.body);
  if (fault?.how === "cut") {
    response.writeHead(answer.status, { "content-length": Buffer.byteLength(text) + 100 });
    response.write(text.slice(0, text.length / 2), () => response.destroy());
    return;
  }
  entry.status = answer.status;
  response.writeHead(answer.status).end(text);
}

function closing(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
