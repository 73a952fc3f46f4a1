import { afterEach, expect, test } from "vitest";
import type { Report } from "../../src/sync/report.ts";
import { type ScimService, startScimService } from "../stand-ins/scim-service.ts";
import { openScim } from "../targets/open-scim.ts";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();
const running: ScimService[] = [];

afterEach(async () => {
  for (const each of running.splice(0)) await each.stop();
});

const generous = { neverHoldBelow: 10_000 } as const;

/** A world whose target is a SCIM service with so many seats. */
async function withSeats(
  seats: number,
  options: WorldOptions = {},
): Promise<{ readonly w: World; readonly service: ScimService }> {
  const service = await startScimService({ switches: { seats } });
  running.push(service);
  const w = world({
    limits: generous,
    capabilities: { concurrency: 2 },
    ...options,
    target: async (clock) => {
      const opened = await openScim(service, { clock });
      return { ...opened.api, probe: (signal) => opened.api.probe(signal), close: () => opened.close() };
    },
  });
  return { w, service };
}

const noSeat = {
  how: "answer",
  status: 403,
  headers: { "content-type": "application/scim+json" },
  body: JSON.stringify({ detail: "No more seats" }),
} as const;

const active = ({ store }: ScimService) =>
  store.all("Users").filter((each) => each["active"] !== false).length;
const creations = (w: World) => w.calls.filter((call) => call.method === "create").length;
const waiting = (report: Report) => report.waiting.seats;

/** What a later run asks of the target. */
async function nextRun(w: World): Promise<Report> {
  w.clock.pass(40 * 60_000);
  w.calls.length = 0;
  return w.sync();
}

test("people for whom there is no seat wait; they are not failing, and nobody is asked for in vain", async () => {
  const { w, service } = await withSeats(5);
  w.directory.people("p", 40).person("zoe", { manager: "p0001" });
  const report = await w.sync();
  expect(report).toMatchObject({ outcome: "failing", applied: { create: 5 } });
  expect(report.waiting).toMatchObject({ seats: 36, failing: 0, givenUp: 0, unknown: 0 });
  expect(report.failures).toEqual([]);
  expect(creations(w)).toBeLessThanOrEqual(8);
  expect(active(service)).toBe(5);
});

test("a later cycle asks for one of them only, and never looks up the others", async () => {
  const { w } = await withSeats(5);
  w.directory.people("p", 40);
  await w.sync();
  for (let n = 0; n < 10; n++) {
    expect(waiting(await nextRun(w))).toBe(35);
    expect(w.calls.length).toBeLessThanOrEqual(5);
    expect(creations(w)).toBe(1);
    w.clock.pass(24 * 3_600_000);
  }
}, 60_000);

test("somebody new joins those who wait without being asked for", async () => {
  const { w } = await withSeats(2);
  w.directory.people("p", 4);
  await w.sync();
  w.directory.person("zoe");
  expect(waiting(await nextRun(w))).toBe(3);
  expect(creations(w)).toBe(1);
});

test("when seats were bought, everybody gets in in one cycle", async () => {
  const { w, service } = await withSeats(5);
  w.directory.people("p", 40);
  await w.sync();
  service.switches.seats = 100;
  const report = await nextRun(w);
  expect(report).toMatchObject({ outcome: "done", applied: { create: 35 } });
  expect(waiting(report)).toBe(0);
  expect(active(service)).toBe(40);
});

test("a seat that a leaver gives back is taken in the same cycle", async () => {
  const { w, service } = await withSeats(6);
  w.directory.people("p", 8);
  await w.sync();
  w.directory.person("p0000", { enabled: false }).person("p0001", { enabled: false });
  const report = await nextRun(w);
  expect(report).toMatchObject({ outcome: "done", applied: { deactivate: 2, create: 2 } });
  expect(active(service)).toBe(6);
});

for (const effect of [true, false])
  test(`a leaver whose deactivation got no answer gives the seat back in the same cycle (${effect ? "it" : "the next call"} had an effect)`, async () => {
    const { w, service } = await withSeats(6, { settleMs: 1000 });
    w.directory.people("p", 8);
    await w.sync();
    w.directory.person("p0000", { enabled: false });
    service.switches.faults.push({ method: "PATCH", path: "/Users", times: 1, how: "lose", effect });
    // Until the answer is known there is no seat: the first who asks is refused.
    if (effect) service.switches.faults.push({ method: "POST", times: 1, ...noSeat });
    expect(await nextRun(w)).toMatchObject({ applied: { deactivate: 1, create: 1 } });
  });

test("somebody who comes back waits for a seat like somebody new", async () => {
  const { w, service } = await withSeats(3);
  w.directory.people("p", 3);
  await w.sync();
  w.directory.person("p0000", { enabled: false });
  await w.sync();
  w.directory.person("zoe");
  await w.sync();
  w.directory.person("p0000", { enabled: true, title: "Back" });
  const report = await nextRun(w);
  expect(report).toMatchObject({ outcome: "failing", applied: {} });
  expect(report.waiting).toMatchObject({ seats: 1, failing: 0 });
  service.switches.seats = 4;
  expect(await nextRun(w)).toMatchObject({ outcome: "done", applied: { reactivate: 1 } });
});

test("who waits for a seat is never given up, and updates and leavers go on meanwhile", async () => {
  const { w, service } = await withSeats(3);
  w.directory.people("p", 5);
  await w.sync();
  for (let day = 0; day < 40; day++) {
    w.clock.pass(24 * 3_600_000);
    await w.sync();
  }
  w.directory.person("p0000", { title: "Engineer" });
  const report = await nextRun(w);
  expect(report.applied).toEqual({ update: 1 });
  expect(report.waiting).toMatchObject({ seats: 2, givenUp: 0 });
  service.switches.seats = 5;
  expect((await nextRun(w)).outcome).toBe("done");
}, 60_000);

test("who waits and leaves is nobody's business any more", async () => {
  const { w } = await withSeats(3);
  w.directory.people("p", 5);
  await w.sync();
  w.directory.remove("p0003").person("p0004", { enabled: false });
  expect(await nextRun(w)).toMatchObject({ outcome: "done", applied: {} });
});

test("the first of those who wait may be refused for another reason: the next is asked for", async () => {
  const { w, service } = await withSeats(3);
  w.directory.people("p", 6);
  await w.sync();
  service.switches.seats = 10;
  service.switches.faults.push({ method: "POST", path: "/Users", times: 1, how: "answer", status: 400 });
  const report = await nextRun(w);
  expect(report).toMatchObject({ applied: { create: 2 } });
  expect(report.waiting).toMatchObject({ seats: 0, failing: 1 });
});

test("many who wait for a seat never look like a target that is down", async () => {
  const { w } = await withSeats(0);
  w.directory.people("p", 60);
  expect(await w.sync()).toMatchObject({ outcome: "failing", problem: undefined, quarantine: undefined });
});

test("who waits for a seat counts toward no limit: new people are not held because of them", async () => {
  const { w, service } = await withSeats(40, { limits: {} });
  w.directory.people("p", 100);
  await w.sync();
  w.clock.pass(25 * 3_600_000);
  w.directory.people("q", 5);
  service.switches.seats = 200;
  expect(await nextRun(w)).toMatchObject({ outcome: "done", holds: [], applied: { create: 65 } });
});
