import { type Answer, badRequest, denied, type GraphRequest, Refusal, refused } from "./answer.ts";
import { answerBatch } from "./batch.ts";
import type { Bearers, Claims } from "./bearer.ts";
import type { Round } from "./delta-call.ts";
import { type Call, OpenLists, price, type Route, requireOne } from "./graph-call.ts";
import { ResourceUnits } from "./resource-units.ts";
import { APPLICATION_ROUTES } from "./routes-applications.ts";
import { DELTA_ROUTES } from "./routes-delta.ts";
import { OBJECT_ROUTES } from "./routes-objects.ts";
import type { TenantState } from "./tenant-state.ts";

const ROUTES: readonly Route[] = [...DELTA_ROUTES, ...OBJECT_ROUTES, ...APPLICATION_ROUTES];

/** Microsoft Graph v1.0 of one tenant, from request to answer, without sockets. */
export class GraphService {
  readonly #state: TenantState;
  readonly #bearers: Bearers;
  readonly #units = new ResourceUnits();
  readonly #lists = new OpenLists();
  /** Time of logins and throttling, ms since 1970. */
  readonly #now: () => number;

  constructor(state: TenantState, bearers: Bearers, now: () => number) {
    this.#state = state;
    this.#bearers = bearers;
    this.#now = now;
  }

  /** `root` is the address that the client came to and its token must be for; `interrupt` may refuse a request of a batch. */
  answer(
    request: GraphRequest,
    root: string,
    interrupt: (request: GraphRequest) => Refusal | undefined,
  ): Answer {
    try {
      const claims = this.#bearers.check(request.headers["authorization"], root, this.#now());
      if (claims.tid !== this.#state.tenantId)
        throw new Refusal(401, "InvalidAuthenticationToken", "Access token validation failure.");
      if (request.path !== "/$batch") return this.#one(request, root, claims);
      return answerBatch(request, (inner) => {
        const refusal = interrupt(inner);
        return refusal === undefined
          ? this.#caught(inner, () => this.#one(inner, root, claims))
          : this.refuse(refusal, inner);
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return this.refuse(error, request);
    }
  }

  /** What the token in a request to a delta query stands for. */
  round(request: GraphRequest): Round | undefined {
    const token = request.query.get("$skiptoken") ?? request.query.get("$deltatoken") ?? "";
    return /delta/.test(request.path) ? (this.#state.seal.open(token) as Round | undefined) : undefined;
  }

  refuse(refusal: Refusal, request: GraphRequest): Answer {
    return refused(refusal, request, this.#state.now());
  }

  #caught(request: GraphRequest, act: () => Answer): Answer {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return this.refuse(error, request);
    }
  }

  #one(request: GraphRequest, root: string, claims: Claims): Answer {
    const found = ROUTES.flatMap((route) => {
      const match = route.pattern.exec(request.path);
      return match === null ? [] : [{ route, parts: match.slice(1) }];
    })[0];
    if (found === undefined)
      throw badRequest(
        `Resource not found for the segment '${request.path.split("/")[1] ?? ""}'.`,
        "BadRequest",
      );
    const { route, parts } = found;
    // Whatever is granted here: nobody who reads has a reason to write.
    if (request.method !== "GET") throw denied();
    const units = price(route, request.query);
    const scope = `Tenant_Application/ReadWrite/${claims.appid}/${claims.tid}`;
    this.#units.take(units, this.#state.switches.unitsPerTenSeconds, this.#now(), scope);
    const roles = new Set(claims.roles);
    const call: Call = { request, state: this.#state, root, roles, lists: this.#lists, parts };
    requireOne(call, route.anyOf);
    const answer = route.answer(call);
    return { ...answer, headers: { ...answer.headers, "x-ms-resource-unit": String(units) } };
  }
}
