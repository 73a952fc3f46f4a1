import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A loopback address of one's own (127.64.0.0 to 127.127.255.255, no set-up needed on Linux) on which nobody listens at any of
 * `ports`. For servers whose ports cannot be chosen; several test files do this at once, hence the wide random choice.
 */
export async function freeLoopbackAddress(ports: readonly number[]): Promise<string> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const part = (from: number, count: number): number => from + Math.floor(Math.random() * count);
    const address = `127.${part(64, 64)}.${part(0, 256)}.${part(1, 254)}`;
    const free = await Promise.all(ports.map((port) => canListen(address, port)));
    if (free.every(Boolean)) return address;
  }
  throw new Error(`no loopback address with free ports ${ports.join(", ")}`);
}

async function canListen(address: string, port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, address);
    await once(server, "listening");
    return true;
  } catch (error) {
    // Without root this process may not ask for low ports; the server that it starts may.
    return (error as NodeJS.ErrnoException).code === "EACCES";
  } finally {
    server.close();
  }
}
