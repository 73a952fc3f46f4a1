import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import type { SyslogConfig } from "../../src/config/config.ts";
import { deliverAudit } from "../../src/daemon/deliver-audit.ts";
import { TransientError } from "../../src/errors.ts";
import { AuditStream } from "../../src/store/audit-stream.ts";
import { sharedTls } from "../stand-ins/entra/authority.ts";
import { LogServer } from "../stand-ins/log-server.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();
const servers: { close(): void }[] = [];

afterEach(() => {
  for (const each of servers.splice(0)) each.close();
});

function logServer(): LogServer {
  const server = new LogServer();
  servers.push(server);
  return server;
}

function bodyOf(message: string): Record<string, unknown> {
  return JSON.parse(message.slice(message.indexOf("\ufeff") + 1)) as Record<string, unknown>;
}

async function lived(): Promise<World> {
  const w = world({ policy: { existingAccounts: "adopt" } });
  w.directory.person("ann", { title: "Bo\u202ess\n<0>" }).person("ben").group("team", ["ann"]);
  await w.sync();
  return w;
}

function deliver(w: World, to: Partial<SyslogConfig>): Promise<number> {
  const syslog = {
    transport: "tcp",
    host: "127.0.0.1",
    port: 0,
    facility: 13,
    values: false,
    caFile: undefined,
    timeoutMs: 3_000,
    ...to,
  } as const;
  const about = { version: "1.2.3", signal: new AbortController().signal };
  return deliverAudit({ audit: { keepMs: undefined, syslog }, state: w.folder }, "staff", about);
}

async function tcp(): Promise<{ server: LogServer; port: number }> {
  const server = logServer();
  const port = await server.listen(createServer({ allowHalfOpen: true }, server.listener), {
    port: 0,
    host: "127.0.0.1",
  });
  return { server, port };
}

describe("the audit trail at a log server", () => {
  test("is all of it, in order, as RFC 5424 has it, without values of people", async () => {
    const w = await lived();
    const { server, port } = await tcp();
    const sent = await deliver(w, { port });
    expect(sent).toBeGreaterThan(6);
    expect(server.messages).toHaveLength(sent);
    expect(server.messages[0]).toMatch(
      /^<110>1 \d{4}-\d\d-\d\dT[\d:.]+Z \S+ rollcall \d+ attempt \[origin software="rollcall" swVersion="1\.2\.3"\]\[meta sequenceId="1"\] \ufeff\{/,
    );
    expect(server.messages.map((each) => bodyOf(each)["seq"])).toEqual(
      Array.from({ length: sent }, (_, at) => at + 1),
    );
    expect(bodyOf(server.messages[0] ?? "")).toMatchObject({
      connection: "staff",
      event: "attempt",
      action: "create",
      changed: expect.arrayContaining(["userName", "title"]),
    });
    expect(server.messages.join("")).not.toMatch(/ann@example|Bo/);
  });

  test("goes on where it ended, and sends nothing twice", async () => {
    const w = await lived();
    const { server, port } = await tcp();
    await deliver(w, { port });
    const before = server.messages.length;
    expect(await deliver(w, { port })).toBe(0);
    w.directory.person("ann", { title: "Chief" });
    await w.sync();
    expect(await deliver(w, { port })).toBe(2);
    expect(server.messages.slice(before).map((each) => bodyOf(each)["seq"])).toEqual([
      before + 1,
      before + 2,
    ]);
  });

  test("with values it is safe for every screen", async () => {
    const w = await lived();
    const { server, port } = await tcp();
    await deliver(w, { port, values: true });
    const all = server.messages.join("");
    expect(all).toContain("ann@example.com");
    expect(all).not.toMatch(/[\n\u202e]/);
    expect(all).toMatch(/"title":"Bo/);
  });

  test("a server that breaks off before it has read everything gets all of it again", async () => {
    const w = await lived();
    const { server, port } = await tcp();
    server.behave = (socket, n) => {
      if (n === 1) socket.once("data", () => socket.resetAndDestroy());
    };
    await expect(deliver(w, { port })).rejects.toThrow(TransientError);
    const sent = await deliver(w, { port });
    expect(server.messages.map((each) => bodyOf(each)["seq"])[0]).toBe(1);
    expect(server.messages).toHaveLength(sent);
  });

  test("a server that takes everything and never says that it has read it counts as one that is away", async () => {
    const w = await lived();
    const { server, port } = await tcp();
    server.behave = (socket) => socket.removeAllListeners("end");
    await expect(deliver(w, { port, timeoutMs: 300 })).rejects.toThrow(
      /127\.0\.0\.1:\d+ did not answer in time/,
    );
    const stream = AuditStream.open(w.folder, "staff");
    expect(stream.next(1)[0]?.seq).toBe(1);
    stream.close();
  });

  test("a server that is away is said, and nothing is lost", async () => {
    const w = await lived();
    const { server, port } = await tcp();
    server.close();
    await expect(deliver(w, { port })).rejects.toThrow(/refuses connections/);
    const again = logServer();
    const other = await again.listen(createServer({ allowHalfOpen: true }, again.listener), {
      port: 0,
      host: "127.0.0.1",
    });
    const sent = await deliver(w, { port: other });
    expect(again.messages).toHaveLength(sent);
    expect(server.messages).toEqual([]);
  });

  test("over TLS the server shows who it is, or gets nothing", async () => {
    const w = await lived();
    const { certificate: cert, key, ca } = await sharedTls();
    const server = logServer();
    const port = await server.listen(createTlsServer({ cert, key, allowHalfOpen: true }, server.listener), {
      port: 0,
      host: "127.0.0.1",
    });
    const caFile = join(w.folder, "ca.pem");
    writeFileSync(caFile, ca);
    const to = { transport: "tls", host: "localhost", port } as const;
    await expect(deliver(w, to)).rejects.toThrow(/certificate that is not trusted/);
    expect(server.messages).toEqual([]);
    const sent = await deliver(w, { ...to, caFile });
    expect(server.messages).toHaveLength(sent);
  });

  test("goes to a unix socket and as datagrams too", async () => {
    const w = await lived();
    const server = logServer();
    const host = join(w.folder, "log.sock");
    await server.listen(createServer({ allowHalfOpen: true }, server.listener), { path: host });
    const sent = await deliver(w, { transport: "unix", host });
    expect(server.messages).toHaveLength(sent);

    const other = await lived();
    const socket = createSocket("udp4");
    servers.push(socket);
    const datagrams: string[] = [];
    socket.on("message", (bytes) => datagrams.push(bytes.toString("utf8")));
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", () => resolve()));
    const n = await deliver(other, { transport: "udp", port: socket.address().port });
    await expect.poll(() => datagrams.length).toBe(n);
    expect(datagrams[0]).toMatch(/^<110>1 /);
  });

  test("two processes at once send everything once", async () => {
    const w = await lived();
    const { server, port } = await tcp();
    const sent = await Promise.all([deliver(w, { port }), deliver(w, { port })]);
    expect(sent.filter((n) => n === 0)).toHaveLength(1);
    expect(server.messages).toHaveLength(Math.max(...sent));
  });
});
