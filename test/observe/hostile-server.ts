/** A server that repeats what it was sent, in every way in which services, proxies and portals do. */
import { createServer as createPlain, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { sharedTls } from "../stand-ins/entra/authority.ts";

/** What an answer repeats. */
interface Echo {
  readonly headers: string;
  readonly body: string;
  /** Of the Authorization line. */
  readonly token: string;
}

/** RFC 7644 3.4.2. */
const LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

type Way = (echo: Echo, response: ServerResponse) => void;

const json = (response: ServerResponse, status: number, value: unknown, more: Record<string, string> = {}) =>
  response.writeHead(status, { "content-type": "application/json", ...more }).end(JSON.stringify(value));

const html =
  (status: number): Way =>
  ({ headers, body, token }, response) =>
    response
      .writeHead(status, { "content-type": "text/html", "x-echo": encodeURIComponent(token) })
      .end(`<html><title>${token}</title><pre>${headers}\n${body}</pre></html>`);

const scim =
  (status: number): Way =>
  ({ headers, body, token }, response) =>
    json(response, status, {
      schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"],
      status: String(status),
      scimType: token,
      detail: `not with ${token}: ${headers} ${body}`,
    });

const okta =
  (status: number): Way =>
  ({ headers, body, token }, response) =>
    json(response, status, {
      errorCode: "E0000011",
      errorSummary: `Invalid token provided: ${token} ${headers}`,
      errorCauses: [{ errorSummary: body }],
    });

const oauth =
  (status: number, error: string): Way =>
  ({ body, token }, response) =>
    json(response, status, { error, error_description: `AADSTS7000215: ${body} ${token}`, claims: body });

const graph =
  (status: number): Way =>
  ({ headers, token }, response) =>
    json(response, status, { error: { code: token, message: headers, innerError: { token } } });

const ways: Readonly<Record<string, Way>> = {
  "401 SCIM": scim(401),
  "403 SCIM": scim(403),
  "404 SCIM": scim(404),
  "409 SCIM": scim(409),
  "500 SCIM": scim(500),
  "401 Okta": okta(401),
  "403 Okta": okta(403),
  "400 OAuth": oauth(400, "invalid_client"),
  "401 OAuth": oauth(401, "invalid_client"),
  "401 Graph": graph(401),
  "403 Graph": graph(403),
  "500 web page": html(500),
  "401 web page": html(401),
  "200 web page": html(200),
  "200 garbage": ({ headers, token }, response) =>
    json(response, 200, { [token]: headers, Resources: token }),
  "200 broken JSON": ({ token }, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end(`{"value": ["${token}`),
  "writes refused": (echo, response) => {
    if (response.req.method !== "GET") scim(400)(echo, response);
    else
      json(response, 200, {
        schemas: [LIST],
        totalResults: 0,
        startIndex: 1,
        itemsPerPage: 0,
        Resources: [],
      });
  },
  "429 for ever": ({ token }, response) =>
    json(response, 429, { detail: token }, { "retry-after": "100000" }),
  "a redirect with the token": ({ token }, response) =>
    response.writeHead(302, { location: `https://elsewhere.example/?t=${encodeURIComponent(token)}` }).end(),
  "a broken connection": (_, response) => response.socket?.destroy(),
};

export function wayOf(name: string): Way {
  const way = ways[name];
  if (way === undefined) throw new Error(`no way ${name}`);
  return way;
}

export interface HostileServer {
  readonly http: string;
  readonly https: string;
  /** File of the authority that signed its certificate. */
  readonly ca: string;
  way: Way;
  /** What it was sent: a test that nobody reached proves nothing. */
  readonly heard: string[];
  close(): Promise<void>;
}

export async function startHostileServer(): Promise<HostileServer> {
  const { certificate: cert, key, caFile } = await sharedTls();
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = { way: html(500) };
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString("utf8");
    });
    request.on("end", () => {
      const headers = request.rawHeaders.join(" ");
      heard.push(`${headers} ${body}`);
      const token = (request.headers.authorization ?? request.headers["proxy-authorization"] ?? body).replace(
        /^\w+ /,
        "",
      );
      server.way({ headers, body, token }, response);
    });
  };
  const both = [createPlain(handle), createServer({ cert, key }, handle)] as const;
  for (const each of both) {
    each.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    // A proxy that is asked for a tunnel says no, and repeats the password.
    each.on("connect", (request: IncomingMessage, socket: Socket) => {
      heard.push(request.rawHeaders.join(" "));
      const said = `no: ${request.rawHeaders.join(" ")}`;
      socket.end(`HTTP/1.1 407 ${said.slice(0, 200)}\r\nContent-Length: ${said.length}\r\n\r\n${said}`);
    });
    await new Promise<void>((resolve) => each.listen(0, "127.0.0.1", resolve));
  }
  const [plain, secure] = both.map((each) => (each.address() as AddressInfo).port);
  return Object.assign(server, {
    http: `http://127.0.0.1:${plain}`,
    https: `https://localhost:${secure}`,
    ca: caFile,
    heard,
    async close() {
      for (const socket of sockets) socket.destroy();
      for (const each of both) await new Promise((resolve) => each.close(resolve));
    },
  });
}
