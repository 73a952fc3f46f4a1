import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls, getCACertificates } from "node:tls";
import { ConfigurationError, TransientError } from "../errors.ts";
import { undelivered } from "./delivery.ts";

/** Where messages go. */
export interface SyslogServer {
  readonly transport: "udp" | "tcp" | "tls" | "unix";
  /** Of a unix socket its path. */
  readonly host: string;
  readonly port: number;
  readonly caFile: string | undefined;
  /** For all messages of one call. */
  readonly timeoutMs: number;
}

/** What one datagram holds at most (RFC 5426 3.2: what fits into UDP over IPv4). */
const largestDatagram = 65_507;

/**
 * Hands messages over, in order. Over a connection they count as taken when the server has closed its side in good order after ours: it has then read
 * everything. Nothing else tells (RFC 6587 and 5425 know no answers), so each call has a connection of its own. Of datagrams nobody knows. Throws
 * TransientError: some of them may have been taken, and are to be sent again.
 */
export async function sendSyslog(
  server: SyslogServer,
  messages: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  if (messages.length === 0) return;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(server.timeoutMs)]);
  try {
    if (server.transport === "udp") await sendDatagrams(server, messages, limit);
    else await sendStream(open(server), messages, limit);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ConfigurationError) throw error;
    throw wordsFor(server, limit.aborted ? limit.reason : error);
  }
}

function wordsFor({ transport, host, port }: SyslogServer, error: unknown): TransientError {
  const name = transport === "unix" ? host : `${host}:${port}`;
  if (error instanceof Error && "code" in error && error.code === "EPROTOTYPE")
    return new TransientError(
      `${name} is a datagram socket, to which only programs of the system can write`,
      {
        outcome: "none",
        cause: error,
        hint: "let the log server listen on udp://127.0.0.1:514 or on a stream socket",
      },
    );
  return undelivered(`the log server ${name}`, error);
}

function open({ transport, host, port, caFile }: SyslogServer): Socket {
  if (transport === "unix") return connect({ path: host });
  if (transport === "tcp") return connect({ host, port });
  return connectTls({
    host,
    port,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ca: [...getCACertificates("default"), ...getCACertificates("system"), ...authoritiesIn(caFile)],
    minVersion: "TLSv1.2",
  });
}

function authoritiesIn(file: string | undefined): readonly string[] {
  if (file === undefined) return [];
  try {
    return [readFileSync(file, "utf8")];
  } catch (cause) {
    throw new ConfigurationError(`audit.syslog.ca: the file ${file} cannot be read`, { cause });
  }
}

/** Each message with its length in front (RFC 6587 3.4.1, RFC 5425 4.3). */
async function sendStream(socket: Socket, messages: readonly string[], signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const give = () => socket.destroy(new DOMException("too late", "AbortError"));
  signal.addEventListener("abort", give);
  if (signal.aborted) give();
  let isRead = false;
  socket.on("error", reject);
  socket.on("end", () => {
    isRead = socket.writableFinished;
  });
  socket.on("close", () => {
    if (isRead) resolve();
    else reject(Object.assign(new Error("closed before everything was read"), { code: "ECONNRESET" }));
  });
  socket.resume();
  try {
    for (const message of messages) {
      const bytes = Buffer.from(message, "utf8");
      socket.write(`${bytes.length} `);
      if (!socket.write(bytes)) await Promise.race([once(socket, "drain"), promise]);
    }
    socket.end();
    await promise;
  } finally {
    signal.removeEventListener("abort", give);
    promise.catch(() => {});
    socket.destroy();
  }
}

async function sendDatagrams(
  { host, port }: SyslogServer,
  messages: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const socket = createSocket({ type: isIP(host) === 6 ? "udp6" : "udp4" });
  try {
    // A server that is not there says so only to a socket that is connected.
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.connect(port, host, () => resolve());
    });
    for (const message of messages) {
      signal.throwIfAborted();
      const bytes = Buffer.from(message, "utf8").subarray(0, largestDatagram);
      await new Promise<void>((resolve, reject) => {
        socket.once("error", reject);
        socket.send(bytes, (error) => (error === null ? resolve() : reject(error)));
      });
      socket.removeAllListeners("error");
    }
  } finally {
    socket.on("error", () => {});
    socket.close();
  }
}
