/** Somebody between us and Microsoft answers in its place: nothing that they say is taken for the word of Graph. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConnectionError, ProtocolError } from "../../../../src/errors.ts";
import { Trust } from "../../../../src/sources/entra/client/trust.ts";
import { Wire } from "../../../../src/sources/entra/client/wire.ts";
import type { Source } from "../../../../src/sources/source.ts";
import { type EntraTenant, startEntraTenant } from "../../../stand-ins/entra/tenant.ts";
import { pollAll } from "../../fold.ts";
import { sourceOn } from "../entra-world.ts";

let tenant: EntraTenant;
let source: Source;
const signal = () => AbortSignal.timeout(10_000);

beforeEach(async () => {
  tenant = await startEntraTenant();
  source = sourceOn(tenant);
});

afterEach(async () => {
  await source.close();
  await tenant.stop();
});

/** A page as gateways show it. */
function gateway(status: number, path: RegExp): void {
  const headers = { "Content-Type": "text/html" };
  const how = { type: "answer", status, headers, body: "<html>No way</html>" } as const;
  tenant.faults.push({ path, times: Number.POSITIVE_INFINITY, how });
}

test("a gateway's 404 proves of nobody that they are gone", async () => {
  const ann = tenant.createUser({ displayName: "Ann" });
  gateway(404, /./);
  await expect(source.read("user", ann, signal())).rejects.toThrow(
    /404 .*not in the words of Microsoft Graph/,
  );
});

test("nor does its 404 about the deleted ones, or its 403 say that they are hidden", async () => {
  const ann = tenant.createUser({ displayName: "Ann" });
  tenant.hardDelete(ann);
  for (const status of [404, 403]) {
    tenant.faults.length = 0;
    gateway(status, /^\/directory\/deletedItems/);
    await expect(source.read("user", ann, signal())).rejects.toThrow(/not in the words of Microsoft Graph/);
  }
});

test("nor does it say that somebody who is back is in no group", async () => {
  const ann = tenant.createUser({ displayName: "Ann" });
  gateway(403, /memberOf/);
  await expect(source.read("user", ann, signal())).rejects.toThrow(/not in the words of Microsoft Graph/);
});

test("its 403 is no lack of a permission, and its 401 no refused login", async () => {
  for (const status of [401, 403]) {
    tenant.faults.length = 0;
    gateway(status, /^\/users/);
    const error = await pollAll(source, undefined).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: ProtocolError.name,
      message: expect.stringMatching(`answered ${status} when asked to read people and their changes`),
      hint: expect.stringMatching(/a proxy or a portal seems to answer/),
    });
  }
});

test("its 404 is no reason to read everything", async () => {
  tenant.createUser({ displayName: "Ann" });
  const { cursor } = await pollAll(source, undefined);
  gateway(404, /^\/users\/delta/);
  await expect(pollAll(source, cursor)).rejects.toThrow(/answered 404/);
});

test("a link for the next time that leads elsewhere is not kept", async () => {
  tenant.createUser({ displayName: "Ann" });
  const origin = "https://evil.example";
  tenant.faults.push({ path: /^\/groups\/delta/, how: { type: "foreign link", origin } });
  await expect(pollAll(source, undefined)).rejects.toThrow(/link to https:\/\/evil\.example/);
});

test("links of the last time are no use at another address of Graph: everything is read there", async () => {
  tenant.createUser({ displayName: "Ann" });
  const { cursor } = await pollAll(source, undefined);
  const other = await startEntraTenant({ tenantId: tenant.tenantId });
  const there = sourceOn(other);
  await expect(pollAll(there, cursor)).rejects.toMatchObject({ name: "CursorLost" });
  expect(other.requests.count()).toBe(0);
  await there.close();
  await other.stop();
});

test.each([
  [407, /the proxy on the way to graph\.example wants a login \(407\)/],
  [403, /the proxy on the way to graph\.example does not let us through \(403\)/],
] as const)("a proxy that answers %i is named as the proxy", async (status, message) => {
  const proxy: Server = createServer().listen(0, "127.0.0.1");
  proxy.on("connect", (_request, socket) => socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`));
  await new Promise((resolve) => proxy.once("listening", resolve));
  const before = process.env["HTTPS_PROXY"];
  process.env["HTTPS_PROXY"] = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const wire = new Wire({ trust: new Trust(undefined), connectTimeoutMs: 5_000, answerTimeoutMs: 5_000 });
  const url = "https://graph.example/v1.0/users";
  try {
    const error = await wire.send({ url, headers: {} }, signal()).catch((reason: unknown) => reason);
    expect(wire.failure(error, url)).toMatchObject({
      name: ConnectionError.name,
      message: expect.stringMatching(message),
    });
  } finally {
    if (before === undefined) delete process.env["HTTPS_PROXY"];
    else process.env["HTTPS_PROXY"] = before;
    await wire.close();
    proxy.close();
  }
});
