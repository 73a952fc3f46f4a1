import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";

/** A log server: what it has read to the end of each connection. `behave` may do something worse. */
export class LogServer {
  readonly #sockets = new Set<Socket>();
  readonly #servers: Server[] = [];
  readonly messages: string[] = [];
  connections = 0;
  behave: (socket: Socket, n: number) => void = () => {};

  listener = (socket: Socket) => {
    this.#sockets.add(socket);
    this.connections += 1;
    const chunks: Buffer[] = [];
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("error", () => {});
    socket.on("end", () => {
      this.messages.push(...unframed(Buffer.concat(chunks)));
      socket.end();
    });
    this.behave(socket, this.connections);
  };

  close(): void {
    for (const each of this.#sockets) each.destroy();
    for (const each of this.#servers) each.close();
  }

  async listen(server: Server, where: { port: number; host: string } | { path: string }): Promise<number> {
    this.#servers.push(server);
    server.listen(where);
    await once(server, "listening");
    const address = server.address();
    return typeof address === "string" ? 0 : ((address as AddressInfo | null)?.port ?? 0);
  }
}

/** Octet counting: length, a space, the message. */
function unframed(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString("latin1", at, space));
    if (!(length > 0)) throw new Error(`no length at byte ${at}`);
    found.push(bytes.toString("utf8", space + 1, space + 1 + length));
    at = space + 1 + length;
  }
  return found;
}
