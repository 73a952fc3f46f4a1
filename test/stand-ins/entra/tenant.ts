/** The strict stand-in of a tenant: `startEntraTenant()` in a test; test/stand-ins/entra/main.ts as a process of its own. */
import { type Answer, type GraphRequest, Refusal } from "./answer.ts";
import { newTls, sharedTls, type TlsIdentity } from "./authority.ts";
import { Bearers } from "./bearer.ts";
import { type Fault, refusalOf, type Trouble, troubles } from "./faults.ts";
import { GraphService } from "./graph-service.ts";
import { HttpsServer, type Incoming } from "./https-server.ts";
import { LoginService } from "./login-service.ts";
import { RequestLog } from "./request-log.ts";
import { type StateOptions, TenantState } from "./tenant-state.ts";

export interface TenantOptions extends StateOptions {
  /** Default: any free ones. */
  readonly ports?: { readonly login: number; readonly graph: number };
  /** Wall clock of logins, access tokens and throttling; real time by default, because clients go by that. */
  readonly loginNow?: () => number;
  /** An authority of its own instead of the one that all tenants share. */
  readonly ownAuthority?: boolean;
  /** Answers `POST /_control` at the login host; returns the body of the answer. */
  readonly control?: (tenant: EntraTenant, body: string) => string;
}

export async function startEntraTenant(options: TenantOptions = {}): Promise<EntraTenant> {
  const tls = options.ownAuthority === true ? await newTls() : await sharedTls();
  const tenant = new EntraTenant(options, tls);
  await tenant.listen();
  return tenant;
}

/** A tenant over real sockets with TLS: the login authority and Graph, each at a host of its own. */
export class EntraTenant extends TenantState {
  /** PEM text of the authority that signed both hosts' certificates, and the file with it. */
  readonly ca: string;
  readonly caFile: string;
  readonly requests = new RequestLog();
  /** What goes wrong next; a request meets every delay that fits it, and of the others the first. */
  readonly faults: Fault[] = [];
  readonly #options: TenantOptions;
  readonly #tls: TlsIdentity;
  readonly #graph: GraphService;
  readonly #login: LoginService;
  #servers: { readonly login: HttpsServer; readonly graph: HttpsServer } | undefined;

  constructor(options: TenantOptions, tls: TlsIdentity) {
    super(options);
    this.#options = options;
    this.#tls = tls;
    this.ca = tls.ca;
    this.caFile = tls.caFile;
    const now = options.loginNow ?? Date.now;
    const bearers = new Bearers();
    this.#graph = new GraphService(this, bearers, now);
    this.#login = new LoginService(this, bearers, now);
  }

  /** `https://localhost:PORT`, the authority host. */
  get loginUrl(): string {
    return this.#running().login.url;
  }

  /** `https://localhost:PORT`, without `/v1.0`. */
  get graphUrl(): string {
    return this.#running().graph.url;
  }

  /** Life of access tokens that are issued from now on, seconds. */
  set tokenLifeSeconds(seconds: number) {
    this.#login.tokenLifeSeconds = seconds;
  }

  async listen(): Promise<void> {
    const { ports } = this.#options;
    const common = { tls: this.#tls, log: this.requests, latencyMs: () => this.switches.latencyMs };
    const login = await HttpsServer.start(
      { name: "login", prefix: "", answer: (request) => this.#atLogin(request) },
      { ...common, port: ports?.login ?? 0 },
    );
    const graph = await HttpsServer.start(
      { name: "graph", prefix: "/v1.0", answer: (request) => this.#atGraph(request) },
      { ...common, port: ports?.graph ?? 0 },
    );
    this.#servers = { login, graph };
  }

  async stop(): Promise<void> {
    const servers = this.#servers;
    this.#servers = undefined;
    await Promise.all([servers?.login.stop(), servers?.graph.stop()]);
    await this.#tls.remove();
  }

  /** A token as a managed identity gets it, without a secret; for `resource`, which Graph takes only if it is its own address. */
  issueToken(resource: string): string {
    const application = this.application();
    if (application === undefined) throw new Error("the tenant has no application");
    return this.#login.issue(application, resource, this.loginUrl).body;
  }

  #atLogin(request: Incoming): { answer: Answer; troubles: readonly Trouble[] } {
    const { control } = this.#options;
    if (control !== undefined && request.target === "/_control")
      return { answer: { status: 200, headers: {}, body: control(this, request.body) }, troubles: [] };
    const met = troubles(this.faults, "login", request.target);
    const given = givenBy(met) ?? loginDown(met);
    if (given !== undefined) return { answer: given, troubles: met };
    const [path = "/"] = request.target.split("?");
    const contentType = request.headers["content-type"] ?? "";
    const incoming = { method: request.method, path, contentType, body: request.body };
    return { answer: this.#login.answer(incoming, this.loginUrl, this.graphUrl), troubles: met };
  }

  #atGraph(incoming: Incoming): { answer: Answer; troubles: readonly Trouble[] } {
    const request = graphRequest(incoming);
    if (request === undefined) {
      const nowhere = badPath();
      return { answer: this.#graph.refuse(nowhere, EMPTY), troubles: [] };
    }
    const met = troubles(this.faults, "graph", incoming.target.slice("/v1.0".length));
    const refusal = this.#refusal(met, request);
    const answer =
      givenBy(met) ??
      (refusal === undefined
        ? this.#graph.answer(request, this.graphUrl, (inner) => this.#insideBatch(inner))
        : this.#graph.refuse(refusal, request));
    return { answer: this.#finish(answer, met), troubles: met };
  }

  /** Requests of a batch meet the faults too, as far as those are answers. */
  #insideBatch(request: GraphRequest): Refusal | undefined {
    const query = request.query.size === 0 ? "" : `?${decodeURIComponent(request.query.toString())}`;
    return this.#refusal(troubles(this.faults, "graph", `${request.path}${query}`), request);
  }

  #refusal(met: readonly Trouble[], request: GraphRequest): Refusal | undefined {
    return met.map((trouble) => refusalOf(trouble, request, this.#graph.round(request))).find((one) => one);
  }

  /** Absolute links in headers and, when a fault wants it so, foreign ones or no objects in the body. */
  #finish(answer: Answer, met: readonly Trouble[]): Answer {
    const location = answer.headers["Location"];
    const foreign = met.find((trouble) => trouble.type === "foreign link");
    const body = met.some(({ type }) => type === "emptied") ? emptied(answer.body) : answer.body;
    return {
      ...answer,
      headers:
        location === undefined
          ? answer.headers
          : { ...answer.headers, Location: `${this.graphUrl}${location}` },
      body: foreign === undefined ? body : body.replaceAll(this.graphUrl, foreign.origin),
    };
  }

  #running(): { readonly login: HttpsServer; readonly graph: HttpsServer } {
    if (this.#servers === undefined) throw new Error("the tenant does not run");
    return this.#servers;
  }
}

const EMPTY: GraphRequest = { method: "GET", path: "/", query: new URLSearchParams(), headers: {} };

function emptied(body: string): string {
  return JSON.stringify({ ...JSON.parse(body), value: [] });
}

function graphRequest(incoming: Incoming): GraphRequest | undefined {
  const [path = "", ...query] = incoming.target.split("?");
  if (!path.startsWith("/v1.0/")) return undefined;
  try {
    return {
      method: incoming.method,
      path: decodeURIComponent(path.slice("/v1.0".length)),
      query: new URLSearchParams(query.join("?")),
      headers: incoming.headers,
      body: incoming.body,
    };
  } catch {
    return undefined;
  }
}

function badPath(): Refusal {
  return new Refusal(400, "BadRequest", "Invalid version or path.");
}

/** The answer that a fault brings along. */
function givenBy(met: readonly Trouble[]): Answer | undefined {
  for (const trouble of met) {
    if (trouble.type !== "answer") continue;
    return { status: trouble.status, headers: trouble.headers ?? {}, body: trouble.body ?? "" };
  }
  return undefined;
}

/** A login authority that is down or busy says so without an AADSTS number of its own. */
function loginDown(met: readonly Trouble[]): Answer | undefined {
  for (const trouble of met) {
    if (trouble.type !== "status" && trouble.type !== "throttle") continue;
    const { retryAfter } = trouble;
    return {
      status: trouble.type === "throttle" ? 429 : trouble.status,
      headers: {
        "Content-Type": "application/json; charset=utf-8",
        ...(typeof retryAfter === "number" ? { "Retry-After": String(retryAfter) } : {}),
      },
      body: JSON.stringify({
        error: "temporarily_unavailable",
        error_description: "AADSTS90033: A transient error has occurred. Please try again.",
        error_codes: [90033],
      }),
    };
  }
  return undefined;
}
