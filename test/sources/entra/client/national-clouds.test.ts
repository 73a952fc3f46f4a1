import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { silent } from "../../../../src/log.ts";
import { definition } from "../../../../src/sources/entra/index.ts";
import type { Source } from "../../../../src/sources/source.ts";
import { FastClock } from "../fast-clock.ts";

/** https://learn.microsoft.com/graph/deployments; in China, Microsoft's library goes to the other name of login.chinacloudapi.cn. */
const published = [
  ["public", "login.microsoftonline.com", "graph.microsoft.com"],
  ["usgov", "login.microsoftonline.us", "graph.microsoft.us"],
  ["usgov-dod", "login.microsoftonline.us", "dod-graph.microsoft.us"],
  ["china", "login.partner.microsoftonline.cn", "microsoftgraph.chinacloudapi.cn"],
] as const;

/** Where an Azure machine asks for tokens of its identity: one address for ever, which Microsoft's library remembers. */
const resources: (string | null)[] = [];
const metadata = createServer((request, response) => {
  resources.push(new URL(request.url ?? "", "http://127.0.0.1").searchParams.get("resource"));
  response.setHeader("Content-Type", "application/json");
  const expires_on = String(Math.floor(Date.now() / 1000) + 3_599);
  response.end(
    JSON.stringify({ access_token: "token", token_type: "Bearer", expires_in: "3599", expires_on }),
  );
});
let metadataAddress: string;
let proxy: Server;
/** Hosts that a proxy was asked to open the way to; it opens none. */
let wanted: Set<string>;

async function listening(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ended(server: Server): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

beforeAll(async () => {
  metadataAddress = await listening(metadata);
});
afterAll(() => ended(metadata));

beforeEach(async () => {
  wanted = new Set();
  proxy = createServer();
  proxy.on("connect", ({ url = "" }, socket) => {
    wanted.add(url);
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  const address = await listening(proxy);
  for (const name of ["HTTPS_PROXY", "https_proxy"]) vi.stubEnv(name, address);
  for (const name of ["NO_PROXY", "no_proxy"]) vi.stubEnv(name, "127.0.0.1");
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await ended(proxy);
});

async function polled(section: object): Promise<void> {
  const settings = definition.settings.parse({
    tenantId: "8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33",
    ...section,
  });
  const select = { user: [], group: [] };
  const source: Source = definition.open(settings, {
    name: "entra",
    select,
    log: silent,
    clock: new FastClock(),
  });
  try {
    const pages = source.poll(undefined, AbortSignal.timeout(20_000))[Symbol.asyncIterator]();
    await expect(pages.next()).rejects.toThrow(/the proxy on the way to|something else than JSON \(403\)/);
  } finally {
    await source.close();
  }
}

test.each(published)("%s: the login is asked for at %s and nowhere else", async (cloud, login) => {
  vi.stubEnv("ROLLCALL_TEST_CLOUD_SECRET", "secret");
  const clientSecret = { env: "ROLLCALL_TEST_CLOUD_SECRET" };
  await polled({ cloud, clientId: "1c2b7e54-0f8d-4a61-b3c9-52d6a7e8f901", clientSecret });
  expect([...wanted]).toEqual([`${login}:443`]);
});

test.each(published)(
  "%s (login %s): a token for %s is used there and nowhere else",
  async (cloud, _, graph) => {
    vi.stubEnv("AZURE_POD_IDENTITY_AUTHORITY_HOST", metadataAddress);
    await polled({ cloud, managedIdentity: true });
    expect(resources.at(-1)).toBe(`https://${graph}`);
    expect([...wanted]).toEqual([`${graph}:443`]);
  },
);
