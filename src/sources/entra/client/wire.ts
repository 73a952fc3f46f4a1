import type { SecureContext } from "node:tls";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { EnvHttpProxyAgent, Response, request } from "undici";
import { ConnectionError, ProtocolError, TransientError } from "../../../errors.ts";
import type { Document } from "./answer.ts";
import { cut, type Entry, entriesOf, parsed } from "./entries.ts";
import { networkFailure } from "./network-failure.ts";
import type { Trust } from "./trust.ts";

export interface WireOptions {
  readonly trust: Trust;
  readonly connectTimeoutMs: number;
  /** For one whole answer. */
  readonly answerTimeoutMs: number;
}

export interface WireRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string | undefined;
}

/** Status and headers, and the body read to its end; undefined when an error's body is no JSON object. */
export interface WireAnswer {
  readonly response: Response;
  readonly body: Document | undefined;
  /** Of a page that was asked for in pieces: what stands in its `value`, which is left out of the body. */
  readonly entries?: readonly Entry[] | undefined;
}

/** Connections, and whom they believe. */
interface Way {
  readonly agent: EnvHttpProxyAgent;
  readonly trusted: SecureContext;
}

/** Larger than any page; what comes beyond is not read into memory. */
const LARGEST_BODY_BYTES = 64 * 1024 * 1024;

/** What is asked over HTTPS, through the proxy that HTTPS_PROXY and NO_PROXY name. Bodies are read to their end, or it counts as a broken answer. */
export class Wire {
  #way: Way | undefined;
  readonly #options: WireOptions;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  /** GET, or POST of a body. */
  async send(request: WireRequest, signal: AbortSignal, inPieces = false): Promise<WireAnswer> {
    const way = this.#opened();
    try {
      return await this.#send(way, request, signal, inPieces);
    } catch (error) {
      if (!this.#options.trust.widened(this.failure(error, request.url), way.trusted)) throw error;
      // Another request may have opened the new one already, and others are still on the old one: it closes after them.
      if (this.#way === way) this.#way = undefined;
      void way.agent.close().catch(() => {});
      return await this.#send(this.#opened(), request, signal, inPieces);
    }
  }

  async #send(
    { agent }: Way,
    { url, headers, body }: WireRequest,
    signal: AbortSignal,
    inPieces: boolean,
  ): Promise<WireAnswer> {
    const { host } = new URL(url);
    // Not by `fetch`, which spends as much on handing a body on as parsing it takes.
    const answer = await request(url, {
      ...(body === undefined ? {} : { method: "POST", body }),
      headers: { ...headers, "accept-encoding": "gzip", "user-agent": "rollcall" },
      dispatcher: agent,
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.#options.answerTimeoutMs)]),
    });
    const sent = await wholeBytes(answer.body, host);
    const response = responseOf(answer.statusCode, answer.headers);
    const bytes = response.headers.get("content-encoding") === "gzip" ? await unzipped(sent, host) : sent;
    if (!response.ok) return { response, body: parsed(decoded(bytes)) };
    checkType(response.headers.get("content-type"), host);
    const pieces = inPieces ? cut(bytes) : undefined;
    if (pieces !== undefined) return { response, body: pieces.envelope, entries: pieces.entries };
    const whole = wholeBody(bytes, host);
    return { response, body: whole, entries: inPieces ? entriesOf(whole) : undefined };
  }

  failure(error: unknown, url: string): Error {
    const { host } = new URL(url);
    return (
      networkFailure(error, host) ??
      new TransientError(`${host} broke its answer off`, { outcome: "none", cause: error })
    );
  }

  async close(): Promise<void> {
    const way = this.#way;
    this.#way = undefined;
    await way?.agent.destroy();
  }

  #opened(): Way {
    if (this.#way !== undefined) return this.#way;
    const trusted = this.#options.trust.context;
    const tls = { secureContext: trusted, timeout: this.#options.connectTimeoutMs };
    this.#way = { agent: new EnvHttpProxyAgent({ connect: tls, requestTls: tls }), trusted };
    return this.#way;
  }
}

function responseOf(
  status: number,
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Response {
  const list = Object.entries(headers).flatMap(([name, value = []]) =>
    [value].flat().map((each): [string, string] => [name, each]),
  );
  // That of the library: Node's own would bring a second client of HTTP into memory.
  return new Response(null, { status, headers: list });
}

async function wholeBytes(body: AsyncIterable<Uint8Array>, host: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.byteLength;
    if (length > LARGEST_BODY_BYTES) throw tooLarge(host);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

async function unzipped(sent: Buffer, host: string): Promise<Buffer> {
  try {
    return await promisify(gunzip)(sent, { maxOutputLength: LARGEST_BODY_BYTES });
  } catch (error) {
    throw error instanceof RangeError ? tooLarge(host) : error;
  }
}

function tooLarge(host: string): ConnectionError {
  return new ConnectionError(`${host} sent an answer of more than ${LARGEST_BODY_BYTES} bytes`, {
    hint: "is it Microsoft Graph that answers there?",
  });
}

/** Without the mark that some write before UTF-8. */
function decoded(bytes: Buffer): string {
  return new TextDecoder().decode(bytes);
}

function checkType(contentType: string | null, host: string): void {
  if (/^application\/json\b/i.test(contentType ?? "")) return;
  throw new ProtocolError(`${host} answered with something else than JSON`, {
    hint: "does a proxy or a portal answer in place of Microsoft Graph? check endpoints",
  });
}

/** A connection that ends early without Content-Length looks like the end of the answer: only the JSON tells. */
function wholeBody(bytes: Buffer, host: string): Document {
  const body = parsed(decoded(bytes));
  if (body === undefined) throw new TransientError(`${host} broke its answer off`, { outcome: "none" });
  return body;
}
