import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { entraFor, entraSection } from "./entra.ts";
import { oktaFor, oktaSection } from "./okta.ts";
import { type Sections, Site } from "./site.ts";

const main = fileURLToPath(new URL("../../bin/rollcall.js", import.meta.url));
const ends: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** A minute, of which nobody may wait for more than a few seconds. */
const WAIT_S = 60;
const AT_ONCE_MS = 10_000;

async function throttledEntra(site: Site): Promise<Sections> {
  const tenant = await entraFor(site);
  ends.push(() => tenant.stop());
  tenant.createUser({ displayName: "Ann" });
  tenant.faults.push({
    times: Number.POSITIVE_INFINITY,
    how: { type: "throttle", retryAfter: WAIT_S + 0.5 },
  });
  return entraSection(site, tenant);
}

async function throttledOkta(site: Site): Promise<Sections> {
  const okta = await oktaFor(site);
  ends.push(() => okta.stop());
  okta.users.create({ login: "ann@example.com" });
  okta.faults.push({ path: "^/api/", how: "rate limit", ms: WAIT_S * 1000 });
  return oktaSection(site, okta);
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

test.each([
  ["Entra ID", throttledEntra, "Microsoft Graph asks us to wait"],
  ["Okta", throttledOkta, "trying again"],
] as const)(
  "a process that waits because %s wants it to ends at once when it is told to stop",
  async (_, throttled, waits) => {
    const site = new Site();
    ends.push(() => site.end());
    site.configure(await throttled(site), { type: "embedded" });
    const line = [main, "sync", "--verbose", "--config", site.configuration];
    const child = spawn(process.execPath, line, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    ends.push(() => killed(child));
    let screen = "";
    const waiting = Promise.withResolvers<void>();
    for (const output of [child.stdout, child.stderr])
      output.setEncoding("utf8").on("data", (text: string) => {
        screen += text;
        if (screen.includes(waits)) waiting.resolve();
      });
    const closed = once(child, "close");
    await Promise.race([waiting.promise, closed]);
    expect(screen).toContain(waits);
    const toldAt = performance.now();
    child.kill("SIGTERM");
    expect(await closed).toEqual([143, null]);
    expect(performance.now() - toldAt).toBeLessThan(AT_ONCE_MS);
    expect(screen).toContain("staff: stopped before the end");
    expect(screen).toMatch(/Stopped after [^;]+; nothing was written\. The next sync does what is left\./);
    expect(site.ask("select * from cursor")).toEqual([]);
  },
  60_000,
);
