/** Requests to one SCIM service: limits kept, waits honoured, answers read, refusals named. */
import pLimit, { type LimitFunction } from "p-limit";
import type { Clock } from "../../clock.ts";
import { ItemError, TransientError } from "../../errors.ts";
import type { Log } from "../../log.ts";
import type { Meter } from "../../meter.ts";
import type { Json, Kind } from "../../scim/resource.ts";
import { bodyOf } from "./body.ts";
import type { Answer, Exchange, Request } from "./exchange.ts";
import { isBrokenConnection } from "./network-failure.ts";
import type { Budget, RateLimit } from "./rate-limit.ts";
import { type Asked, refusal, unusable } from "./refusal.ts";
import { retryAfterMs } from "./retry-after.ts";

/** A JSON object as a service sent it. */
export type Document = { readonly [key: string]: Json };

export interface Call extends Request {
  readonly kind: Kind;
  /** "create a user": completes "app refused to ..." */
  readonly to: string;
  readonly object: boolean;
}

export interface ClientOptions {
  readonly service: string;
  readonly exchange: Exchange;
  readonly rate: RateLimit;
  readonly concurrency: number;
  readonly maxBodyBytes: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter?: Meter | undefined;
}

const FIRST_BACKOFF_MS = 5_000;
const LONGEST_BACKOFF_MS = 5 * 60_000;
/** All waits of one call together. Whoever asks for more patience gets it from the next cycle, not from a call that holds this one up. */
const LONGEST_WAIT_MS = 10 * 60_000;

export class Client {
  readonly #options: ClientOptions;
  readonly #limit: LimitFunction;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#limit = pLimit(options.concurrency);
  }

  get service(): string {
    return this.#options.service;
  }

  /** Sends a call; the answer's object, or undefined when a success has no body. 404 for one object, when read, is undefined too. */
  async call(call: Call, signal: AbortSignal): Promise<Document | undefined> {
    const asked: Asked = {
      service: this.service,
      to: call.to,
      write: call.method !== "GET",
      object: call.object,
      request: call,
    };
    if (call.body !== undefined && Buffer.byteLength(call.body) > this.#options.maxBodyBytes)
      throw new ItemError(
        "invalid-value",
        `too much to ask ${this.service} to ${call.to}: more than ${this.#options.maxBodyBytes} bytes`,
        { status: 413 },
      );
    const answer = await this.#answer(call, asked, signal);
    const { status } = answer;
    if (status < 200 || status > 299) {
      const error = refusal(answer, asked, undefined);
      if (!asked.write && asked.object && error instanceof ItemError && error.code === "not-found")
        return undefined;
      throw error;
    }
    if (call.method === "DELETE" || status === 204) return undefined;
    const body = bodyOf(answer);
    if (body.type === "object") return body.value;
    if (body.type === "empty" && asked.write) return undefined;
    throw unusable(answer, body.type === "empty" ? "nothing" : body.what, asked);
  }

  /** Repeats a call only while the service says that it did nothing: 429, or 503 with Retry-After. */
  async #answer(call: Call, asked: Asked, signal: AbortSignal): Promise<Answer> {
    const { rate, clock, log, meter, exchange } = this.#options;
    let waited = 0;
    for (let waits = 0; ; waits++) {
      const answer = await this.#limit(async () => {
        await rate.take(budgetOf(call), signal);
        return this.#send(call, signal);
      });
      const stated = retryAfterMs(answer.header("retry-after"), clock.now());
      if (answer.status !== 429 && (answer.status !== 503 || stated === undefined)) return answer;
      const wait = stated ?? Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** waits);
      waited += wait;
      if (waited > LONGEST_WAIT_MS) throw refusal(answer, asked, wait);
      meter?.retried(exchange.host, answer.status);
      log.debug({ target: this.service, status: answer.status, waitMs: wait }, "the target asks us to wait");
      rate.pauseUntil(clock.now() + wait);
    }
  }

  /** A connection that was idle may be closed by the service just when we use it: what reads is sent again once. */
  async #send(call: Call, signal: AbortSignal): Promise<Answer> {
    const { exchange, meter } = this.#options;
    try {
      return await exchange.send(call, signal);
    } catch (error) {
      const again =
        call.method === "GET" && error instanceof TransientError && isBrokenConnection(error.cause);
      if (!again) throw error;
      meter?.retried(exchange.host, "network");
      return exchange.send(call, signal);
    }
  }
}

function budgetOf({ method, kind }: Call): Budget {
  if (method === "GET") return "reads";
  return kind === "user" ? "userWrites" : "groupWrites";
}
