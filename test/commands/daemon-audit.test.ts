import { createServer } from "node:net";
import { expect, test } from "vitest";
import { openAuditDelivery } from "../../src/commands/daemon-audit.ts";
import type { CompanionContext } from "../../src/commands/daemon-companions.ts";
import { silent } from "../../src/log.ts";
import { LogServer } from "../stand-ins/log-server.ts";
import { worlds } from "../world.ts";

const world = worlds();

test("a daemon sends the trail on by itself, says once that the log server is away and once that it is back", async () => {
  const w = world({ policy: { existingAccounts: "adopt" } });
  w.directory.person("ann");
  await w.sync();
  const server = new LogServer();
  const port = await server.listen(createServer({ allowHalfOpen: true }, server.listener), {
    port: 0,
    host: "127.0.0.1",
  });
  const said: string[] = [];
  const waits: (() => void)[] = [];
  const syslog = {
    transport: "tcp",
    host: "127.0.0.1",
    port: 1,
    facility: 13,
    values: false,
    timeoutMs: 2_000,
  };
  const config = { audit: { syslog }, state: w.folder, connections: [{ name: "staff" }] };
  const context = {
    invocation: {
      io: {
        clock: {
          now: () => 0,
          sleep: (_ms: number, signal: AbortSignal) =>
            new Promise<void>((resolve, reject) => {
              waits.push(resolve);
              signal.addEventListener("abort", () => reject(signal.reason));
            }),
        },
      },
    },
    worker: { config },
    log: {
      ...silent,
      warn: (_: unknown, message: string) => said.push(message),
      info: (_: unknown, message: string) => said.push(message),
    },
  } as unknown as CompanionContext;
  const companion = await openAuditDelivery(context);
  try {
    for (const round of [1, 2]) {
      await expect.poll(() => waits.length).toBe(round);
      if (round === 2) syslog.port = port;
      waits.at(-1)?.();
    }
    await expect.poll(() => server.messages.length).toBe(2);
    await expect.poll(() => said.length).toBe(2);
    expect(said[0]).toMatch(/the audit trail is not sent on: .*nothing is lost/);
    expect(said[1]).toBe("the log server takes the audit trail again");
  } finally {
    await companion.close(new AbortController().signal);
    server.close();
  }
});
