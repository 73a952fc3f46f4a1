/** One request and its answer over the wire. */
import { type PeerCertificate, TLSSocket } from "node:tls";
import { buildConnector, Pool } from "undici";
import { TransientError } from "../../errors.ts";
import type { Secret } from "../../secret.ts";
import type { SecretInUse } from "../../secret-in-use.ts";
import { loopbackOnly } from "./base-url.ts";
import { networkFailure } from "./network-failure.ts";

export interface Request {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base URL, with query: "/Users/42". */
  readonly path: string;
  readonly body?: string | undefined;
  readonly ifMatch?: string | undefined;
}

export interface Answer {
  readonly status: number;
  /** Lower-case names; of repeated lines the first. */
  readonly header: (name: string) => string | undefined;
  /** Cut at the size limit only for statuses that are errors. */
  readonly text: string;
}

export interface ExchangeOptions {
  readonly baseUrl: URL;
  /** Read when it is first used, and again when it is refused. */
  readonly token: Pick<SecretInUse, "value" | "refused" | "accepted">;
  readonly headers: Readonly<Record<string, string>>;
  /** PEM of more authorities. */
  readonly ca: readonly string[] | undefined;
  readonly timeoutMs: number;
  readonly connections: number;
}

const LARGEST_ANSWER_BYTES = 32 * 1024 * 1024;
const LARGEST_ERROR_BYTES = 64 * 1024;
const LONGEST_CONNECT_MS = 10_000;

/** Connections to one service. Follows no redirect, asks for no compression, repeats nothing. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #pool: Pool;
  readonly #basePath: string;
  /** Failures of connecting: whatever came before a connection stood was not sent. */
  readonly #unsent = new WeakSet<Error>();
  #certificate: PeerCertificate | undefined;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#basePath = options.baseUrl.pathname.replace(/\/+$/, "");
    const secure = options.baseUrl.protocol === "https:";
    const timeout = Math.min(LONGEST_CONNECT_MS, Math.ceil(options.timeoutMs / 2));
    const connect = buildConnector(
      secure
        ? { timeout, allowH2: false, minVersion: "TLSv1.2", ...(options.ca && { ca: [...options.ca] }) }
        : { timeout, allowH2: false, lookup: loopbackOnly },
    );
    this.#pool = new Pool(options.baseUrl.origin, {
      connections: options.connections,
      connect: (target, callback) =>
        connect(target, (...args) => {
          if (args[0] !== null) this.#unsent.add(args[0]);
          else if (args[1] instanceof TLSSocket) this.#remember(args[1].getPeerCertificate());
          callback(...args);
        }),
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  get host(): string {
    return this.#options.baseUrl.host;
  }

  /** When the certificate of the service ends, ms since 1970; known after the first answer over https. */
  get certificateEnd(): number | undefined {
    return this.#certificate && Date.parse(this.#certificate.valid_to);
  }

  /**
   * Sends a request and reads the whole answer, whatever its status. Throws TransientError or ConnectionError when there is no whole answer,
   * and the signal's reason when it aborts a request that changes nothing.
   */
  async send(request: Request, signal: AbortSignal): Promise<Answer> {
    const { token } = this.#options;
    for (;;) {
      const secret = token.value;
      const answer = await this.#sendWith(secret, request, signal);
      if (answer.status !== 401) {
        token.accepted(secret);
        return answer;
      }
      // Nothing was done for whom the service does not know: with a new token, or the next of a list, it may be asked once more.
      if (!token.refused(secret)) return answer;
    }
  }

  async #sendWith(token: Secret, request: Request, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    const outcome = request.method === "GET" ? "none" : "unknown";
    const stop = stopping(signal, this.#options.timeoutMs);
    try {
      const { statusCode, headers, body } = await this.#pool.request({
        method: request.method,
        path: this.#basePath + request.path,
        headers: this.#headers(token, request),
        body: request.body ?? null,
        signal: stop.signal,
      });
      const limit = statusCode < 400 ? LARGEST_ANSWER_BYTES : LARGEST_ERROR_BYTES;
      const { bytes, cut } = await readAll(body, limit);
      if (cut && statusCode < 400)
        throw new TransientError(`${this.host} answered with more than ${LARGEST_ANSWER_BYTES} bytes`, {
          outcome,
        });
      return {
        status: statusCode,
        header: (name) => [headers[name]].flat()[0],
        text: bytes.toString("utf8"),
      };
    } catch (error) {
      if (error instanceof TransientError) throw error;
      if (signal.aborted) {
        if (outcome === "none") throw signal.reason;
        throw new TransientError(`stopped while ${this.host} was asked to change something`, {
          outcome,
          cause: error,
        });
      }
      const sent = !(error instanceof Error && this.#unsent.has(error));
      throw networkFailure(error, this.host, sent ? outcome : "none");
    } finally {
      stop.end();
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  /** A resumed session shows no certificate; the first one did. */
  #remember(certificate: PeerCertificate): void {
    if (certificate.valid_to !== undefined) this.#certificate = certificate;
  }

  #headers(token: Secret, request: Request): Record<string, string> {
    return {
      accept: "application/scim+json, application/json",
      "accept-encoding": "identity",
      "user-agent": "rollcall",
      ...this.#options.headers,
      authorization: `Bearer ${token.reveal()}`,
      ...(request.body !== undefined && { "content-type": "application/scim+json; charset=utf-8" }),
      ...(request.ifMatch !== undefined && { "if-match": request.ifMatch }),
    };
  }
}

/**
 * Aborts with the caller's signal or when time is up. Ended by hand: combined and timed signals of the platform live on until their time is up,
 * a minute of thousands of requests.
 */
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

async function readAll(body: AsyncIterable<Buffer>, limit: number): Promise<{ bytes: Buffer; cut: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > limit) return { bytes: Buffer.concat(chunks), cut: true };
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), cut: false };
}
