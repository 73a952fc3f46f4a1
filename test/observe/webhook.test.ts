import { createHmac } from "node:crypto";
import { createServer as createPlain, type IncomingHttpHeaders, type Server } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { ConfigurationError, ConnectionError, TransientError } from "../../src/errors.ts";
import { LetterRefused } from "../../src/observe/delivery.ts";
import { webhook } from "../../src/observe/webhook.ts";
import { Secret } from "../../src/secret.ts";
import { sharedTls } from "../stand-ins/entra/authority.ts";

interface Heard {
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const key = "0123456789abcdef0123456789abcdef";
const letter = { id: "msg_1", title: "t", text: "x", body: '{"version":1,"id":"msg_1"}' };
const now = Date.UTC(2026, 10, 22, 12);

/** A receiver that answers with each status in turn, the last one for ever. */
async function receiver(
  statuses: readonly (number | "silence")[],
  headers: Record<string, string> = {},
  tls?: { readonly key: string; readonly cert: string },
): Promise<{ readonly url: string; readonly heard: readonly Heard[] }> {
  const heard: Heard[] = [];
  const handle: Parameters<typeof createPlain>[1] = (request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString("utf8");
    });
    request.on("end", () => {
      const status = statuses[Math.min(heard.length, statuses.length - 1)] ?? 200;
      heard.push({ method: request.method, headers: request.headers, body });
      if (status === "silence") return;
      response.writeHead(status, headers);
      response.end(`you said ${JSON.stringify(request.headers)} ${body}`);
    });
  };
  const server = tls === undefined ? createPlain(handle) : createServer(tls, handle);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}/hook/path-token`, heard };
}

function to(url: string, secret: string | readonly string[] = key, authorities?: readonly string[]) {
  const place = "notify.on-call.secret";
  return webhook({
    url,
    secrets: () => [secret].flat().map((each) => new Secret(each)),
    place,
    authorities,
    clock: { now: () => now },
  });
}

const deliver = (url: string, secret?: string, authorities?: readonly string[]) =>
  to(url, secret, authorities).deliver(letter, AbortSignal.timeout(10_000));

async function refusal(promise: Promise<void>): Promise<Error> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("expected a refusal");
  return error;
}

test("a receiver that follows the Standard Webhooks specification accepts the signature", async () => {
  const { url, heard } = await receiver([204]);
  await deliver(url);
  const [{ headers, body, method } = { headers: {}, body: "", method: "" }] = heard;
  expect(method).toBe("POST");
  expect(body).toBe(letter.body);
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"];
  expect([id, timestamp]).toEqual(["msg_1", String(now / 1000)]);
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
});

test("a key in the form of the specification is base64", async () => {
  const { url, heard } = await receiver([200]);
  const raw = Buffer.from(key);
  await deliver(url, `whsec_${raw.toString("base64")}`);
  const expected = createHmac("sha256", raw)
    .update(`msg_1.${now / 1000}.${letter.body}`)
    .digest("base64");
  expect(heard[0]?.headers["webhook-signature"]).toBe(`v1,${expected}`);
});

test("while a key is changed it is signed with each of them, the first one first", async () => {
  const { url, heard } = await receiver([204]);
  const other = "fedcba9876543210fedcba9876543210";
  await to(url, [other, key]).deliver(letter, AbortSignal.timeout(10_000));
  const { headers, body }: Omit<Heard, "method"> = heard[0] ?? { headers: {}, body: "" };
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  expect(headers["webhook-signature"]).toBe(
    [other, key].map((each) => `v1,${createHmac("sha256", each).update(signed).digest("base64")}`).join(" "),
  );
});

test("over TLS the certificate has to be trusted", async () => {
  const { certificate: cert, key: privateKey, ca } = await sharedTls();
  const { url, heard } = await receiver([200], {}, { cert, key: privateKey });
  const refused = await refusal(deliver(url));
  expect(refused).toBeInstanceOf(TransientError);
  expect(refused.message).toMatch(/has a certificate that is not trusted here$/);
  expect(heard).toEqual([]);
  await deliver(url, key, [ca]);
  expect(heard).toHaveLength(1);
});

test("429 and 503 say when to come back", async () => {
  const { url } = await receiver([429], { "retry-after": "120" });
  expect(await refusal(deliver(url))).toMatchObject({ retryAfterMs: 120_000 });
  const dated = await receiver([503], { "retry-after": new Date(now + 60_000).toUTCString() });
  expect(await refusal(deliver(dated.url))).toMatchObject({ retryAfterMs: 60_000 });
});

test("what is refused by itself is another thing than a login or an address that is refused", async () => {
  const statuses = [400, 413, 422, 401, 403, 404, 408] as const;
  const { url } = await receiver(statuses);
  const isOfTheLetter: boolean[] = [];
  for (const status of statuses) {
    const error: unknown = await to(url)
      .deliver(letter, AbortSignal.timeout(10_000))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject({ message: `${new URL(url).host} refuses the message (${status})` });
    isOfTheLetter.push(error instanceof LetterRefused);
  }
  expect(isOfTheLetter).toEqual([true, true, true, false, false, false, false]);
});

test("a redirect is not followed, and the signature goes to nobody else", async () => {
  const elsewhere = await receiver([200]);
  const { url } = await receiver([307], { location: elsewhere.url });
  expect(await refusal(deliver(url))).toBeInstanceOf(ConnectionError);
  expect(elsewhere.heard).toEqual([]);
});

test.each([
  [500, TransientError],
  [404, ConnectionError],
  [401, ConnectionError],
] as const)("%d is a failure that says no word of what was sent or answered", async (status, family) => {
  const { url } = await receiver([status]);
  const error = await refusal(deliver(url));
  expect(error).toBeInstanceOf(family);
  expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/path-token|you said|v1,/);
});

test("nobody there, and nobody who answers, is said so", async () => {
  const { url } = await receiver(["silence"]);
  const silent = to(url).deliver(letter, AbortSignal.timeout(200));
  await expect(silent).rejects.toThrow();
  const { port } = new URL(url);
  await new Promise((resolve) => {
    servers[0]?.closeAllConnections();
    servers.splice(0)[0]?.close(resolve);
  });
  expect((await refusal(deliver(url))).message).toBe(`127.0.0.1:${port} refuses connections`);
});

test("a key that is too short is a wrong configuration", async () => {
  const { url, heard } = await receiver([200]);
  expect(await refusal(deliver(url, "short"))).toBeInstanceOf(ConfigurationError);
  expect(heard).toEqual([]);
});
