import type { Clock } from "../../../clock.ts";
import { ConnectionError, ProtocolError, TransientError } from "../../../errors.ts";
import type { Log } from "../../../log.ts";
import type { Meter } from "../../../meter.ts";
import type { Answer } from "./exchange.ts";
import { nextLink } from "./links.ts";
import type { Login } from "./login.ts";
import { msUntilReset, type RateShare } from "./rate-share.ts";
import { OktaRefusal, refusal } from "./refusal.ts";
import { Refused } from "./refused.ts";

/** One answer, parsed. */
export interface Reply {
  readonly body: unknown;
  /** Address of the next page. */
  readonly next: string | undefined;
  /** The server's clock, ms since 1970; ours where it does not say. */
  readonly date: number;
  readonly headers: Headers;
}

export interface ApiSurroundings {
  readonly origin: string;
  readonly login: Login;
  readonly share: RateShare;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter?: Meter | undefined;
}

const MOST_TRIES = 5;
const MOST_SLOWDOWNS = 10;
/** Nobody waits longer within a request; the cycle is told and comes back later. */
const LONGEST_WAIT_MS = 5 * 60_000;
/** Leaves out what is secret or of no use. https://developer.okta.com/docs/api/openapi/okta-management/management/tag/User/ */
const HEADERS = {
  Accept: "application/json",
  "Content-Type": "application/json; okta-response=omitCredentials,omitCredentialsLinks",
  "User-Agent": "rollcall",
};

/** Questions to an organisation: spread below its limits, repeated where that is safe, answered or refused in a sentence. */
export class OktaApi {
  readonly #around: ApiSurroundings;
  readonly #host: string;

  constructor(around: ApiSurroundings) {
    this.#around = around;
    this.#host = new URL(around.origin).host;
  }

  get host(): string {
    return this.#host;
  }

  get login(): Login {
    return this.#around.login;
  }

  /** `path` below the organisation's address, or the address of a next page. `what` completes "while ...". */
  async get(path: string, what: string, signal: AbortSignal): Promise<Reply> {
    const { origin, clock } = this.#around;
    const answer = await this.#patiently(new URL(path, origin), what, signal);
    const date = Date.parse(answer.headers.get("date") ?? "");
    return {
      body: this.#parse(answer, what),
      next: nextLink(answer.headers.get("link"), origin),
      date: Number.isNaN(date) ? clock.now() : date,
      headers: answer.headers,
    };
  }

  /** Pages until there is no next one. An empty page in the midst is a page. */
  async *pages(path: string, what: string, signal: AbortSignal): AsyncGenerator<readonly unknown[]> {
    let before: string | undefined;
    let same = 0;
    for (let next: string | undefined = path; next !== undefined; ) {
      same = next === before ? same + 1 : 0;
      if (same >= MOST_TRIES) throw new ConnectionError(`${this.#host} leads in a circle while ${what}`);
      before = next;
      const reply: Reply = await this.#page(next, next === path, what, signal);
      yield this.items(reply, what);
      next = reply.next;
    }
  }

  /** Places in a list live for a while only; the list itself is as good as before. */
  async #page(address: string, isFirst: boolean, what: string, signal: AbortSignal): Promise<Reply> {
    try {
      return await this.get(address, what, signal);
    } catch (error) {
      if (isFirst || !(error instanceof OktaRefusal) || error.status !== 400) throw error;
      throw new TransientError(`${this.#host} lost the place in the list (400 ${error.code}) while ${what}`, {
        cause: error,
        outcome: "none",
      });
    }
  }

  items(reply: Reply, what: string): readonly unknown[] {
    if (Array.isArray(reply.body)) return reply.body;
    throw new ProtocolError(`${this.#host} did not answer with a list while ${what}`, {
      hint: "check orgUrl: something else than Okta may answer there",
    });
  }

  async #patiently(url: URL, what: string, signal: AbortSignal): Promise<Answer> {
    const { share, login, clock, log, meter } = this.#around;
    let failures = 0;
    let slowdowns = 0;
    for (;;) {
      await share.take(url.pathname, signal);
      let problem: Refused | TransientError;
      try {
        const answer = await login.get(url.href, HEADERS, signal);
        share.note(url.pathname, answer.headers);
        return answer;
      } catch (error) {
        if (!(error instanceof Refused || error instanceof TransientError)) throw error;
        problem = error;
      }
      if (problem instanceof Refused && problem.endpoint === "api")
        share.note(url.pathname, problem.answer.headers);
      const isSlowdown = problem instanceof Refused && problem.answer.status === 429;
      const tries = isSlowdown ? ++slowdowns : ++failures;
      const wait = waitFor(problem, tries, clock.now());
      if (wait === undefined) throw problem instanceof Refused ? refusal(problem, what, url) : problem;
      if (wait > LONGEST_WAIT_MS) throw this.#later(problem, what, wait);
      meter?.retried(this.#host, problem instanceof Refused ? problem.answer.status : "network");
      const status = problem instanceof Refused ? problem.answer.status : problem.message;
      log.debug({ status, tries, waitMs: wait }, `${this.#host}: trying again (${what})`);
      await clock.sleep(wait, signal);
    }
  }

  #later(cause: unknown, what: string, retryAfterMs: number): TransientError {
    return new TransientError(
      `${this.#host} asks to wait ${Math.ceil(retryAfterMs / 60_000)} minutes while ${what}`,
      { cause, outcome: "none", retryAfterMs },
    );
  }

  #parse(answer: Answer, what: string): unknown {
    try {
      return JSON.parse(answer.text);
    } catch (cause) {
      const sentence = `${this.#host} answered with something else than JSON while ${what}`;
      const hint = "does a proxy or a portal answer in place of Okta? have it let this machine through";
      // What calls itself JSON was broken off.
      throw /\bjson\b/i.test(answer.headers.get("content-type") ?? "")
        ? new TransientError(sentence, { cause, outcome: "none", hint })
        : new ProtocolError(sentence, { cause, hint });
    }
  }
}

/** How long to wait before the next try, ms; undefined when there is no use in one. */
function waitFor(problem: Refused | TransientError, tries: number, now: number): number | undefined {
  const backoff = 1000 * 2 ** (tries - 1);
  if (problem instanceof TransientError) return tries < MOST_TRIES ? backoff : undefined;
  const { status, headers } = problem.answer;
  if (status >= 500) return tries < MOST_TRIES ? backoff : undefined;
  if (status !== 429 || tries >= MOST_SLOWDOWNS) return undefined;
  const asked = retryAfterMs(headers, now);
  if (asked !== undefined) return asked;
  const reset = msUntilReset(headers, now);
  // Limit and remaining both 0: too many at once, for which the reset is a hint only.
  if (reset === undefined || headers.get("x-rate-limit-limit") === "0") return Math.min(backoff, 30_000);
  return reset + 1000;
}

/** RFC 9110 10.2.3, and fractions of a second, which some gateways send. */
function retryAfterMs(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
