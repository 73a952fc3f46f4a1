import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type HttpEndpoint, openEndpoint, plain } from "../../src/daemon/http.ts";
import { ConfigurationError } from "../../src/errors.ts";
import { silent } from "../../src/log.ts";

const opened: HttpEndpoint[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close(AbortSignal.abort());
});

async function endpoint(hosts: readonly string[] = [], port = 0): Promise<HttpEndpoint> {
  const pages = {
    "/livez": () => plain(200, "ok"),
    "/broken": () => {
      throw new Error("hunter2");
    },
  };
  const one = await openEndpoint({ host: "127.0.0.1", port, hosts, pages, log: silent });
  opened.push(one);
  return one;
}

/** Bytes in, bytes out: no client of Node sends what an attacker may send. */
function send(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    let heard = "";
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1");
    });
    socket.on("close", () => resolve(heard));
    socket.on("error", reject);
  });
}

const get = (path: string, host: string, method = "GET") =>
  `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

test("a page is shown, and told not to be kept or framed", async () => {
  const { port } = await endpoint();
  const answer = await send(port, get("/livez?verbose", `127.0.0.1:${port}`));
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(answer.toLowerCase()).toContain("cache-control: no-store");
  expect(answer).toMatch(/\r\n\r\nok\n$/);
  expect(await send(port, get("/livez", "localhost", "HEAD"))).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\n$/);
});

test.each([
  "localhost",
  "LOCALHOST:80",
  "127.0.0.1:9464",
  "10.1.2.3",
  "[::1]:9464",
  "rollcall.corp.example:1",
])("Host %s is served", async (host) => {
  const { port } = await endpoint(["rollcall.corp.example"]);
  expect(await send(port, get("/livez", host))).toMatch(/^HTTP\/1\.1 200 /);
});

test.each(["attacker.example", "localhost.attacker.example", "127.0.0.1.attacker.example:9464", "", "a:b:c"])(
  "Host %j of a web page elsewhere is refused",
  async (host) => {
    const { port } = await endpoint(["rollcall.corp.example"]);
    expect(await send(port, get("/livez", host))).toMatch(/^HTTP\/1\.1 (421|400) /);
  },
);

test.each(["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])("%s is refused", async (method) => {
  const { port } = await endpoint();
  expect(await send(port, get("/livez", "localhost", method))).toMatch(/^HTTP\/1\.1 405 /);
});

test.each(["/", "/metrics/../livez", "/__proto__", "/constructor", "//livez"])(
  "%s is not there",
  async (path) => {
    const { port } = await endpoint();
    expect(await send(port, get(path, "localhost"))).toMatch(/^HTTP\/1\.1 404 /);
  },
);

test("a page that cannot be made says no more than that", async () => {
  const { port } = await endpoint();
  const answer = await send(port, get("/broken", "localhost"));
  expect(answer).toMatch(/^HTTP\/1\.1 500 /);
  expect(answer).not.toContain("hunter2");
});

test("headers beyond 8 KiB are refused", async () => {
  const { port } = await endpoint();
  const long = `GET /livez HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`;
  expect(await send(port, long)).toMatch(/^HTTP\/1\.1 431 /);
});

test("an address that somebody else has is a wrong configuration", async () => {
  const { port } = await endpoint();
  await expect(endpoint([], port)).rejects.toThrow(ConfigurationError);
  await expect(endpoint([], port)).rejects.toThrow("another program has it");
});

async function connected(
  port: number,
): Promise<{ readonly socket: Socket; readonly gone: Promise<unknown> }> {
  const socket = connect(port, "127.0.0.1");
  socket.resume();
  await new Promise((resolve) => socket.once("connect", resolve));
  return { socket, gone: new Promise((resolve) => socket.once("close", resolve)) };
}

test("whoever is connected and says nothing does not keep it from closing at once", async () => {
  const one = await endpoint();
  const { gone } = await connected(one.port);
  await one.close(AbortSignal.abort());
  opened.splice(0);
  await gone;
});

test.each([
  ["nothing", ""],
  ["half a request", "GET /livez HTTP/1.1\r\nHost: localhost\r\n"],
  ["too little of a body", "POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"],
])("whoever says %s is cut off soon when it closes, also where nobody hurries", async (_, text) => {
  const one = await endpoint();
  const { gone, socket } = await connected(one.port);
  await new Promise((sent) => socket.write(text, sent));
  // Whoever was asked something answers when it is in: the first request has arrived by then.
  await send(one.port, get("/livez", "localhost"));
  const since = performance.now();
  await one.close(new AbortController().signal);
  expect(performance.now() - since).toBeLessThan(4_500);
  opened.splice(0);
  await gone;
});
