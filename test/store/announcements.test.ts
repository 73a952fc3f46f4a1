import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  cloud.make(start, [ann(start)]);
  expect(staff.make(start + 59 * minute, [ann(start + 58 * minute)])).toHaveLength(1);
  expect(staff.make(start + 61 * minute, [ann(start + 60 * minute)])).toEqual([]);
  cloud.make(start + 600 * minute, [ann(start, "ben")]);
  expect(staff.make(start + 62 * minute, [ann(start, "ben")])).toEqual([]);
});

test("what nobody can need any more is dropped", () => {
  cloud.make(start, [ann(start)]);
  cloud.make(start + 300 * minute, [ann(start, "ben")]);
  cloud.forget(start + 62 * minute);
  expect(staff.make(start + 59 * minute, [ann(start)])).toEqual([]);
  expect(staff.make(start + 301 * minute, [ann(start, "ben")])).toEqual([]);
});
