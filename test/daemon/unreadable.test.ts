import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { conditionOf } from "../../src/daemon/notify-conditions.ts";
import { connectionNotices, expiryNotices } from "../../src/daemon/notify-transitions.ts";
import { observe } from "./observe.ts";
import { Station } from "./station.ts";

const minute = 60_000;
const start = Date.UTC(2026, 9, 10, 7);
const staff = "connections:\n  staff: { source: people }\n";

/** Who looks at the worker of a station, as after a restart: nothing was seen before. */
function look({ worker, clock }: Station) {
  const { observation, page } = observe({ worker, clock }, start);
  return {
    metrics: () => page("/metrics"),
    status: async () =>
      (JSON.parse(await page("/status.json")) as { connections: readonly unknown[] }).connections,
    /** What is said, and what is forgotten, of a connection of which this was told. */
    said(told: ReadonlyMap<string, string>) {
      const now = clock.now();
      return observation.connections().map((each) => {
        const condition = conditionOf(each, told, { now, startedAt: start });
        const { notices, told: remembered } = connectionNotices(condition, told, now);
        return { events: notices.map(({ event }) => event), told: [...remembered] };
      });
    },
    expiries: () => {
      const observed = observation.connections();
      const told = new Map([["expiry targets.app server certificate app", `${start} 7`]]);
      const isWhole = observed.every(({ isReadable }) => isReadable);
      const found = observation.expiries(observed);
      return [...expiryNotices(found, told, { now: clock.now(), isWhole }).told];
    },
  };
}

/** Until the answer is called, the snapshot is there and is none. */
function damage(station: Station): () => void {
  const file = join(station.folder, "state", "staff.db");
  renameSync(file, `${file}.aside`);
  writeFileSync(file, "this is no database, and long enough to be looked at as one".repeat(200));
  return () => {
    rmSync(file);
    renameSync(`${file}.aside`, file);
  };
}

const told = new Map([
  ["connection staff quarantine", "EncounteredQuarantineException"],
  ["connection staff hold 1", String(start)],
  ["connection staff removals", String(start)],
]);

test("a snapshot that cannot be read says nothing, and nothing is forgotten of it", async () => {
  await using station = new Station(start);
  station.configure(staff);
  await station.start();
  await station.pass(minute);
  const mend = damage(station);
  const seen = look(station);
  expect(seen.said(told)).toEqual([{ events: [], told: [] }]);
  expect(seen.expiries()).toEqual([]);
  mend();
  await station.pass(minute);
  expect(seen.said(told)).toMatchObject([{ events: ["released"] }]);
});

test("that no cycle runs is said also then, and taken back only when one is known to have come to its end", async () => {
  await using station = new Station(start);
  station.configure(staff);
  await station.start();
  const seen = look(station);
  await station.pass(minute);
  expect(seen.said(new Map())).toEqual([{ events: [], told: [] }]);
  const mend = damage(station);
  await station.pass(120 * minute);
  const [late] = seen.said(told);
  expect(late?.events).toEqual(["not-run"]);
  const since = Number(late?.told[0]?.[1]);
  expect(since).toBeGreaterThanOrEqual(start);
  expect(since).toBeLessThan(start + minute);
  const toldLate = new Map([["connection staff late", String(since)]]);
  expect(look(station).said(toldLate)).toEqual([{ events: [], told: [] }]);
  mend();
  await station.pass(40 * minute);
  expect(look(station).said(toldLate)).toMatchObject([{ events: ["running-again"] }]);
});

test("metrics show that it cannot be read, and none of what stands in it; a connection that never ran is another thing", async () => {
  await using station = new Station(start);
  station.configure(staff);
  await station.start();
  await station.pass(minute);
  const readable = await look(station).metrics();
  expect(readable).toContain('rollcall_snapshot_readable{connection="staff"} 1');
  expect(readable).toContain('rollcall_quarantined{connection="staff"} 0');
  const mend = damage(station);
  const seen = look(station);
  const text = await seen.metrics();
  expect(text).toContain('rollcall_snapshot_readable{connection="staff"} 0');
  expect(text).toContain('rollcall_cycle_interval_seconds{connection="staff"} 2400');
  expect(text).not.toMatch(/^rollcall_(quarantined|pending|held|failing|paused|unanswered|last_)\w*\{/m);
  expect(await seen.status()).toMatchObject([{ state: "unreadable", unanswered: null, pending: null }]);
  mend();

  const file = join(station.folder, "state", "staff.db");
  rmSync(file);
  const fresh = look(station);
  expect(await fresh.metrics()).toContain('rollcall_snapshot_readable{connection="staff"} 1');
  expect(await fresh.status()).toMatchObject([{ state: "never run" }]);
  mkdirSync(file);
  expect(await look(station).status()).toMatchObject([{ state: "unreadable" }]);
});
