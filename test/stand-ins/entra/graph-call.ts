import { type Answer, denied, type GraphRequest, json, Refusal } from "./answer.ts";
import { holdsOne } from "./permissions.ts";
import { isAdvanced, onlyOptions } from "./select.ts";
import type { TenantState } from "./tenant-state.ts";
import type { Properties } from "./value.ts";

/** One request with everything that answering it needs. */
export interface Call {
  readonly request: GraphRequest;
  readonly state: TenantState;
  /** `https://host:port`, without `/v1.0`. */
  readonly root: string;
  /** Permissions in the token. */
  readonly roles: ReadonlySet<string>;
  readonly lists: OpenLists;
  /** What the route's pattern caught. */
  readonly parts: readonly (string | undefined)[];
}

export interface Route {
  readonly pattern: RegExp;
  /** One of these permissions, unless the route asks itself. */
  readonly anyOf: readonly string[];
  /** Price in resource units. */
  readonly units: number;
  answer(call: Call): Answer;
}

/** Lists that somebody pages through: the page token names the place in a list as it was when it was asked for. */
export class OpenLists {
  readonly #lists: (readonly unknown[])[] = [];

  open(rows: readonly unknown[]): number {
    return this.#lists.push(rows) - 1;
  }

  rows(list: number): readonly unknown[] {
    return this.#lists[list] ?? [];
  }
}

interface Place {
  readonly type: "list";
  readonly path: string;
  readonly query: string;
  readonly list: number;
  readonly offset: number;
  readonly issuedAt: number;
}

/** How many resource units a request costs: less for what is selected, more for what is expanded. */
export function price(route: Route, query: URLSearchParams): number {
  const top = Number(query.get("$top") ?? Number.NaN);
  const saved = (query.has("$select") ? 1 : 0) + (top < 20 ? 1 : 0);
  return Math.max(1, route.units - saved + (query.has("$expand") ? 1 : 0));
}

export function requireOne(call: Call, anyOf: readonly string[]): void {
  if (holdsOne(call.roles, anyOf)) return;
  throw denied();
}

/**
 * A list over pages. `rows` is asked once, for the first page; `show` says how a row looks now, or undefined when it is gone. `read`
 * sees the options of the first call also on later pages.
 */
export function listed<Row>(
  call: Call,
  list: {
    readonly options: readonly string[];
    readonly context: (query: URLSearchParams) => string;
    readonly rows: (query: URLSearchParams) => readonly Row[];
    readonly show: (row: Row, query: URLSearchParams) => Properties | undefined;
  },
): Answer {
  const { request, state } = call;
  const token = request.query.get("$skiptoken");
  const place = token === null ? firstPlace(call, list) : laterPlace(call, token);
  const query = new URLSearchParams(place.query);
  const rows = call.lists.rows(place.list) as readonly Row[];
  const end = place.offset + pageSize(query, state.switches.listPageSize);
  const value = rows.slice(place.offset, end).flatMap((row) => list.show(row, query) ?? []);
  const counted = query.get("$count") === "true" && place.offset === 0;
  const next = state.seal.close({ ...place, offset: end } satisfies Place);
  return json({
    "@odata.context": `${call.root}/v1.0/$metadata#${list.context(query)}`,
    ...(counted ? { "@odata.count": rows.length } : {}),
    ...(end < rows.length
      ? { "@odata.nextLink": `${call.root}/v1.0${request.path}?$skiptoken=${next}` }
      : {}),
    value,
  });
}

function firstPlace<Row>(
  call: Call,
  list: { readonly options: readonly string[]; readonly rows: (query: URLSearchParams) => readonly Row[] },
): Place {
  const { request, state } = call;
  onlyOptions(request.query, list.options);
  pageSize(request.query, 1);
  if (request.query.has("$count") && !isAdvanced(request.query, request.headers["consistencylevel"]))
    throw new Refusal(
      400,
      "Request_UnsupportedQuery",
      "$count is supported with the header ConsistencyLevel: eventual only.",
    );
  return {
    type: "list",
    path: request.path,
    query: request.query.toString(),
    list: call.lists.open(list.rows(request.query)),
    offset: 0,
    issuedAt: state.now(),
  };
}

function laterPlace(call: Call, token: string): Place {
  const { request, state } = call;
  const place = state.seal.open(token) as Place | undefined;
  if ([...request.query.keys()].length !== 1 || place?.type !== "list" || place.path !== request.path)
    throw new Refusal(400, "Request_BadRequest", "The page token does not belong to this request.");
  if (state.now() - place.issuedAt >= state.switches.pageTokenLifeMs)
    throw new Refusal(400, "Directory_ExpiredPageToken", "The specified page token value has expired.");
  return place;
}

const MOST_ON_A_PAGE = 999;

function pageSize(query: URLSearchParams, usual: number): number {
  const written = query.get("$top");
  if (written === null) return usual;
  const top = Number(written);
  if (!/^\d+$/.test(written) || top < 1 || top > MOST_ON_A_PAGE)
    throw new Refusal(
      400,
      "Request_UnsupportedQuery",
      `Invalid page size specified: '${written}'. Must be between 1 and ${MOST_ON_A_PAGE} inclusive.`,
    );
  return top;
}
