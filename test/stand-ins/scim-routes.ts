/** What the stand-in service answers to a request, by the rules of RFC 7644. */
import type { IncomingHttpHeaders } from "node:http";
import { ScimError, type Stored } from "./scim-patch.ts";
import type { LoggedRequest, Switches } from "./scim-service.ts";
import type { Collection, ScimStore } from "./scim-store.ts";

export interface World {
  readonly store: ScimStore;
  readonly switches: Switches;
  readonly token: string;
}

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

export function answerTo(
  headers: IncomingHttpHeaders,
  { method, path, body }: LoggedRequest,
  world: World,
): Answered {
  try {
    if (headers.authorization !== `Bearer ${world.token}`) throw new ScimError(401, undefined, "who are you");
    if (body !== "" && !/^application\/(scim\+)?json/.test(headers["content-type"] ?? ""))
      throw new ScimError(415, undefined, "no JSON");
    return route(method, new URL(path, "http://stand-in"), parsed(body), headers["if-match"], world);
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    const { status, scimType, message } = error;
    const schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"];
    return {
      status,
      body: { schemas, status: String(status), ...(scimType && { scimType }), detail: message },
    };
  }
}

function parsed(body: string): Stored {
  try {
    return body === "" ? {} : (JSON.parse(body) as Stored);
  } catch (error) {
    throw new ScimError(400, "invalidSyntax", String(error));
  }
}

function route(
  method: string,
  url: URL,
  body: Stored,
  ifMatch: string | undefined,
  { store, switches }: World,
): Answered {
  const [, name = "", rawId] = url.pathname.split("/");
  if (name === "ServiceProviderConfig" && method === "GET")
    return { status: 200, body: { patch: { supported: !switches.putOnly }, etag: { supported: true } } };
  if (name !== "Users" && name !== "Groups") throw new ScimError(404, undefined, "no such endpoint");
  const show = (resource: Stored): Stored => {
    const excluded = url.searchParams.get("excludedAttributes") === "members" || switches.hidesMembers;
    return Object.fromEntries(Object.entries(resource).filter(([key]) => key !== "members" || !excluded));
  };
  if (rawId === undefined) {
    if (method === "POST") return { status: 201, body: show(store.create(name, body)) };
    if (method === "GET") return { status: 200, body: list(name, url.searchParams, show, store, switches) };
    throw new ScimError(405, undefined, "not allowed");
  }
  const id = decodeURIComponent(rawId);
  if (method === "GET") return { status: 200, body: show(store.read(name, id)) };
  if (method === "PUT") return { status: 200, body: show(store.put(name, id, body, ifMatch)) };
  if (method === "PATCH" && !switches.putOnly) {
    const after = store.patch(name, id, body, ifMatch);
    return switches.patchAnswersNothing
      ? { status: 204, body: undefined }
      : { status: 200, body: show(after) };
  }
  if (method === "DELETE") {
    store.remove(name, id, ifMatch);
    return { status: 204, body: undefined };
  }
  throw new ScimError(501, undefined, "not implemented");
}

function list(
  name: Collection,
  query: URLSearchParams,
  show: (resource: Stored) => Stored,
  store: ScimStore,
  switches: Switches,
): unknown {
  const filter = query.get("filter");
  const found = filter === null || switches.ignoresFilter ? store.all(name) : store.filter(name, filter);
  const asked = Number((switches.cursor ? query.get("cursor") || 1 : query.get("startIndex")) ?? 1);
  const past = asked > found.length && switches.pastTheEnd === "first page";
  const start = switches.ignoresStartIndex || past ? 1 : Math.max(1, asked);
  const count = Math.min(Number(query.get("count") ?? switches.pageMax), switches.pageMax);
  const page = found.slice(start - 1, start - 1 + count);
  const totalResults = count === 0 && switches.totalOfNone === "none" ? 0 : found.length;
  const next = start + count <= found.length ? String(start + count) : undefined;
  return {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    ...(switches.cursor ? { nextCursor: next, totalResults } : { totalResults, startIndex: start }),
    itemsPerPage: page.length,
    ...(page.length > 0 && { Resources: page.map(show) }),
  };
}
