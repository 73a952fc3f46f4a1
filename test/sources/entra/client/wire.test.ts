/** Answers that come compressed, as Microsoft Graph sends them to whoever takes them so. */
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, expect, test } from "vitest";
import { TransientError } from "../../../../src/errors.ts";
import { Trust } from "../../../../src/sources/entra/client/trust.ts";
import { Wire } from "../../../../src/sources/entra/client/wire.ts";
import { sharedTls } from "../../../stand-ins/entra/authority.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A wire to a server that answers every question with these bytes, and where to ask. */
async function answering(bytes: Buffer) {
  const { certificate: cert, key, caFile } = await sharedTls();
  const server: Server = createServer({ cert, key }, (request, response) => {
    const encoding = request.headers["accept-encoding"] ?? "";
    response.writeHead(200, { "content-type": "application/json", "content-encoding": encoding });
    response.end(bytes);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  ends.push(() => new Promise((resolve) => server.close(resolve)));
  const wire = new Wire({ trust: new Trust(caFile), connectTimeoutMs: 5_000, answerTimeoutMs: 5_000 });
  ends.push(() => wire.close());
  const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
  return { wire, url, get: () => wire.send({ url, headers: {} }, AbortSignal.timeout(10_000), true) };
}

const page = `{"value":[{"id":"a"}]}`;

test("a compressed page is read like any other", async () => {
  const { get } = await answering(gzipSync(page));
  const { body, entries } = await get();
  expect(body).toEqual({ value: [] });
  expect(entries?.map((each) => each.document())).toEqual([{ id: "a" }]);
});

test("one that breaks off is asked for again", async () => {
  const { wire, url, get } = await answering(gzipSync(page).subarray(0, 20));
  const error = await get().catch((reason: unknown) => reason);
  expect(wire.failure(error, url)).toBeInstanceOf(TransientError);
});

test("one that becomes larger than any page is not taken into memory", async () => {
  const { get } = await answering(gzipSync(Buffer.alloc(65 * 1024 * 1024, " ")));
  await expect(get()).rejects.toThrow("sent an answer of more than");
});
