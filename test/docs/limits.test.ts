import { expect, test } from "vitest";
import { type World, worlds } from "../world.ts";
import { type Change, Managed } from "./managed.ts";
import { checkTable, table } from "./tables.ts";

const file = new URL("../../docs/limits.md", import.meta.url);
const world = worlds();

const SIZES = [0, 1, 2, 3, 12, 50, 500, 100_000];
const columns: readonly (readonly [title: string, change: Change])[] = [
  ["deactivations", "deactivations"],
  ["deletions", "deletions"],
  ["removals from one group of all", "member-removals"],
  ["new accounts", "creations"],
  ["renamed", "identifier-changes"],
  ["values cleared", "cleared-values"],
];

const HOUR = 3_600_000;
const CYCLES_A_DAY = 20;
const DAYS = 7;

/** Every day people leave, a few in each of 20 cycles, until the guards hold the next one, who then stays: how many are left after each day. */
async function bleed(w: World, people: number): Promise<readonly number[]> {
  const ids = Array.from({ length: people }, (_, at) => `p${at}`);
  for (const id of ids) w.directory.person(id);
  await w.sync();
  w.clock.pass(48 * HOUR);
  const left: number[] = [];
  for (let day = 0; day < DAYS; day++) {
    w.clock.pass(24 * HOUR);
    let isHeld = ids.length === 0;
    for (let cycle = 0; cycle < CYCLES_A_DAY; cycle++) {
      w.clock.pass(HOUR / 2);
      for (let n = Math.ceil(people / 200); n > 0 && !isHeld; n -= 1) {
        const leavers = ids.slice(0, n);
        for (const id of leavers) w.directory.person(id, { enabled: false });
        const { outcome } = await w.sync();
        if (outcome === "done") {
          ids.splice(0, leavers.length);
          break;
        }
        for (const id of leavers) w.directory.person(id, { enabled: true });
        isHeld = n === 1;
      }
    }
    left.push(ids.length);
  }
  return left;
}

const shown = (n: number) => n.toLocaleString("en-GB");

async function oneCycle(): Promise<string> {
  const rows: string[][] = [];
  for (const people of SIZES) {
    const managed = await Managed.open(world(), people);
    const most = columns.map(([, change]) => {
      const n = managed.most(change);
      return n === undefined ? (change === "creations" || people === 0 ? "any" : "all") : shown(n);
    });
    rows.push([shown(people), ...most]);
    await managed.close();
  }
  return table(["people managed", ...columns.map(([title]) => title)], rows, "right");
}

async function oneWeek(): Promise<string> {
  const rows: string[][] = [];
  for (const people of [2, 3, 12, 50, 500]) {
    const left = await bleed(world(), people);
    rows.push([shown(people), ...left.map(shown)]);
  }
  const days = Array.from({ length: DAYS }, (_, at) => `day ${at + 1}`);
  return table(["people managed", ...days], rows, "right");
}

test("docs/limits.md says what goes in one cycle", async () => {
  checkTable(file, "one cycle", await oneCycle());
}, 120_000);

test("docs/limits.md says what goes in a week in which nobody looks", async () => {
  checkTable(file, "one week", await oneWeek());
}, 120_000);

test.each([
  [2, 2],
  [0, 0],
])("of 12 people, with neverHoldBelow %i, %i go", async (neverHoldBelow, go) => {
  const managed = await Managed.open(world({ limits: { neverHoldBelow } }), 12);
  expect(managed.held("deactivations", go)).toBeUndefined();
  expect(managed.held("deactivations", go + 1)).toContain(`${go + 1} of 12 people would be deactivated`);
  await managed.close();
});
