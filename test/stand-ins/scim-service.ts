/**
 * A strict SCIM service over real sockets, with switches for what services do wrong. In a test: `startScimService()`. As a process of its own:
 * `node test/stand-ins/scim-service.ts --port 0 [--host 127.0.0.1] [--token T] [--cert FILE --key FILE] [--switches JSON] [--log FILE]`,
 * which prints `{"baseUrl":...,"token":...,"pid":...}`; then `/_state`, `/_log`, `POST /_switches` answer without a token.
 */
import { appendFileSync, readFileSync } from "node:fs";
import {
  createServer as createHttp,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { answerTo, type World } from "./scim-routes.ts";
import { ScimStore, type StoreRules } from "./scim-store.ts";

/** Something that goes wrong for the next `times` requests (default: for ever) that fit. */
export interface Fault {
  readonly method?: string;
  /** A regular expression on path and query. */
  readonly path?: string;
  /** A text that the request's body contains. */
  readonly contains?: string;
  times?: number;
  /** So many fitting requests go well before. */
  after?: number;
  /** "lose": no answer at all; "cut": half a body; "answer": the given one. */
  readonly how: "lose" | "cut" | "answer";
  /** Whether the request has its effect all the same. Default true for "lose" and "cut", false for "answer". */
  readonly effect?: boolean;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Switches extends StoreRules {
  /** Before the effect, and between effect and answer. */
  slowMs: number;
  slowAnswerMs: number;
  putOnly: boolean;
  hidesMembers: boolean;
  /** PATCH answers 204, or 200 with the resource. */
  patchAnswersNothing: boolean;
  pageMax: number;
  pastTheEnd: "nothing" | "first page";
  /** What `totalResults` says when no resources are asked for (`count=0`). */
  totalOfNone: "all" | "none";
  ignoresStartIndex: boolean;
  ignoresFilter: boolean;
  cursor: boolean;
  /** Writes that it takes in a window of time; more are refused with 429. */
  limit?: { readonly writes: number; readonly windowMs: number };
  faults: Fault[];
}

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** Undefined while it is in flight and when the connection was cut. */
  status?: number;
}

const DEFAULTS: Switches = {
  uniqueness: true,
  mostMembersPerPatch: 100,
  slowMs: 0,
  slowAnswerMs: 0,
  putOnly: false,
  hidesMembers: false,
  patchAnswersNothing: true,
  pageMax: 100,
  pastTheEnd: "nothing",
  totalOfNone: "all",
  ignoresStartIndex: false,
  ignoresFilter: false,
  cursor: false,
  faults: [],
};

export interface ScimServiceOptions {
  readonly port?: number;
  readonly host?: string;
  readonly token?: string;
  /** PEM texts; without them it speaks plain http. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly switches?: Partial<Switches>;
  readonly onRequest?: (request: LoggedRequest, phase: "begin" | "end") => void;
}

export interface ScimService {
  readonly baseUrl: string;
  readonly token: string;
  readonly store: ScimStore;
  /** May be changed at any time. */
  readonly switches: Switches;
  readonly log: LoggedRequest[];
  /** Requests that arrived and were not answered yet. */
  inFlight(): number;
  /** Resolves when a request is in flight. */
  busy(): Promise<void>;
  /** Requests so far: all, or those of some methods. */
  count(...methods: readonly string[]): number;
  stop(): Promise<void>;
}

export async function startScimService(options: ScimServiceOptions = {}): Promise<ScimService> {
  const switches: Switches = { ...structuredClone(DEFAULTS), ...options.switches };
  const store = new ScimStore(switches);
  const log: LoggedRequest[] = [];
  const token = options.token ?? "correct-horse";
  const waiting: (() => void)[] = [];
  const taken: number[] = [];
  let inFlight = 0;
  const listener: RequestListener = async (request, response) => {
    const body = await readBody(request);
    const path = (request.url ?? "/").replace(/^\/scim\/v2/, "");
    if (path.startsWith("/_"))
      return sendJson(response, 200, control(path, body, { store, switches, log, inFlight }));
    const entry: LoggedRequest = { method: request.method ?? "", path, body };
    log.push(entry);
    inFlight += 1;
    for (const arrived of waiting.splice(0)) arrived();
    options.onRequest?.(entry, "begin");
    response.once("close", () => {
      inFlight -= 1;
      options.onRequest?.(entry, "end");
    });
    await handle(request, response, entry, { store, switches, token, taken });
  };
  const server = options.tls === undefined ? createHttp(listener) : createHttps({ ...options.tls }, listener);
  const host = options.host ?? "127.0.0.1";
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `${options.tls === undefined ? "http" : "https"}://${host}:${port}/scim/v2`,
    token,
    store,
    switches,
    log,
    inFlight: () => inFlight,
    busy: () =>
      new Promise((resolve) => {
        if (inFlight > 0) resolve();
        else waiting.push(resolve);
      }),
    count: (...methods) =>
      log.filter(({ method }) => methods.length === 0 || methods.includes(method)).length,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  entry: LoggedRequest,
  world: World & { readonly taken: number[] },
): Promise<void> {
  const { switches } = world;
  const fault = refusedByLimit(entry, world) ? tooMany : takeFault(switches.faults, entry);
  await pause(switches.slowMs);
  const hasEffect = fault?.effect ?? fault?.how !== "answer";
  const answer = hasEffect ? answerTo(request.headers, entry, world) : { status: 500, body: undefined };
  await pause(switches.slowAnswerMs);
  if (fault?.how === "lose") {
    response.destroy();
    return;
  }
  if (fault?.how === "cut") {
    const whole = JSON.stringify(answer.body ?? {});
    response.writeHead(answer.status, {
      "content-type": "application/scim+json",
      "content-length": Buffer.byteLength(whole) + 100,
    });
    response.write(whole.slice(0, whole.length / 2), () => response.destroy());
    return;
  }
  if (fault !== undefined) {
    entry.status = fault.status ?? 500;
    response.writeHead(entry.status, { ...fault.headers }).end(fault.body ?? "");
    return;
  }
  entry.status = answer.status;
  sendJson(response, answer.status, answer.body);
}

const tooMany: Fault = { how: "answer", status: 429, headers: { "retry-after": "1" } };

/** Counts the writes that were taken within the window, and this one unless it is one too many. */
function refusedByLimit(
  { method }: LoggedRequest,
  { switches: { limit }, taken }: { readonly switches: Switches; readonly taken: number[] },
): boolean {
  if (limit === undefined || method === "GET") return false;
  const now = Date.now();
  if (taken.filter((at) => at > now - limit.windowMs).length >= limit.writes) return true;
  taken.push(now);
  return false;
}

function control(
  path: string,
  body: string,
  world: { store: ScimStore; switches: Switches; log: readonly LoggedRequest[]; inFlight: number },
): unknown {
  const { store, switches, log, inFlight } = world;
  if (path === "/_switches") return Object.assign(switches, JSON.parse(body || "{}"));
  if (path === "/_log") return log;
  return { users: store.all("Users"), groups: store.all("Groups"), requests: log.length, inFlight };
}

function takeFault(faults: readonly Fault[], { method, path, body }: LoggedRequest): Fault | undefined {
  const found = faults.find(
    (fault) =>
      fault.times !== 0 &&
      (fault.method ?? method) === method &&
      new RegExp(fault.path ?? "").test(path) &&
      body.includes(fault.contains ?? ""),
  );
  if (found?.after !== undefined && found.after > 0) {
    found.after -= 1;
    return undefined;
  }
  if (found?.times !== undefined) found.times -= 1;
  return found;
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (body === undefined) response.writeHead(status).end();
  else response.writeHead(status, { "content-type": "application/scim+json" }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function pause(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      host: { type: "string", default: "127.0.0.1" },
      token: { type: "string", default: "correct-horse" },
      cert: { type: "string" },
      key: { type: "string" },
      switches: { type: "string", default: "{}" },
      log: { type: "string" },
    },
  });
  const { log } = values;
  const service = await startScimService({
    port: Number(values.port),
    host: values.host,
    token: values.token,
    switches: JSON.parse(values.switches) as Partial<Switches>,
    ...(values.cert &&
      values.key && {
        tls: { cert: readFileSync(values.cert, "utf8"), key: readFileSync(values.key, "utf8") },
      }),
    ...(log !== undefined && {
      onRequest: ({ method, path, status }, phase) =>
        appendFileSync(log, `${JSON.stringify({ phase, method, path, status })}\n`),
    }),
  });
  console.log(JSON.stringify({ baseUrl: service.baseUrl, token: service.token, pid: process.pid }));
}
