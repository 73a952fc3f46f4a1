import { getTasks } from "node-cron";
import { expect, test } from "vitest";
import { Window } from "../../src/daemon/window.ts";

const at = (text: string) => Date.parse(text);

function window(patterns: readonly string[], timezone?: string) {
  const made = new Window({ patterns, timezone });
  return { made, isOpen: (text: string) => made.isOpen(at(text)), [Symbol.dispose]: () => made.close() };
}

test("without a window it is always open", () => {
  const always = new Window(undefined);
  expect(always.isOpen(0)).toBe(true);
  expect(always.opensAt(7)).toBe(7);
});

test("a minute is inside from its first to its last millisecond", () => {
  using office = window(["* 6-22 * * 1-5"], "UTC");
  expect(office.isOpen("2026-11-23T05:59:59.999Z")).toBe(false);
  expect(office.isOpen("2026-11-23T06:00:00.000Z")).toBe(true);
  expect(office.isOpen("2026-11-23T22:59:59.999Z")).toBe(true);
  expect(office.isOpen("2026-11-23T23:00:00.000Z")).toBe(false);
  expect(office.isOpen("2026-11-22T12:00:00.000Z")).toBe(false);
});

test("one of several expressions is enough, also one over midnight", () => {
  using night = window(["* 22-5 * * *", "30 12 * * *"], "UTC");
  const open = ["21:59", "22:00", "03:00", "05:59", "06:00", "12:30", "12:31"].filter((time) =>
    night.isOpen(`2026-11-23T${time}:30Z`),
  );
  expect(open).toEqual(["22:00", "03:00", "05:59", "12:30"]);
});

test("the time zone is that of the connection, with its summer time", () => {
  using london = window(["* 6 * * *"], "Europe/London");
  expect(london.isOpen("2026-10-24T05:30:00Z")).toBe(true);
  expect(london.isOpen("2026-10-24T06:30:00Z")).toBe(false);
  expect(london.isOpen("2026-10-25T05:30:00Z")).toBe(false);
  expect(london.isOpen("2026-10-25T06:30:00Z")).toBe(true);
});

test("it knows when it opens next, over a weekend and over the change to summer time", () => {
  using office = window(["* 6-22 * * 1-5"], "Europe/London");
  const next = (text: string) => new Date(office.made.opensAt(at(text)) ?? Number.NaN).toISOString();
  expect(next("2026-11-20T23:10:00Z")).toBe("2026-11-23T06:00:00.000Z");
  expect(next("2026-11-21T23:10:00Z")).toBe("2026-11-23T06:00:00.000Z");
  expect(next("2026-11-23T07:10:11Z")).toBe("2026-11-23T07:10:11.000Z");
  expect(next("2027-03-27T12:00:00Z")).toBe("2027-03-29T05:00:00.000Z");
  using rare = window(["0 0 29 2 *"], "UTC");
  expect(rare.made.opensAt(at("2026-11-20T23:10:00Z"))).toBeUndefined();
});

test("one that is closed leaves nothing behind", () => {
  const before = getTasks().size;
  const made = window(["* * * * *", "0 3 * * *"]);
  expect(getTasks().size).toBe(before + 2);
  made.made.close();
  expect(getTasks().size).toBe(before);
});
