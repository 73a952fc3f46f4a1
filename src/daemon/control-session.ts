import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import type { Files } from "../files.ts";
import type { Log } from "../log.ts";
import { actorOf } from "./control-actor.ts";
import { remoteFiles } from "./control-files.ts";
import type { Host } from "./control-host.ts";
import { LineReader, lineOf, piecesOf } from "./control-lines.ts";
import { proven } from "./control-proof.ts";
import { type FromDaemon, greetingMs, type Hello, protocol } from "./control-protocol.ts";
import { type Answer, fromClient, type RunRequest, type Size } from "./control-requests.ts";
import type { Access, GuestOutput, Seat } from "./control-seat.ts";

/** So many bytes may wait for a reader; who does not read is let go. */
const mostWaiting = 32 * 1024 * 1024;

/** Who takes nothing for so long, or does not answer for a file, is gone, ms. */
const stalledMs = 300_000;

/** What a session is opened with. */
export interface SessionOptions {
  /** The socket's path, and what those may do who come by it. */
  readonly path: string;
  readonly may: Access;
  readonly about: Pick<Hello, "version" | "config">;
  readonly host: Host;
  readonly log: Log;
  /** How long a client may take to say what it wants, ms. */
  readonly greetingMs?: number;
  /** How long it may take to do something with a file, ms. */
  readonly fileMs?: number;
  /** Runs one command line and gives its exit code; throws nothing. */
  readonly run: (argv: readonly string[], seat: Seat) => Promise<number>;
}

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** One client: from the greeting to the exit code of its command. */
export class Session {
  /** Resolves when the command has ended and the socket is closed. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #options: SessionOptions;
  readonly #lines = new LineReader();
  readonly #nonce = randomBytes(32).toString("hex");
  readonly #stop = new AbortController();
  readonly #abort = new AbortController();
  readonly #lost = new AbortController();
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  readonly #resized = new Set<() => void>();
  readonly #holds = new Set<string>();
  #sizes: { readonly stdout: Size; readonly stderr: Size } = { stdout: {}, stderr: {} };
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(socket: Socket, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#onClose();
        void Promise.resolve(this.#running).then(resolve);
      });
    });
    // What goes wrong with a socket also closes it.
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    this.#later(options.greetingMs ?? greetingMs);
    this.#send({ type: "hello", protocol, pid: process.pid, nonce: this.#nonce, ...options.about });
  }

  /** Ends the command after what is under way, as a Ctrl-C does. */
  stop(): void {
    this.#stop.abort();
    if (this.#running === undefined) this.#socket.destroy();
  }

  /** Ends it at once, as a second Ctrl-C does. */
  hurry(): void {
    this.stop();
    this.#abort.abort();
  }

  /** Nobody is talked to any more; the command ends with that, unless it has a connection's turn. */
  cut(): void {
    this.#socket.destroy();
  }

  /** True while its command works with a connection. */
  get isWorking(): boolean {
    return this.#holds.size > 0;
  }

  #onData(chunk: Buffer): void {
    try {
      for (const line of this.#lines.push(chunk)) this.#take(line);
    } catch {
      this.#refuse("this is not what a rollcall command says to the daemon");
    }
  }

  #take(line: Buffer): void {
    const message = fromClient.parse(JSON.parse(line.toString("utf8")));
    if (this.#running === undefined && message.type === "run") {
      clearTimeout(this.#timer);
      this.#running = this.#run(message, Buffer.from(line));
    } else if (message.type === "answer") {
      this.#waiting.get(message.id)?.resolve(message);
      this.#waiting.delete(message.id);
    } else if (message.type === "stop") {
      if (this.#stop.signal.aborted) this.hurry();
      else this.stop();
    } else if (message.type === "size") {
      this.#sizes = message;
      for (const listener of this.#resized) listener();
    } else throw new Error("a second command");
  }

  async #run(request: RunRequest, line: Buffer): Promise<void> {
    const { path, may, host, run, log } = this.#options;
    const uid =
      request.proof === undefined ? undefined : await proven(path, request.proof, this.#nonce, line);
    const actor = await actorOf(request, uid);
    this.#sizes = request;
    const code = await run(request.argv, {
      stdout: this.#output("stdout", "out", request.stdout.isTerminal),
      stderr: this.#output("stderr", "err", request.stderr.isTerminal),
      environment: request.environment,
      signal: this.#stop.signal,
      abort: this.#abort.signal,
      ask: request.asks ? (question) => this.#ask(question) : undefined,
      guest: {
        actor,
        may,
        host,
        what: `a command of ${actor}`,
        holds: this.#holds,
        files: this.#files(),
        lost: this.#lost.signal,
        leaveUnanswered: () => this.#leaveUnanswered(),
      },
    });
    if (this.#lost.signal.aborted) log.debug({ exitCode: code }, "a command ended that nobody waits for");
    this.#send({ type: "exit", code });
    this.#end();
  }

  #output(name: "stdout" | "stderr", type: "out" | "err", isTerminal: boolean): GuestOutput {
    const size = () => this.#sizes[name];
    return {
      isTerminal,
      get columns() {
        return size().columns;
      },
      get rows() {
        return size().rows;
      },
      onResize: (listener) => {
        this.#resized.add(listener);
        return () => this.#resized.delete(listener);
      },
      write: (text) => {
        for (const piece of piecesOf(text)) this.#send({ type, text: piece });
      },
      drained: () => this.#drained(),
    };
  }

  #send(message: FromDaemon): void {
    const socket = this.#socket;
    if (!socket.writable) return;
    if (socket.writableLength > mostWaiting) socket.destroy();
    else socket.write(lineOf(message));
  }

  async #drained(): Promise<void> {
    const socket = this.#socket;
    if (!socket.writable || !socket.writableNeedDrain) return;
    this.#later(stalledMs);
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off("drain", done);
        socket.off("close", done);
        resolve();
      };
      socket.once("drain", done);
      socket.once("close", done);
    });
    clearTimeout(this.#timer);
  }

  async #ask(question: string): Promise<string> {
    const unasked = () => this.#leaveUnanswered();
    this.#stop.signal.addEventListener("abort", unasked);
    try {
      const answer = await this.#answer((id) => ({ type: "ask", id, question }));
      return answer.text ?? "";
    } finally {
      this.#stop.signal.removeEventListener("abort", unasked);
    }
  }

  #files(): Files {
    return remoteFiles(async (request) => {
      const limit = setTimeout(() => this.#socket.destroy(), this.#options.fileMs ?? stalledMs);
      try {
        return await this.#answer((id) => ({ type: "file", id, ...request }));
      } finally {
        clearTimeout(limit);
      }
    });
  }

  #answer(message: (id: number) => FromDaemon): Promise<Answer> {
    const id = this.#asked++;
    return new Promise<Answer>((resolve, reject) => {
      if (this.#lost.signal.aborted) {
        reject(brokenOff());
        return;
      }
      this.#waiting.set(id, {
        reject,
        resolve: (answer) => (answer.error === undefined ? resolve(answer) : reject(errorOf(answer.error))),
      });
      this.#send(message(id));
    });
  }

  #refuse(message: string, hint?: string): void {
    this.#send({ type: "refused", message, hint });
    this.#end();
  }

  /** What waits is still sent, for a while. */
  #end(): void {
    this.#socket.destroySoon();
    this.#later(stalledMs);
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#socket.destroy(), ms);
  }

  #onClose(): void {
    clearTimeout(this.#timer);
    this.#lost.abort();
    this.#leaveUnanswered();
  }

  #leaveUnanswered(): void {
    for (const { reject } of this.#waiting.values()) reject(brokenOff());
    this.#waiting.clear();
  }
}

/** As readline ends a question: nobody answers it any more. */
function brokenOff(): Error {
  return Object.assign(new Error("nobody is there any more"), { name: "AbortError" });
}

function errorOf({ code, syscall, message }: NonNullable<Answer["error"]>): Error {
  if (code === "ABORTED") return brokenOff();
  return Object.assign(new Error(message), { code, syscall });
}
