/**
 * A SCIM service that costs as little as one can, as a process of its own: people are kept as the text that was sent, and ids come of external ids,
 * so that the same requests get the same answers. Strict about what it is sent. Tells its address by a message to the process that forked it, and
 * what it counted when it is asked; writes requests down where it is told to.
 */
import { createWriteStream, type WriteStream } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Asked, type Counted, type Logged, token } from "./server.ts";

interface Person {
  userName: string;
  externalId: string;
  manager: string | undefined;
  version: number;
  /** As it was sent, without the opening brace. */
  text: string;
}

const ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
let log: WriteStream | undefined;
const people = new Map<string, Person>();
const names = new Map<string, string>();
let counted: Counted;
let connections = 0;
let delayMs = 0;
reset();

const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  counted.first ||= performance.now();
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => {
    body += chunk;
  });
  request.on("end", () => {
    const { method = "", url = "" } = request;
    log?.write(`${JSON.stringify({ method, path: url, body } satisfies Logged)}\n`);
    const [status, text] = answer(request, body);
    if (status > 299) counted.refused++;
    counted.requests++;
    const end = () => {
      respond(response, status, text);
      counted.last = performance.now();
    };
    if (delayMs === 0) end();
    else setTimeout(end, delayMs);
  });
});
server.on("connection", (socket) => {
  connections++;
  counted.atOnce = Math.max(counted.atOnce, connections);
  socket.once("close", () => connections--);
});
server.listen(0, "127.0.0.1", () =>
  process.send?.({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim/v2` }),
);
process.once("disconnect", () => process.exit());
process.on("message", ({ call, file, ms = 0 }: Asked) => {
  const told = { ...counted, people: people.size, managed: managed() };
  if (call === "reset") reset();
  if (call === "delay") delayMs = ms;
  const before = log;
  if (call === "log") log = file === undefined ? undefined : createWriteStream(file);
  if (call === "log" && before !== undefined) before.end(() => process.send?.(told));
  else process.send?.(told);
});

function reset(): void {
  people.clear();
  names.clear();
  counted = { requests: 0, refused: 0, atOnce: connections, first: 0, last: 0, people: 0, managed: 0 };
}

function managed(): number {
  let count = 0;
  for (const { manager } of people.values()) if (manager !== undefined) count++;
  return count;
}

function answer({ method, url = "", headers }: IncomingMessage, body: string): readonly [number, string] {
  if (headers.authorization !== `Bearer ${token}`) return [401, error(401, "who are you")];
  if (body !== "" && !headers["content-type"]?.startsWith("application/scim+json"))
    return [415, error(415, "no SCIM")];
  const [path = "", query = ""] = url.slice("/scim/v2".length).split("?");
  if (path === "/Users") return method === "POST" ? create(body) : list(new URLSearchParams(query));
  const id = decodeURIComponent(path.slice("/Users/".length));
  const person = path.startsWith("/Users/") ? people.get(id) : undefined;
  if (person === undefined) return [404, error(404, "nobody")];
  if (method === "GET") return [200, shown(id, person)];
  return method === "PATCH" ? change(person, body, headers["if-match"]) : [501, error(501, "no")];
}

function create(body: string): readonly [number, string] {
  const { schemas, userName, externalId, id, ...rest } = JSON.parse(body) as Record<string, unknown>;
  if (!Array.isArray(schemas) || typeof userName !== "string" || typeof externalId !== "string" || id)
    return [400, error(400, "no user")];
  if (people.has(`id-${externalId}`) || names.has(userName.toLowerCase()))
    return [409, error(409, "there is one already")];
  const { manager } = (rest[ENTERPRISE] ?? {}) as { readonly manager?: { readonly value?: unknown } };
  const managerId = manager?.value;
  if (managerId !== undefined && !people.has(String(managerId))) return [400, error(400, "no such manager")];
  const person: Person = {
    ...{ userName, externalId, version: 1, text: body.slice(1) },
    manager: managerId === undefined ? undefined : String(managerId),
  };
  people.set(`id-${externalId}`, person);
  names.set(userName.toLowerCase(), `id-${externalId}`);
  return [201, shown(`id-${externalId}`, person)];
}

/** Only of the manager: nothing else is changed after a creation in a first sync. */
function change(person: Person, body: string, ifMatch?: string): readonly [number, string] {
  if (ifMatch !== undefined && ifMatch !== `W/"${person.version}"`) return [412, error(412, "it changed")];
  const { Operations } = JSON.parse(body) as {
    Operations?: readonly { op?: unknown; path?: unknown; value?: { value?: unknown } }[];
  };
  const [operation, ...others] = Operations ?? [];
  const value = operation?.value?.value;
  if (operation?.op !== "replace" || operation.path !== `${ENTERPRISE}:manager` || others.length > 0)
    return [501, error(501, "only a manager")];
  if (typeof value !== "string" || !people.has(value)) return [400, error(400, "no such manager")];
  person.manager = value;
  person.version++;
  return [204, ""];
}

function list(query: URLSearchParams): readonly [number, string] {
  const start = Math.max(1, Number(query.get("startIndex") ?? 1));
  const count = Math.min(100, Number(query.get("count") ?? 100));
  const ids = found(query.get("filter"));
  if (ids === undefined) return [400, error(400, "no such filter")];
  const page = ids.slice(start - 1, start - 1 + count).map((id) => shown(id, people.get(id)));
  const schemas = `["urn:ietf:params:scim:api:messages:2.0:ListResponse"]`;
  return [
    200,
    `{"schemas":${schemas},"totalResults":${ids.length},"startIndex":${start},"itemsPerPage":${page.length},"Resources":[${page.join()}]}`,
  ];
}

function found(filter: string | null): readonly string[] | undefined {
  if (filter === null) return [...people.keys()];
  const [, attribute, value = ""] = /^(userName|externalId) eq "([^"\\]*)"$/.exec(filter) ?? [];
  if (attribute === undefined) return undefined;
  const id = attribute === "externalId" ? `id-${value}` : names.get(value.toLowerCase());
  return id !== undefined && people.has(id) ? [id] : [];
}

function shown(id: string, person: Person | undefined): string {
  const { version = 0, text = "}" } = person ?? {};
  return `{"id":${JSON.stringify(id)},"meta":{"resourceType":"User","version":"W/\\"${version}\\""},${text}`;
}

function error(status: number, detail: string): string {
  return JSON.stringify({
    schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
    status: String(status),
    detail,
  });
}

function respond(response: ServerResponse, status: number, text: string): void {
  if (status === 204) response.writeHead(204).end();
  else
    response
      .writeHead(status, {
        "content-type": "application/scim+json",
        "content-length": Buffer.byteLength(text),
      })
      .end(text);
}
