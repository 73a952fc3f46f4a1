import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { type ScimService, startScimService } from "../stand-ins/scim-service.ts";
import { oktaFor, oktaSection } from "./okta.ts";
import { Site } from "./site.ts";

const main = fileURLToPath(new URL("../../bin/rollcall.js", import.meta.url));
const ends: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

interface Ran {
  readonly child: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly screen: string }>;
}

function rollcall(site: Site, ...argv: readonly string[]): Ran {
  const child = spawn(process.execPath, [main, ...argv, "--config", site.configuration], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  ends.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  let screen = "";
  for (const output of [child.stdout, child.stderr])
    output.setEncoding("utf8").on("data", (text: string) => {
      screen += text;
    });
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, screen }));
  return { child, ended };
}

/** Who is to come. */
const people = 60;

test("a pause in one process stops the sync of another before its next call, and lasts until resume", async () => {
  const site = new Site();
  ends.push(() => site.end());
  const okta = await oktaFor(site);
  ends.push(() => okta.stop());
  for (let n = 0; n < people; n++) okta.users.create({ login: `u${n}@example.com` });
  const first = Promise.withResolvers<void>();
  let isSlow = true;
  const service: ScimService = await startScimService({
    onRequest: ({ method }) => {
      if (method !== "POST") return;
      service.switches.slowMs = isSlow ? 100 : 0;
      first.resolve();
    },
  });
  ends.push(() => service.stop());
  const token = { file: site.secret("app-token", service.token) };
  site.configure(oktaSection(site, okta), {
    type: "scim",
    baseUrl: service.baseUrl,
    token,
    concurrency: 1,
  });

  const sync = rollcall(site, "sync");
  expect(await Promise.race([first.promise, sync.ended])).toBeUndefined();
  const paused = await rollcall(site, "pause", "--reason", "wrong people").ended;
  expect(paused.code, paused.screen).toBe(0);
  expect(paused.screen).toContain("run 1 stops before its next write");
  const sent = service.count("POST");
  const { code, screen } = await sync.ended;
  expect(code, screen).toBe(0);
  expect(screen).toMatch(/Paused \([^)]+\): what is listed above was written/);
  const written = service.count("POST");
  expect(written).toBeLessThanOrEqual(sent + 1);
  expect(written).toBeLessThan(people);
  expect(site.ask("select outcome from run")).toEqual([{ outcome: "done" }]);
  expect((await site.rollcall("log verify")).code).toBe(0);

  const again = await site.rollcall("sync");
  expect(again.code).toBe(0);
  expect(again.said).toMatch(/Paused \([^)]+\): nothing was written/);
  expect(service.count("POST")).toBe(written);
  isSlow = false;
  service.switches.slowMs = 0;
  const resumed = await site.rollcall("resume");
  expect(resumed.said).toContain("(paused by");
  expect((await site.rollcall("sync")).said).toContain("all as it should be");
  expect(service.store.all("Users")).toHaveLength(people);
}, 60_000);
