import { writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { startScimService } from "../stand-ins/scim-service.ts";
import { DaemonSite } from "./daemon-process.ts";

const staff = { source: "cloud" };
const pending = "select count(*) as n from resource where pending";
const inDoubt = "select count(*) as n from resource where doubt is not null";

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(5);
}

test("SIGTERM while calls are under way lets them come to their end, sends no more, and exits 0 with nothing in doubt", async () => {
  await using site = await DaemonSite.open(120);
  const service = await startScimService({ switches: { slowAnswerMs: 700 } });
  await using _ = { [Symbol.asyncDispose]: () => service.stop() };
  const app = { type: "scim", baseUrl: service.baseUrl, token: { env: "APP_TOKEN" } };
  site.configure({ targets: { app }, connections: { staff: { ...staff, target: "app" } } });
  const daemon = site.start(["daemon"], { APP_TOKEN: service.token });
  await until(() => service.count("POST") > 0);
  const told = performance.now();
  expect(await daemon.kill("SIGTERM")).toEqual([0, null]);
  expect(performance.now() - told).toBeLessThan(15_000);
  const created = service.store.all("Users").length;
  expect(created).toBe(service.count("POST"));
  expect(site.ask(inDoubt)).toEqual([{ n: 0 }]);
  expect(site.ask(pending)).toEqual([{ n: 120 - created }]);
  expect(created).toBeLessThan(120);
  expect(site.ask("select outcome from run")).toEqual([{ outcome: "interrupted" }]);
  expect(daemon.lines.at(-1)?.msg).toBe("the daemon has ended");

  // What was left is made up for as soon as it starts again, and then the clock goes on.
  service.switches.slowAnswerMs = 0;
  const again = site.start(["daemon"], { APP_TOKEN: service.token });
  await again.said("cycle ended");
  expect(site.ask(pending)).toEqual([{ n: 0 }]);
  expect(service.store.all("Users")).toHaveLength(120);
  expect(await again.kill("SIGTERM")).toEqual([0, null]);
}, 120_000);

test("calls that get no answer are cut off after the stop time-out, and they alone are in doubt", async () => {
  await using site = await DaemonSite.open(40);
  const service = await startScimService({
    onRequest: ({ method }) => {
      if (method === "POST") service.switches.slowAnswerMs = 60_000;
    },
  });
  await using _ = { [Symbol.asyncDispose]: () => service.stop() };
  const app = { type: "scim", baseUrl: service.baseUrl, token: { env: "APP_TOKEN" } };
  site.configure({
    daemon: { stopTimeout: "1s" },
    targets: { app },
    connections: { staff: { ...staff, target: "app" } },
  });
  const daemon = site.start(["daemon"], { APP_TOKEN: service.token });
  await until(() => service.count("POST") > 0);
  await setTimeout(200);
  const sent = service.count("POST");
  const told = performance.now();
  const ended = await daemon.kill("SIGTERM");
  const tookMs = performance.now() - told;
  expect(ended).toEqual([0, null]);
  expect(tookMs).toBeGreaterThan(900);
  expect(tookMs).toBeLessThan(12_000);
  expect(daemon.lines.map(({ msg }) => msg)).toContain(
    "what is under way does not end by itself: its calls are cut off",
  );
  expect(service.count("POST")).toBe(sent);
  expect(site.ask(inDoubt)).toEqual([{ n: sent }]);
}, 120_000);

test("SIGHUP has a changed file looked at: a sound one is in use at once, a broken one never", async () => {
  await using site = await DaemonSite.open(3);
  site.configure({ connections: { staff } });
  const daemon = site.start();
  await daemon.said("cycle ended");
  site.configure({ connections: { staff, crew: staff } });
  daemon.child.kill("SIGHUP");
  await daemon.said("the changed configuration is in use");
  writeFileSync(site.file, "connections: [");
  daemon.child.kill("SIGHUP");
  await daemon.said("the changed configuration is not taken: the one before stays in use");
  expect(await daemon.kill("SIGTERM")).toEqual([0, null]);
}, 120_000);

test("a second daemon in the same state folder ends with 75, and the first one goes on", async () => {
  await using site = await DaemonSite.open(1);
  site.configure({ connections: { staff } });
  const first = site.start();
  await first.said("cycle ended");
  const second = site.start();
  expect(await second.exited).toEqual([75, null]);
  expect(second.errors).toContain("another daemon works in the state folder");
  expect(await first.kill("SIGINT")).toEqual([0, null]);
}, 120_000);

test("killed at any moment and started anew, a daemon repeats no cycle, shifts none, and never runs two", async () => {
  await using site = await DaemonSite.open(30);
  site.configure({ connections: { staff: { ...staff, every: "2s" } } });
  let seed = 7;
  for (let n = 0; n < 4; n++) {
    const daemon = site.start();
    await daemon.said("the daemon runs");
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    await setTimeout(100 + (seed % 2500));
    expect(await daemon.kill("SIGKILL")).toEqual([null, "SIGKILL"]);
  }
  const last = site.start();
  await last.said("cycle ended", 2);
  expect(await last.kill("SIGTERM")).toEqual([0, null]);
  interface Run {
    readonly trigger: string;
    readonly begin: number;
    readonly end: number | null;
  }
  const runs = site.ask<Run>(
    'select "trigger", started_at as begin, finished_at as end from run order by id',
  );
  const [schedule] = site.ask<{ value: string }>("select value from meta where key = 'schedule'");
  const { due } = JSON.parse(schedule?.value ?? "{}") as { due: number };
  // How late each began after a whole interval; one that makes up for a cut one begins when the process does.
  const late = runs.map(({ begin }) => (((begin - due) % 2000) + 2000) % 2000);
  const intervals = new Set(runs.map(({ begin }) => Math.floor((begin - due) / 2000)));
  console.log(
    `${runs.length} cycles in ${intervals.size} intervals; ${runs.filter(({ end }) => end === null).length} cut by a kill; late by ${late.join(", ")} ms`,
  );
  expect(runs.length).toBeGreaterThan(3);
  for (const [n, { begin }] of runs.entries()) {
    const before = runs[n - 1];
    if (before?.end !== null && before !== undefined) expect(begin).toBeGreaterThanOrEqual(before.end);
  }
  // In one interval at most its own cycle and one that makes up for a cut one.
  expect(runs.length - intervals.size).toBeLessThanOrEqual(runs.filter(({ end }) => end === null).length);
  expect(
    new Set(site.ask<{ t: string }>("select target_id as t from resource where kind = 'user'")).size,
  ).toBe(30);
}, 180_000);
