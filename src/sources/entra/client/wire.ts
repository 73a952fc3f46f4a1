import { createSecureContext, type SecureContext } from "node:tls";
import { EnvHttpProxyAgent, fetch } from "undici";
import { ConnectionError, ProtocolError, TransientError } from "../../../errors.ts";
import type { Document } from "./answer.ts";
import { cut, type Entry, entriesOf, parsed } from "./entries.ts";
import { networkFailure } from "./network-failure.ts";

export interface WireOptions {
  readonly authorities: readonly string[];
  readonly connectTimeoutMs: number;
  /** For one whole answer. */
  readonly answerTimeoutMs: number;
}

/** Status and headers, and the body read to its end; undefined when an error's body is no JSON object. */
export interface WireAnswer {
  readonly response: Response;
  readonly body: Document | undefined;
  /** Of a page that was asked for in pieces: what stands in its `value`, which is left out of the body. */
  readonly entries?: readonly Entry[] | undefined;
}

/** Larger than any page; what comes beyond is not read into memory. */
const LARGEST_BODY_BYTES = 64 * 1024 * 1024;

/** Reading some hundred authorities takes long: done once for as long as they are the same, whatever the number of cycles. */
let trusted: { readonly authorities: string; readonly context: SecureContext } | undefined;

function trusting(list: readonly string[]): SecureContext {
  const authorities = list.join("\n");
  if (trusted?.authorities !== authorities)
    trusted = { authorities, context: createSecureContext({ ca: [...list] }) };
  return trusted.context;
}

/** GET over HTTPS, through the proxy that HTTPS_PROXY and NO_PROXY name. Bodies are read to their end, or it counts as a broken answer. */
export class Wire {
  readonly #agent: EnvHttpProxyAgent;
  readonly #options: WireOptions;

  constructor(options: WireOptions) {
    this.#options = options;
    const secureContext = trusting(options.authorities);
    const tls = { secureContext, timeout: options.connectTimeoutMs };
    this.#agent = new EnvHttpProxyAgent({ connect: tls, requestTls: tls });
  }

  async get(
    url: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    inPieces = false,
  ): Promise<WireAnswer> {
    const { host } = new URL(url);
    const answer = await fetch(url, {
      headers: { ...headers },
      redirect: "manual",
      dispatcher: this.#agent,
      signal: AbortSignal.any([signal, AbortSignal.timeout(this.#options.answerTimeoutMs)]),
    });
    const bytes = await wholeBytes(answer.body, host);
    const { status } = answer;
    const response = new Response(null, { status, headers: [...answer.headers] });
    if (!answer.ok) return { response, body: parsed(decoded(bytes)) };
    checkType(answer.headers.get("content-type"), host);
    const pieces = inPieces ? cut(bytes) : undefined;
    if (pieces !== undefined) return { response, body: pieces.envelope, entries: pieces.entries };
    const body = wholeBody(bytes, host);
    return { response, body, entries: inPieces ? entriesOf(body) : undefined };
  }

  failure(error: unknown, url: string): Error {
    const { host } = new URL(url);
    return (
      networkFailure(error, host) ??
      new TransientError(`${host} broke its answer off`, { outcome: "none", cause: error })
    );
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

async function wholeBytes(body: AsyncIterable<Uint8Array> | null, host: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    if (length > LARGEST_BODY_BYTES) {
      throw new ConnectionError(`${host} sent an answer of more than ${LARGEST_BODY_BYTES} bytes`, {
        hint: "is it Microsoft Graph that answers there?",
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
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
