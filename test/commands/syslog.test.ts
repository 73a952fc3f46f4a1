import { createServer } from "node:net";
import { expect, test } from "vitest";
import { LogServer } from "../stand-ins/log-server.ts";
import { Desk } from "./desk.ts";

test("a sync by hand sends what it wrote into the audit trail on, and a log server that is away changes nothing of it", async () => {
  using desk = new Desk();
  const server = new LogServer();
  const port = await server.listen(createServer({ allowHalfOpen: true }, server.listener), {
    port: 0,
    host: "127.0.0.1",
  });
  try {
    desk.configure(
      `audit: { syslog: { url: "tcp://127.0.0.1:${port}", timeout: 2s } }\nconnections:\n  staff:\n    source: people\n`,
    );
    desk.directory.person("ann");
    expect((await desk.run("sync")).code).toBe(0);
    expect(server.messages).toHaveLength(2);
    server.close();
    desk.directory.person("ben");
    const { code, err } = await desk.run("sync");
    expect(code).toBe(0);
    expect(err).toContain("the audit trail is not sent on");
    expect(err).toContain("nothing of it is lost");
  } finally {
    server.close();
  }
});

test("what is no address of a log server is an error with its place", async () => {
  using desk = new Desk();
  for (const url of ["http://a", "tcp://", "tls://host:port", "unix:relative"]) {
    desk.configure(`audit: { syslog: { url: "${url}" } }\nconnections:\n  staff:\n    source: people\n`);
    const { code } = await desk.run("validate");
    expect([url, code]).toEqual([url, 2]);
    expect(desk.screen).toContain("expected tls://host:port");
  }
  desk.configure("audit: { keep: 3d }\nconnections:\n  staff:\n    source: people\n");
  expect((await desk.run("validate")).code).toBe(2);
  expect(desk.screen).toContain("at least 30d, or forever");
});
