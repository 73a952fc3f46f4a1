import type { Socket } from "node:net";
import {
  BerReader,
  type BindRequest,
  type ExtendedRequest,
  ExtendedResponse,
  MessageParser,
  type MessageResponse,
  SearchReference,
  type SearchRequest,
  UnbindRequest,
} from "ldapts";
import { ProtocolError, TransientError } from "../../../errors.ts";
import { Entry } from "./entry.ts";
import { Messages } from "./messages.ts";
import { type Outcome, printable } from "./result-code.ts";

type Request = BindRequest | ExtendedRequest | SearchRequest;

interface Pending {
  readonly message: Request;
  /** Runs while the server is silent; stopped while it is us who wait. */
  timer: NodeJS.Timeout | undefined;
  /** Entries that came and were not taken yet; only a search has any. */
  entries: Entry[];
  outcome: Outcome | undefined;
  failure: unknown;
  /** Wakes whoever waits for more. */
  wake: () => void;
}

/** With this many entries that nobody took yet, we stop reading from the socket, and the server has to wait until they are taken. */
const HIGH_WATER = 1000;

/** The tag of an entry that a search found (RFC 4511 4.5.2). */
const SEARCH_ENTRY = 0x64;

const LOST =
  "the next sync reads from there again; if this stays, look at the network in between and at the domain controller's event log";

/**
 * LDAP messages over one socket (RFC 4511), with the message codec of ldapts. Its Client is not used because it re-opens a lost
 * connection without a login, keeps all entries of an answer in memory and may wait for ever. A wire does none of that:
 * it is opened once, hands entries on as they come, and once it is closed, for whatever reason, it stays closed.
 */
export class Wire {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #answerTimeoutMs: number;
  readonly #messages = new Messages();
  readonly #parser = new MessageParser();
  readonly #pending = new Map<string, Pending>();
  #lastId = 0;
  #closed: unknown;
  #paused = false;

  /** `answerTimeoutMs`: how long the server may stay silent while we wait for it. */
  constructor(socket: Socket, host: string, answerTimeoutMs: number) {
    this.#socket = socket;
    this.#host = host;
    this.#answerTimeoutMs = answerTimeoutMs;
    this.#parser.on("message", (message) => this.#received(message));
    this.#parser.on("error", (cause) => this.#garbled(cause));
    socket.on("data", this.#read);
    socket.on("error", this.#failed);
    socket.on("close", this.#gone);
  }

  get isOpen(): boolean {
    return this.#closed === undefined;
  }

  /** Sends a request with a single answer (bind, StartTLS). */
  async exchange(create: (messageId: number) => Request, signal: AbortSignal): Promise<Outcome> {
    const answer = this.stream(create, signal);
    for (;;) {
      const next = await answer.next();
      if (next.done === true) return next.value;
    }
  }

  /** Sends a request and yields its entries as they come, many at a time; returns how it ended. Leaving early closes the wire. */
  async *stream(
    create: (messageId: number) => Request,
    signal: AbortSignal,
  ): AsyncGenerator<readonly Entry[], Outcome> {
    const [id, pending] = this.#send(create, signal);
    const abort = () => this.#end(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      for (;;) {
        if (pending.entries.length > 0) {
          const { entries } = pending;
          pending.entries = [];
          yield entries;
          if (pending.entries.length === 0) this.#resume();
        } else if (pending.failure !== undefined) {
          throw pending.failure;
        } else if (pending.outcome !== undefined) {
          return pending.outcome;
        } else {
          await new Promise<void>((resolve) => {
            pending.wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener("abort", abort);
      clearTimeout(pending.timer);
      this.#pending.delete(id);
      if (pending.outcome === undefined || pending.entries.length > 0) {
        this.#end(new TransientError(`${this.#host}: reading was stopped`, { outcome: "none" }));
      }
    }
  }

  /** Takes the socket back, for StartTLS. Nothing that came in clear text is looked at any more. */
  release(): Socket {
    this.#socket.off("data", this.#read);
    this.#socket.off("error", this.#failed);
    this.#socket.off("close", this.#gone);
    this.#closed = new TransientError(`${this.#host}: this connection went over to TLS`, { outcome: "none" });
    return this.#socket;
  }

  /** Says goodbye and closes. */
  close(): void {
    if (this.isOpen && this.#socket.writable) {
      this.#socket.write(new UnbindRequest({ messageId: this.#nextId() }).write());
    }
    this.#end(new TransientError(`${this.#host}: the connection was closed`, { outcome: "none" }));
  }

  #send(create: (messageId: number) => Request, signal: AbortSignal): [string, Pending] {
    signal.throwIfAborted();
    if (this.#closed !== undefined) throw this.#closed;
    const messageId = this.#nextId();
    const message = create(messageId);
    const pending: Pending = {
      message,
      timer: undefined,
      entries: [],
      outcome: undefined,
      failure: undefined,
      wake: () => {},
    };
    this.#pending.set(String(messageId), pending);
    this.#watch(pending);
    this.#socket.write(message.write());
    // Whoever sends wants an answer, also when an earlier one is held back.
    this.#resume();
    return [String(messageId), pending];
  }

  #nextId(): number {
    this.#lastId = (this.#lastId % 0x7ffffffe) + 1;
    return this.#lastId;
  }

  readonly #read = (data: Buffer): void => {
    try {
      this.#messages.take(data, (message) => this.#open(message));
    } catch (cause) {
      this.#garbled(cause);
    }
  };

  /** Entries are most of what comes, and are read here; everything else is read by the library. */
  #open(message: Buffer): void {
    if (this.#closed !== undefined) return;
    const reader = new BerReader(message);
    reader.readSequence();
    const id = reader.readInt();
    if (reader.peek() !== SEARCH_ENTRY) {
      this.#parser.read(message, this.#pending);
      return;
    }
    const pending = this.#pending.get(String(id));
    if (pending === undefined) return;
    reader.readSequence();
    pending.entries.push(new Entry(reader));
    pending.timer?.refresh();
    if (pending.entries.length >= HIGH_WATER && this.#pending.size === 1) this.#pause(pending);
    pending.wake();
  }

  #garbled(cause: unknown): void {
    this.#end(new ProtocolError(`${this.#host} sent something that is not LDAP`, { cause }));
  }

  readonly #failed = (cause: Error): void => {
    this.#end(
      new TransientError(`the connection to ${this.#host} broke`, { outcome: "none", cause, hint: LOST }),
    );
  };

  readonly #gone = (): void => {
    this.#end(
      new TransientError(`${this.#host} closed the connection before its answer was complete`, {
        outcome: "none",
        hint: LOST,
      }),
    );
  };

  #received(message: MessageResponse): void {
    const pending = this.#pending.get(String(message.messageId));
    if (pending === undefined) {
      if (message.messageId === 0 && message instanceof ExtendedResponse) this.#dismissed(message);
      return;
    }
    pending.timer?.refresh();
    if (!(message instanceof SearchReference)) {
      // References to other servers are not followed: other domains are other sources.
      const { status, errorMessage, controls } = message;
      pending.outcome = { code: status, diagnostic: errorMessage, controls: controls ?? [] };
      clearTimeout(pending.timer);
    }
    pending.wake();
  }

  /** Notice of Disconnection (RFC 4511 4.4.1): the only message that a server sends unasked. */
  #dismissed(notice: ExtendedResponse): void {
    const said = printable(notice.errorMessage);
    this.#end(
      new TransientError(`${this.#host} ended the connection (LDAP result ${notice.status}, ${said})`, {
        outcome: "none",
      }),
    );
  }

  #silent(): void {
    const seconds = Math.round(this.#answerTimeoutMs / 1000);
    this.#end(new TransientError(`${this.#host} did not answer for ${seconds} s`, { outcome: "none" }));
  }

  #watch(pending: Pending): void {
    clearTimeout(pending.timer);
    if (pending.outcome === undefined) {
      pending.timer = setTimeout(() => this.#silent(), this.#answerTimeoutMs);
    }
  }

  #pause(pending: Pending): void {
    this.#paused = true;
    clearTimeout(pending.timer);
    this.#socket.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    for (const pending of this.#pending.values()) this.#watch(pending);
    this.#socket.resume();
  }

  #end(reason: unknown): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#socket.off("data", this.#read);
    // An error of a socket that we gave up says nothing new, but without a listener it would end the process.
    this.#socket.on("error", () => {});
    this.#socket.destroySoon();
    for (const pending of this.#pending.values()) {
      clearTimeout(pending.timer);
      if (pending.outcome === undefined) pending.failure = reason;
      pending.wake();
    }
  }
}
