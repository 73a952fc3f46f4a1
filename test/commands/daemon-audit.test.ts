import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openAuditDelivery } from "../../src/commands/daemon-audit.ts";
import type { CompanionContext } from "../../src/commands/daemon-companions.ts";
import { silent } from "../../src/log.ts";
import { LogServer } from "../stand-ins/log-server.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();

/** A daemon that goes on when it is told to; it sends to a port of this machine. */
async function daemon(w: World, connections: readonly string[], port: number) {
  const said: string[] = [];
  const waits: (() => void)[] = [];
  const syslog = {
    ...{ transport: "tcp", host: "127.0.0.1", port, facility: 13, values: false, timeoutMs: 2_000 },
  };
  const config = { audit: { syslog }, state: w.folder, connections: connections.map((name) => ({ name })) };
  const sleep = (_ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      waits.push(resolve);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  const say = (_: unknown, message: string) => said.push(message);
  const context = {
    invocation: { io: { clock: { now: () => 0, sleep } } },
    worker: { config },
    log: { ...silent, warn: say, info: say },
  } as unknown as CompanionContext;
  const companion = await openAuditDelivery(context);
  return {
    said,
    syslog,
    /** Waits until it has looked so often. */
    looked: (n: number) => expect.poll(() => waits.length).toBe(n),
    goOn: () => waits.at(-1)?.(),
    [Symbol.asyncDispose]: () => companion.close(new AbortController().signal),
  };
}

async function lived(): Promise<World> {
  const w = world({ policy: { existingAccounts: "adopt" } });
  w.directory.person("ann");
  await w.sync();
  return w;
}

const servers: LogServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function logServer() {
  const server = new LogServer();
  servers.push(server);
  const listener = createServer({ allowHalfOpen: true }, server.listener);
  return { server, port: await server.listen(listener, { port: 0, host: "127.0.0.1" }) };
}

test("a daemon sends the trail on by itself, says once that the log server is away and once that it is back", async () => {
  const w = await lived();
  const { server, port } = await logServer();
  await using one = await daemon(w, ["staff"], 1);
  await one.looked(1);
  one.goOn();
  await one.looked(2);
  one.syslog.port = port;
  one.goOn();
  await one.looked(3);
  expect(server.messages).toHaveLength(2);
  expect(one.said).toHaveLength(2);
  expect(one.said[0]).toMatch(/the audit trail is not sent on: .*nothing is lost/);
  expect(one.said[1]).toBe("the log server takes the audit trail again");
});

test("a snapshot that cannot be read keeps back none of the others, and is said once", async () => {
  const w = await lived();
  const { server, port } = await logServer();
  writeFileSync(join(w.folder, "broken.db"), "this is no database".repeat(500));
  await using one = await daemon(w, ["broken", "staff"], port);
  await one.looked(1);
  expect(server.messages).toHaveLength(2);
  one.goOn();
  await one.looked(2);
  expect(one.said).toEqual([expect.stringMatching(/^the audit trail of broken is not sent on: /)]);
  rmSync(join(w.folder, "broken.db"));
  one.goOn();
  await one.looked(3);
  expect(one.said.slice(1)).toEqual(["the audit trail is sent on again"]);
});

test("what a connection has still to send goes also when the configuration names it no more", async () => {
  const w = await lived();
  const { server, port } = await logServer();
  await using one = await daemon(w, [], port);
  await one.looked(1);
  expect(server.messages).toHaveLength(2);
  expect(one.said).toEqual([]);
});
