import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { conditionOf } from "../../src/daemon/notify-conditions.ts";
import { connectionNotices } from "../../src/daemon/notify-transitions.ts";
import { takeLock } from "../../src/store/lock.ts";
import { observe } from "./observe.ts";
import { Station } from "./station.ts";

const minute = 60_000;
const hour = 60 * minute;
const start = Date.UTC(2026, 9, 10, 7);
const locks: { release(): void }[] = [];
afterEach(() => {
  for (const lock of locks.splice(0)) lock.release();
});

/** Who looks at the worker of a station. */
function look({ worker, clock }: Station) {
  const { observation, page } = observe({ worker, clock }, start);
  return {
    /** How long the cycle has been due, ms; negative: until it is. */
    async late(): Promise<number> {
      const [, shown] =
        /^rollcall_cycle_due_timestamp_seconds\{.*\} (.*)$/m.exec(await page("/metrics")) ?? [];
      const status = JSON.parse(await page("/status.json")) as { connections: { dueAt: string }[] };
      expect(Date.parse(status.connections[0]?.dueAt ?? "")).toBe(Number(shown) * 1000);
      return clock.now() - Number(shown) * 1000;
    },
    /** What persons would be told, had they not been told of anything yet. */
    events(startedAt = worker.status().startedAt): readonly string[] {
      return observation.connections().flatMap((each) => {
        const condition = conditionOf(each, new Map(), { now: clock.now(), startedAt });
        return connectionNotices(condition, new Map(), clock.now()).notices.map(({ event }) => event);
      });
    },
  };
}

const lockOf = (station: Station) => {
  const lock = takeLock(join(station.folder, "state", "staff.lock"), "staff");
  locks.push(lock);
  return lock;
};

test("cycles that another process keeps from running are late, and after three it is said", async () => {
  await using station = new Station(start);
  station.configure("connections:\n  staff: { source: people }\n");
  await station.start();
  await station.pass(39 * minute);
  const seen = look(station);
  expect(await seen.late()).toBe(-minute);
  const lock = lockOf(station);
  await station.pass(2 * hour);
  expect(await seen.late()).toBe(2 * hour - minute);
  expect(seen.events()).toEqual([]);
  await station.pass(2 * minute);
  expect(seen.events()).toEqual(["not-run"]);
  // After a restart everything has its time again.
  expect(seen.events(station.clock.now())).toEqual([]);
  lock.release();
  await station.pass(minute);
  expect(await seen.late()).toBeLessThan(0);
  expect(seen.events()).toEqual([]);
});

test("a cycle that takes long is late for a scrape, but nobody is told that it does not run", async () => {
  await using station = new Station(start);
  station.configure("connections:\n  staff: { source: people, every: 10m }\n");
  station.readSlowly(hour);
  await station.start();
  const seen = look(station);
  await station.pass(50 * minute);
  expect(await seen.late()).toBe(40 * minute);
  expect(seen.events()).toEqual([]);
});

test("a night without a window is nobody's delay, a window that went by is one", async () => {
  await using station = new Station(start);
  station.configure('connections:\n  staff: { source: people, windows: ["* 7 * * *"], timezone: UTC }\n');
  await station.start();
  await station.pass(2 * hour);
  const seen = look(station);
  expect(await seen.late()).toBe(-22 * hour);
  lockOf(station);
  await station.pass(30 * hour);
  expect(await seen.late()).toBe(8 * hour);
  expect(seen.events()).toEqual(["not-run"]);
});
