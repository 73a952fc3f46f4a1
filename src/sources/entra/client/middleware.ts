/** The steps that a request goes through: waiting and repeating, then login, then the wire. */
import type { Context, Middleware, MiddlewareOptions } from "@microsoft/microsoft-graph-client";
import type { Clock } from "../../../clock.ts";
import { isRollcallError, TransientError } from "../../../errors.ts";
import type { Log } from "../../../log.ts";
import type { Meter } from "../../../meter.ts";
import type { Document } from "./answer.ts";
import type { Entry } from "./entries.ts";
import type { Gate } from "./gate.ts";
import type { Tokens } from "./login.ts";
import { retryAfterMs } from "./retry-after.ts";
import type { Wire } from "./wire.ts";

/** One request on its way. The client would wrap our errors in its own, so they are kept here. */
export class Trip implements MiddlewareOptions {
  /** Exactly what is asked: links must be followed to the letter, and the client takes them apart. */
  readonly url: string;
  readonly signal: AbortSignal;
  readonly inPieces: boolean;
  failure: unknown;
  /** Read by the wire already: the client would read it without limit. */
  body: Document | undefined;
  entries: readonly Entry[] | undefined;

  constructor(url: string, signal: AbortSignal, inPieces: boolean) {
    this.url = url;
    this.signal = signal;
    this.inPieces = inPieces;
  }
}

function tripOf(context: Context): Trip {
  const trip = context.middlewareControl?.getMiddlewareOptions(Trip);
  if (!(trip instanceof Trip)) throw new Error("a request without its trip");
  return trip;
}

/** What all steps but the last have: a next one. */
abstract class Step implements Middleware {
  #next: Middleware | undefined;

  setNext(next: Middleware): void {
    this.#next = next;
  }

  protected async next(context: Context): Promise<Response> {
    await this.#next?.execute(context);
    if (context.response === undefined) throw new Error("a request without an answer");
    return context.response;
  }

  abstract execute(context: Context): Promise<void>;
}

const ATTEMPTS = 6;
const FIRST_BACKOFF_MS = 1_000;
/** Where the service asks for longer, the cycle ends and says when to come back. */
const LONGEST_WAIT_MS = 10 * 60_000;

export interface Patience {
  readonly gate: Gate;
  readonly clock: Clock;
  /** 0 to 1, so that not all who were sent away come back together. */
  readonly random: () => number;
  readonly log: Log;
  readonly meter?: Meter | undefined;
}

/**
 * Repeats what may go well a second time: throttling (429, 503, 504 with or without Retry-After, obeyed by all requests), other
 * server errors and broken connections. Everything here only reads, so repeating is harmless.
 */
export class Repeat extends Step {
  readonly #patience: Patience;

  constructor(patience: Patience) {
    super();
    this.#patience = patience;
  }

  override async execute(context: Context): Promise<void> {
    const trip = tripOf(context);
    try {
      await this.#repeat(context, trip);
    } catch (error) {
      trip.failure = error;
      throw error;
    }
  }

  async #repeat(context: Context, { signal, url }: Trip): Promise<void> {
    const { gate, clock, log, meter } = this.#patience;
    const { host } = new URL(url);
    let waitedMs = 0;
    for (let attempt = 1; ; attempt++) {
      waitedMs += await gate.pass(signal);
      const outcome = await this.#attempt(context);
      if (outcome instanceof TransientError) {
        const ms = outcome.retryAfterMs ?? this.#backoff(attempt);
        if (attempt >= ATTEMPTS || waitedMs + ms > LONGEST_WAIT_MS) throw outcome;
        meter?.retried(host, "network");
        await clock.sleep(ms, signal);
        waitedMs += ms;
        continue;
      }
      const { status } = outcome;
      if (status < 500 && status !== 429) return;
      const stated = retryAfterMs(outcome.headers.get("retry-after"), clock.now());
      const ms = stated ?? this.#backoff(attempt);
      // Who states a time is believed as often as it takes; who does not, a few times.
      if ((stated === undefined && attempt >= ATTEMPTS) || waitedMs + ms > LONGEST_WAIT_MS) return;
      meter?.retried(host, status);
      log.debug({ status, waitMs: ms, attempt }, "Microsoft Graph asks us to wait");
      if (status === 429 || stated !== undefined) gate.closeFor(ms);
      else await clock.sleep(ms, signal);
      // A server that asks for no wait at all is not asked without end.
      waitedMs += Math.max(ms, FIRST_BACKOFF_MS) - ms;
    }
  }

  async #attempt(context: Context): Promise<Response | TransientError> {
    try {
      return await this.next(context);
    } catch (error) {
      if (error instanceof TransientError) return error;
      throw error;
    }
  }

  #backoff(attempt: number): number {
    return Math.round(FIRST_BACKOFF_MS * 2 ** (attempt - 1) * (0.75 + this.#patience.random() / 2));
  }
}

/** Puts the token on, and a new one when it is refused: once. */
export class Authorize extends Step {
  readonly #tokens: Tokens;

  constructor(tokens: Tokens) {
    super();
    this.#tokens = tokens;
  }

  override async execute(context: Context): Promise<void> {
    const { signal } = tripOf(context);
    const token = await this.#tokens.token(signal);
    const first = await this.#send(context, token);
    if (first.status !== 401) return;
    const renewed = await this.#tokens.renewed(token, signal);
    await this.#send(context, renewed);
  }

  async #send(context: Context, token: string): Promise<Response> {
    const headers = { ...(context.options?.headers as object), Authorization: `Bearer ${token}` };
    context.options = { ...context.options, headers };
    return await this.next(context);
  }
}

/** The last step: over the wire. */
export class Send implements Middleware {
  readonly #wire: Wire;

  constructor(wire: Wire) {
    this.#wire = wire;
  }

  async execute(context: Context): Promise<void> {
    const trip = tripOf(context);
    const { url, signal, inPieces } = trip;
    const headers = context.options?.headers as Readonly<Record<string, string>>;
    try {
      const sent = context.options?.body as string | undefined;
      const { response, body, entries } = await this.#wire.send(
        { url, headers, body: sent },
        signal,
        inPieces,
      );
      context.response = response;
      trip.body = body;
      trip.entries = entries;
    } catch (error) {
      signal.throwIfAborted();
      if (isRollcallError(error)) throw error;
      throw this.#wire.failure(error, url);
    }
  }
}
