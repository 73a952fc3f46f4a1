import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const main = fileURLToPath(new URL("../../bin/rollcall.js", import.meta.url));

let folder: string;
let silentServer: Server;
let connections: number;
const children: ChildProcess[] = [];

/** A domain controller that takes a connection and never says a word. */
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-process-"));
  connections = 0;
  silentServer = createServer((socket) => {
    connections += 1;
    silentServer.emit("met");
    socket.on("error", () => {});
  });
  silentServer.listen(0, "127.0.0.1");
  await once(silentServer, "listening");
  const { port } = silentServer.address() as AddressInfo;
  writeFileSync(join(folder, "pw"), "secret", { mode: 0o600 });
  writeFileSync(
    join(folder, "rollcall.yaml"),
    `state: ./state
sources:
  ad: { type: active-directory, url: "ldaps://127.0.0.1:${port}", bindDn: x, bindPassword: { file: pw } }
connections:
  staff: { source: ad }
`,
  );
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
  silentServer.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(...argv: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [main, ...argv, "--config", join(folder, "rollcall.yaml")], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  return child;
}

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("a sync that is stopped by %s exits %i, and the next one may start", async (signal, code) => {
  const child = start("sync");
  await once(silentServer, "met");
  child.kill(signal);
  const [exitCode] = await once(child, "exit");
  expect(exitCode).toBe(code);
  const status = start("status", "--json");
  let out = "";
  status.stdout?.on("data", (chunk: Buffer) => {
    out += chunk.toString();
  });
  await once(status, "close");
  expect(JSON.parse(out)).toMatchObject({ connections: [{ state: "interrupted" }] });
});

test("two syncs of one connection do not run at once: the second exits 75 and reads nothing", async () => {
  const first = start("sync");
  await once(silentServer, "met");
  const [exitCode] = await once(start("sync"), "exit");
  expect(exitCode).toBe(75);
  expect(connections).toBe(1);
  first.kill("SIGTERM");
  await once(first, "exit");
});

test("a reader that goes away is no error", async () => {
  const child = start("--help");
  child.stdout?.destroy();
  let err = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  const [exitCode] = await once(child, "close");
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
});

test("who asks for the version, the help or the status loads nothing heavy", async () => {
  const configuration = join(folder, "rollcall.yaml");
  const id = "8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33";
  const app = "{ type: scim, baseUrl: 'https://app.example.com', token: { env: TOKEN } }";
  const entra = `{ type: entra, tenantId: ${id}, clientId: ${id}, clientSecret: { env: SECRET } }`;
  writeFileSync(
    configuration,
    `state: ./state\nsources: { entra: ${entra} }\ntargets: { app: ${app} }\nconnections: { staff: { source: entra, target: app } }\n`,
  );
  const hook = join(folder, "hook.mjs");
  writeFileSync(
    hook,
    `import { registerHooks } from "node:module";
const seen = new Set();
registerHooks({ load: (url, context, next) => { const name = /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(url)?.[1]; if (name) seen.add(name); return next(url, context); } });
process.on("exit", () => process.stderr.write(JSON.stringify([...seen])));`,
  );
  const each = [
    { argv: ["--version"], loads: [] },
    { argv: ["--help"], loads: ["commander"] },
    { argv: ["status", "--config", configuration], loads: ["better-sqlite3", "commander", "yaml", "zod"] },
  ];
  for (const { argv, loads } of each) {
    const child = spawn(process.execPath, ["--import", hook, main, ...argv], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    children.push(child);
    let err = "";
    child.stderr.on("data", (chunk: Buffer) => {
      err += chunk.toString();
    });
    await once(child, "close");
    expect((JSON.parse(err) as string[]).toSorted()).toEqual(loads);
  }
});
