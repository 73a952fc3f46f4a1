import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { passingTrouble } from "../../src/commands/passing-trouble.ts";
import { ConfigurationError, ConnectionError } from "../../src/errors.ts";
import { Desk } from "../commands/desk.ts";

let desk: Desk;
const servers: Server[] = [];
beforeEach(() => {
  desk = new Desk();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
  desk[Symbol.dispose]();
});

/** It has nothing to do if it comes so far as to start. */
const start = () => desk.run("daemon --quiet", { signal: AbortSignal.abort() });

test("an address that another program has may be free later: the daemon ends with 1, and is started again", async () => {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  desk.configure(`metrics: { listen: "127.0.0.1:${port}" }\nconnections:\n  staff: { source: people }\n`);
  const { code, err } = await start();
  expect(err).toContain(`metrics.listen: 127.0.0.1:${port} cannot be listened to: another program has it`);
  expect(code).toBe(1);
});

test("a state folder that cannot be opened may be there later", async () => {
  const lock = join(desk.folder, "state", ".daemon.lock");
  mkdirSync(lock, { recursive: true });
  const { code, err } = await start();
  expect(err).toContain("cannot take the lock");
  expect(code).toBe(1);
  rmSync(lock, { recursive: true });
});

test("a wrong configuration stays wrong, and so does an address that nobody may have", async () => {
  writeFileSync(desk.file, "connections: 1\n");
  expect((await start()).code).toBe(2);
  const of = (code: string) =>
    passingTrouble(new ConfigurationError("x", { cause: Object.assign(new Error("y"), { code }) }));
  for (const code of ["EACCES", "ENOENT", "SQLITE_CORRUPT"])
    expect(of(code)).toBeInstanceOf(ConfigurationError);
  for (const code of ["EADDRNOTAVAIL", "ENOSPC", "EROFS", "SQLITE_IOERR_WRITE", "SQLITE_READONLY_DIRECTORY"])
    expect(of(code)).toBeInstanceOf(ConnectionError);
  expect(passingTrouble(new ConfigurationError("x"))).toBeInstanceOf(ConfigurationError);
});
