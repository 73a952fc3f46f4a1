import { once } from "node:events";
import { createConnection, type Socket } from "node:net";
import { LineReader, lineOf } from "../daemon/control-lines.ts";
import type { FromDaemon, Hello } from "../daemon/control-protocol.ts";
import type { FromClient } from "../daemon/control-requests.ts";
import { ConnectionError } from "../errors.ts";

/** A daemon in the middle of a large piece of work does not answer at once, ms. */
const patienceMs = 30_000;

/** The client's end of the control socket. */
export class Line implements AsyncIterable<FromDaemon> {
  readonly #socket: Socket;
  readonly #messages: AsyncGenerator<FromDaemon>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#messages = messagesOf(socket);
  }

  /** Throws what the file system says: ENOENT, ECONNREFUSED (nobody listens), EACCES. */
  static async open(path: string): Promise<Line> {
    const socket = createConnection(path);
    await once(socket, "connect");
    return new Line(socket);
  }

  /** What the daemon says first. Throws ConnectionError where it says nothing, or something else. */
  async hello(path: string): Promise<Hello> {
    const timer = setTimeout(() => this.#socket.destroy(), patienceMs);
    try {
      const { value } = await this.#messages.next();
      if (value?.type === "hello") return value;
      if (value?.type === "refused") throw new ConnectionError(value.message, { hint: value.hint ?? "" });
    } finally {
      clearTimeout(timer);
    }
    throw new ConnectionError(`what listens on ${path} does not answer as a daemon does`, {
      hint: "see how it is with `systemctl status rollcall`; restart it if it hangs",
    });
  }

  send(message: FromClient): void {
    this.sendLine(lineOf(message));
  }

  sendLine(line: string): void {
    if (this.#socket.writable) this.#socket.write(line);
  }

  [Symbol.asyncIterator](): AsyncIterator<FromDaemon> {
    // Left early, it must not end the generator: the greeting is read apart from the rest.
    return { next: () => this.#messages.next() };
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Ends when the daemon is gone. */
async function* messagesOf(socket: Socket): AsyncGenerator<FromDaemon> {
  const lines = new LineReader();
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>)
      for (const line of lines.push(chunk)) yield JSON.parse(line.toString("utf8")) as FromDaemon;
  } catch {
    // A reset, or what no daemon says: both are the end.
  }
}
