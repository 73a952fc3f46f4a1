import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Announcements, Newcomer } from "../../src/store/announcements.ts";
import { Claims } from "../../src/store/claims.ts";

const minute = 60_000;
const start = 100 * minute;

let folder: string;
let opened: Claims[];
let cloud: Announcements;
let staff: Announcements;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-announcements-"));
  opened = ["cloud", "staff"].map((connection) => Claims.open(folder, "app", connection));
  [cloud, staff] = opened.map((each) => each.announcements) as [Announcements, Announcements];
});

/** Both have read their directories before. */
function know(): void {
  for (const each of opened) each.recordSnapshot("some lineage", 1);
}

/** Everything that was written down about names. */
function names(): number {
  const db = new Database(join(folder, "targets", "app.db"), { readonly: true });
  const count = db.prepare("select count(*) from announcement").pluck().get() as number;
  db.close();
  return count;
}

afterEach(() => {
  for (const each of opened) each.close();
  rmSync(folder, { recursive: true, force: true });
});

const ann = (lookedAt: number, userName = "ann@example.com"): Newcomer => ({
  kind: "user",
  names: { userName },
  lookedAt,
});

test("who looked before another's call was answered has to look again; who looks afterwards has not", () => {
  expect(cloud.make(start, [ann(start - 5)])).toEqual([]);
  // In flight: nobody knows whether a look has seen its effect.
  expect(staff.make(start + 10, [ann(start + 9)])).toHaveLength(1);
  cloud.end(start + 20);
  expect(staff.make(start + 30, [ann(start + 15)])).toHaveLength(1);
  expect(staff.make(start + 40, [ann(start + 35)])).toEqual([]);
});

test("names are compared without regard to case, by attribute and kind", () => {
  know();
  cloud.make(start, [ann(start)]);
  const asGroup: Newcomer = { ...ann(start), kind: "group" };
  const byMail: Newcomer = { ...ann(start), names: { 'emails[type eq "work"].value': "ann@example.com" } };
  expect(staff.make(start, [ann(start, "Ann@Example.COM"), asGroup, byMail, ann(start, "ben")])).toHaveLength(
    1,
  );
});

test("one's own announcement keeps nobody: a creation that failed is tried again", () => {
  cloud.make(start, [ann(start)]);
  expect(cloud.make(start + 1, [ann(start)])).toEqual([]);
});

test("who was refused has announced nothing", () => {
  cloud.make(start, [ann(start)]);
  staff.make(start + 1, [ann(start)]);
  cloud.end(start + 2);
  expect(cloud.make(start + 3, [ann(start)])).toEqual([]);
});

test("an announcement of a process that died is forgotten after an hour, and one of a clock that was ahead at once", () => {
  know();
  cloud.make(start, [ann(start)]);
  expect(staff.make(start + 59 * minute, [ann(start + 58 * minute)])).toHaveLength(1);
  expect(staff.make(start + 61 * minute, [ann(start + 60 * minute)])).toEqual([]);
  cloud.make(start + 600 * minute, [ann(start, "ben")]);
  expect(staff.make(start + 62 * minute, [ann(start, "ben")])).toEqual([]);
});

test("who has the target to itself names nobody; whoever comes meanwhile takes that for anybody, and afterwards they name each other", () => {
  cloud.make(start, [ann(start), ann(start, "ben")]);
  expect(names()).toBe(0);
  expect(staff.isUnderWay(start + 1, "user", "userName", "anybody")).toBe(true);
  // Looked before the answers, whether it asks before or after them.
  expect(staff.make(start + 2, [ann(start + 1, "ben"), ann(start + 1, "eve")])).toHaveLength(2);
  cloud.end(start + 3);
  expect(staff.isUnderWay(start + 4, "user", "userName", "anybody")).toBe(false);
  expect(staff.make(start + 4, [ann(start + 2, "ben")])).toHaveLength(1);
  // From now on there are two, and what the first created before it knew still counts.
  expect(cloud.make(start + 5, [ann(start + 5, "joe")])).toEqual([]);
  expect(staff.make(start + 6, [ann(start + 2, "ben"), ann(start + 5, "joe"), ann(start + 5)])).toHaveLength(
    2,
  );
  expect(names()).toBe(2);
});

test("who comes first with an announcement that names somebody is known to those who had the target to themselves", () => {
  opened[0]?.recordSnapshot("some lineage", 1);
  staff.make(start, [ann(start)]);
  expect(cloud.make(start + 1, [ann(start), ann(start, "ben")])).toHaveLength(1);
});

test("of a process that died over unnamed creations nothing is left after an hour", () => {
  cloud.make(start, [ann(start)]);
  expect(staff.make(start + 59 * minute, [ann(start + 58 * minute, "eve")])).toHaveLength(1);
  expect(staff.make(start + 61 * minute, [ann(start + 60 * minute, "eve")])).toEqual([]);
});

test("what nobody can need any more is dropped", () => {
  know();
  cloud.make(start, [ann(start)]);
  cloud.make(start + 300 * minute, [ann(start, "ben")]);
  cloud.forget(start + 62 * minute);
  expect(staff.make(start + 59 * minute, [ann(start)])).toEqual([]);
  expect(staff.make(start + 301 * minute, [ann(start, "ben")])).toEqual([]);
});
