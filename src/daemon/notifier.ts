/** Tells persons what changed: compares how things are with what was said last, writes down what is to be said, and has it delivered. */
import type { Clock } from "../clock.ts";
import type { NotifyConfig } from "../config/config.ts";
import type { NoticeEvent } from "../config/schema-observe.ts";
import type { Log } from "../log.ts";
import { type ChannelState, Outbox } from "../store/outbox.ts";
import type { WorkerEvent } from "./events.ts";
import { deliverDue } from "./notify.ts";
import { carrierOf } from "./notify-channels.ts";
import { type ConfigProblem, conditionOf, configProblem } from "./notify-conditions.ts";
import {
  configNotices,
  configSubject,
  connectionNotices,
  expiryNotices,
  expirySubject,
  type Notice,
  type Said,
  subjectOf,
} from "./notify-transitions.ts";
import type { Observation } from "./observation.ts";
import type { Worker } from "./worker.ts";

export interface NotifierOptions {
  readonly worker: Pick<Worker, "config" | "status" | "watch">;
  readonly observation: Observation;
  readonly clock: Clock;
  readonly log: Log;
  /** Name of this machine, for whoever has several. */
  readonly host: string;
  readonly randomId: () => string;
}

/** Things change also without an event: a day passes, a certificate nears its end. */
const lookEveryMs = 60_000;

export class Notifier {
  readonly #options: NotifierOptions;
  readonly #stop = new AbortController();
  readonly #deaf: () => void;
  #outbox: Outbox | undefined;
  #folder: string | undefined;
  /** Since when the outbox cannot be worked with, ms since 1970 UTC. */
  #shutSince: number | undefined;
  #nudge = Promise.withResolvers<void>();
  #refused: ConfigProblem | undefined;
  readonly #refusedLetters = new Set<string>();
  #ended: Promise<void> | undefined;

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#deaf = options.worker.watch((event) => this.#hear(event));
  }

  start(): void {
    this.#ended ??= this.#run();
  }

  /** What was not delivered yet is delivered after the next start. */
  async close(): Promise<void> {
    this.#deaf();
    this.#stop.abort();
    await this.#ended;
    this.#outbox?.close();
    this.#outbox = undefined;
  }

  /** How it goes with each channel of the configuration. */
  states(): readonly ChannelState[] {
    const names = this.#channels.map(({ name }) => name);
    if (names.length === 0) return [];
    try {
      return this.#open().states(names);
    } catch {
      // The log says why, each minute. Whoever looks at metrics must still see everything else.
      const failedAt = this.#shutSince ?? this.#options.clock.now();
      const unknown = { waiting: 0, oldest: null, deliveredAt: null, dropped: 0 };
      const problem = "the file of notifications in the state folder cannot be used";
      return names.map((name) => ({ name, ...unknown, failedAt, problem }));
    }
  }

  get #channels(): readonly NotifyConfig[] {
    return this.#options.worker.config.notify ?? [];
  }

  #hear(event: WorkerEvent): void {
    if (event.type === "refused") this.#refused = configProblem(event.error);
    else if (event.type === "configured") this.#refused = undefined;
    else if (event.type !== "ended") return;
    this.#nudge.resolve();
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#nudge = Promise.withResolvers<void>();
      let next: number | undefined;
      try {
        next = await this.#step();
        this.#shutSince = undefined;
      } catch (error) {
        if (signal.aborted) return;
        this.#shutSince ??= clock.now();
        log.error({ error }, "notifications cannot be looked after now");
      }
      const wait = Math.min(lookEveryMs, Math.max(1_000, (next ?? Number.POSITIVE_INFINITY) - clock.now()));
      await this.#pause(wait);
    }
  }

  async #pause(ms: number): Promise<void> {
    const waiting = new AbortController();
    const until = AbortSignal.any([this.#stop.signal, waiting.signal]);
    const passed = this.#options.clock.sleep(ms, until).catch(() => {});
    await Promise.race([passed, this.#nudge.promise]);
    waiting.abort();
    await passed;
  }

  async #step(): Promise<number | undefined> {
    const channels = this.#channels;
    if (channels.length === 0) return undefined;
    const { clock, log } = this.#options;
    const outbox = this.#open();
    outbox.keepOnly(channels.map(({ name }) => name));
    this.#look(outbox);
    const carriers = new Map(channels.map((each) => [each.name, carrierOf(each, clock)]));
    return await deliverDue(
      { outbox, carriers, clock, log, refused: this.#refusedLetters },
      this.#stop.signal,
    );
  }

  /** A file of another state folder after a reload is opened then. */
  #open(): Outbox {
    const { state } = this.#options.worker.config;
    if (this.#outbox === undefined || this.#folder !== state) {
      this.#outbox?.close();
      this.#outbox = Outbox.open(state, { create: true });
      this.#folder = state;
    }
    return this.#outbox;
  }

  #look(outbox: Outbox): void {
    const { observation, clock, worker } = this.#options;
    const now = clock.now();
    const observed = observation.connections();
    for (const each of observed) {
      const told = outbox.told(subjectOf(each.config.name));
      const condition = conditionOf(each, told, { now, startedAt: worker.status().startedAt });
      this.#say(outbox, connectionNotices(condition, told, now), now);
    }
    const expiries = observation.expiries(observed);
    const isWhole = observed.every(({ isReadable }) => isReadable);
    this.#say(outbox, expiryNotices(expiries, outbox.told(expirySubject), { now, isWhole }), now);
    this.#say(outbox, configNotices(this.#refused, outbox.told(configSubject)), now);
  }

  #say(outbox: Outbox, { notices, told }: Said, now: number): void {
    if (notices.length === 0 && told.size === 0) return;
    const { randomId } = this.#options;
    outbox.say(
      now,
      told,
      notices.map((notice) => {
        const id = randomId();
        return { id, body: this.#body(id, notice, now), channels: this.#channelsFor(notice.event) };
      }),
    );
  }

  #channelsFor(event: NoticeEvent): readonly string[] {
    return this.#channels.flatMap(({ name, events }) =>
      events === undefined || events.includes(event) ? [name] : [],
    );
  }

  #body(id: string, notice: Notice, at: number): string {
    return noticeBody({ id, at, host: this.#options.host, ...notice });
  }
}

/** The document that a webhook is sent; version 1. */
export function noticeBody(notice: {
  readonly id: string;
  readonly at: number;
  readonly host: string;
  readonly event: NoticeEvent | "test";
  readonly connection: string | undefined;
  readonly title: string;
  readonly text: string;
  readonly next: string | undefined;
}): string {
  const { id, at, host, event, connection, title, text, next } = notice;
  return JSON.stringify({
    version: 1,
    id,
    event,
    at: new Date(at).toISOString(),
    host,
    connection: connection ?? null,
    title,
    message: text,
    next: next ?? null,
  });
}
