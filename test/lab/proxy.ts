import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/**
 * Stands between a client and a server and does what networks do: cuts, delays, refuses, goes silent. It listens on a free port
 * of the server's own address, so that a certificate for that address still fits.
 */
export class TcpProxy {
  readonly host: string;
  /** Connections that were accepted so far. */
  connections = 0;
  /** Bytes passed on so far. */
  bytesToServer = 0;
  bytesToClient = 0;
  #port = 0;
  readonly #target: Endpoint;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #bytesLeft = Number.POSITIVE_INFINITY;
  #delayMs = 0;
  #silent = false;

  constructor(target: Endpoint) {
    this.#target = target;
    this.host = target.host;
  }

  get port(): number {
    return this.#port;
  }

  /** Lets `bytes` more pass from the server to the client (all connections together), then closes them and every later one. */
  cutAfter(bytes: number): void {
    this.#bytesLeft = bytes;
  }

  /** Holds back everything that the server says for `ms` milliseconds. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Takes connections and bytes, and passes nothing on any more. */
  goSilent(): void {
    this.#silent = true;
  }

  /** Drops all connections and refuses new ones. */
  async refuse(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, "close");
    server.close();
    await closed;
  }

  /** Ends every fault; connections are taken again, on the same port. */
  async heal(): Promise<void> {
    this.#bytesLeft = Number.POSITIVE_INFINITY;
    this.#delayMs = 0;
    this.#silent = false;
    if (this.#server === undefined) await this.#listen();
  }

  /** Starts taking connections; called by `startProxy`. */
  async #listen(): Promise<void> {
    const server = createServer((client) => this.#join(client));
    server.listen(this.#port, this.host);
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    await this.refuse();
  }

  #join(client: Socket): void {
    this.connections++;
    const server = connect(this.#target.port, this.#target.host);
    this.#keep(client, server);
    this.#keep(server, client);
    client.on("data", (bytes: Buffer) => {
      if (this.#silent) return;
      this.bytesToServer += bytes.length;
      server.write(bytes);
    });
    server.on("data", (bytes: Buffer) => {
      if (this.#delayMs === 0) this.#passOn(bytes, client, server);
      else setTimeout(() => this.#passOn(bytes, client, server), this.#delayMs);
    });
    client.on("end", () => server.end());
    server.on("end", () => client.end());
  }

  #passOn(bytes: Buffer, client: Socket, server: Socket): void {
    if (this.#silent || client.destroyed) return;
    const part = bytes.subarray(0, Math.min(bytes.length, this.#bytesLeft));
    this.#bytesLeft -= part.length;
    this.bytesToClient += part.length;
    if (part.length > 0) client.write(part);
    if (part.length < bytes.length) {
      client.destroySoon();
      server.destroy();
    }
  }

  #keep(socket: Socket, other: Socket): void {
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.on("error", () => other.destroy());
    socket.on("close", () => {
      this.#sockets.delete(socket);
      if (!this.#silent) other.destroySoon();
    });
  }
}

/** A proxy in front of `target`, ready for connections. */
export async function startProxy(target: Endpoint): Promise<TcpProxy> {
  const proxy = new TcpProxy(target);
  await proxy.heal();
  return proxy;
}
