import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { Outbox } from "../../src/store/outbox.ts";
import { Desk } from "./desk.ts";

const desks: Desk[] = [];
const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  for (const desk of desks.splice(0)) desk[Symbol.dispose]();
});

async function receiver(status: number): Promise<{ readonly url: string; readonly heard: string[] }> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => heard.push(chunk.toString("utf8")));
    request.on("end", () => response.writeHead(status).end());
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, heard };
}

function desk(rest: string): Desk {
  const one = new Desk();
  desks.push(one);
  writeFileSync(join(one.folder, "key"), "0123456789abcdef0123456789abcdef", { mode: 0o600 });
  one.configure(`connections:\n  staff: { source: people }\n${rest}`);
  return one;
}

test("test --notify sends everybody a test message and says who took it", async () => {
  const [good, bad] = [await receiver(204), await receiver(403)];
  const one = desk(`notify:
  good: { type: webhook, url: "${good.url}", secret: { file: key } }
  bad: { type: webhook, url: "${bad.url}", secret: { file: key } }
`);
  const { code, out } = await one.run("test --notify");
  expect(code).toBe(1);
  expect(out).toContain("✓ good (webhook): a test message was taken");
  expect(out).toMatch(/✗ bad \(webhook\): 127\.0\.0\.1:\d+ refuses the message \(403\)/);
  expect(JSON.parse(good.heard[0] ?? "")).toMatchObject({ version: 1, event: "test", connection: null });
  const json = JSON.parse((await one.run("test --notify --json")).out) as object;
  expect(json).toMatchObject({
    kind: "TestNotification",
    ok: false,
    channels: [{ ok: true }, { ok: false }],
  });
});

test("with nobody to tell it says what to add", async () => {
  const { code, err } = await desk("").run("test --notify");
  expect(code).toBe(2);
  expect(err).toContain("add a webhook or a mail address under notify:");
});

test("test and status name what ends soon, and test also what ends later", async () => {
  const one = desk("");
  one.configure(`targets:
  app: { type: scim, baseUrl: "http://127.0.0.1:9/", token: { env: APP_TOKEN, expires: 2026-11-20 } }
  later: { type: scim, baseUrl: "http://127.0.0.1:9/later", token: { env: LATER, expires: 2027-11-20 } }
connections:
  staff: { source: people, target: app }
  more: { source: people, target: later }
`);
  const status = await one.run("status");
  expect(status.out).toContain(
    "! targets.app.token: the secret of APP_TOKEN expires on 2026-11-20 (in 18 days)",
  );
  expect(status.out).not.toContain("LATER");
  const document = JSON.parse((await one.run("status --json")).out) as { readonly expiries: unknown };
  expect(document.expiries).toMatchObject([
    { place: "targets.app.token", what: "secret", daysLeft: 18 },
    { place: "targets.later.token", what: "secret" },
  ]);
});

test("status names a channel through which nothing goes, and since when", async () => {
  const one = desk(`notify:
  on-call: { type: webhook, url: "https://hooks.example.com/x", secret: { file: key } }
`);
  expect((await one.run("status")).out).not.toContain("notify.");
  const outbox = Outbox.open(join(one.folder, "state"), { create: true });
  const now = one.clock.now();
  outbox.say(now, new Map(), [{ id: "a", body: "{}", channels: ["on-call"] }]);
  const problem = "hooks.example.com refuses connections";
  outbox.failed({ id: "a", channel: "on-call" }, { at: now, problem, nextAt: now + 1 });
  outbox.close();
  one.clock.pass(2 * 3_600_000);
  const { out } = await one.run("status", { columns: 80 });
  expect(out.replace(/\s+/g, " ")).toContain(
    "notify.on-call: nothing gets through since 2 h ago: hooks.example.com refuses connections; 1 notification waits",
  );
});
