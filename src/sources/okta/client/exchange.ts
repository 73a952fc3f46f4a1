import { createSecureContext } from "node:tls";
import { buildConnector, Pool } from "undici";
import { TransientError } from "../../../errors.ts";
import { networkFailure } from "./network-failure.ts";

export interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Cut at a limit for statuses that are errors. */
  readonly text: string;
}

const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;
const LARGEST_ERROR_BYTES = 64 * 1024;
const LONGEST_CONNECT_MS = 10_000;

/** Connections to one organisation. Follows no redirect and repeats nothing; whoever asks elsewhere is refused. */
export class Exchange {
  readonly #origin: string;
  readonly #timeoutMs: number;
  readonly #pool: Pool;

  /** `authorities`: PEM of all authorities to trust; undefined for those of Node. */
  constructor(origin: string, authorities: readonly string[] | undefined, timeoutMs: number) {
    this.#origin = origin;
    this.#timeoutMs = timeoutMs;
    const timeout = Math.min(LONGEST_CONNECT_MS, Math.ceil(timeoutMs / 2));
    const ca = authorities && { ca: [...authorities] };
    // Made once: reading some hundred authorities anew would cost every connection a tenth of a second.
    const secureContext = createSecureContext({ minVersion: "TLSv1.2", ...ca });
    const connect = buildConnector({ timeout, allowH2: false, secureContext });
    this.#pool = new Pool(origin, { connections: 8, connect, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** The whole answer, whatever its status. Throws TransientError or ConnectionError when there is none, or the signal's reason. */
  async send(request: Request, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const url = new URL(request.url);
    if (url.origin !== this.#origin) throw new Error("asked to send a login to another host");
    const stop = stopping(signal, this.#timeoutMs);
    try {
      const { statusCode, headers, body } = await this.#pool.request({
        method: request.method,
        path: url.pathname + url.search,
        headers: request.headers,
        body: request.body ?? null,
        signal: stop.signal,
      });
      const isError = statusCode >= 400;
      const text = await readAll(body, isError ? LARGEST_ERROR_BYTES : LARGEST_ANSWER_BYTES, isError);
      if (text === undefined)
        throw new TransientError(`${url.host} answered with more than ${LARGEST_ANSWER_BYTES} bytes`, {
          outcome: "none",
        });
      return { status: statusCode, headers: headersOf(headers), text };
    } catch (error) {
      if (error instanceof TransientError) throw error;
      if (signal.aborted) throw signal.reason;
      throw networkFailure(error, url.host);
    } finally {
      stop.end();
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

function headersOf(raw: Readonly<Record<string, string | readonly string[] | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) {
    for (const each of [value ?? []].flat()) headers.append(name, each);
  }
  return headers;
}

/** Aborts with the caller's signal or when time is up; ended by hand, because timed signals live on until their time is up. */
function stopping(signal: AbortSignal, timeoutMs: number): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const stop = () => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(new DOMException("time is up", "TimeoutError")), timeoutMs);
  signal.addEventListener("abort", stop, { once: true });
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    },
  };
}

async function readAll(
  body: AsyncIterable<Buffer>,
  limit: number,
  mayCut: boolean,
): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit && !mayCut) return undefined;
    chunks.push(chunk);
    if (size > limit) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}
