import { expect, test } from "vitest";
import {
  type Condition,
  configNotices,
  connectionNotices,
  expiryNotices,
  type Said,
} from "../../src/daemon/notify-transitions.ts";
import type { Expiry } from "../../src/expiry.ts";

const day = 86_400_000;
const start = Date.UTC(2026, 10, 1, 8);

const fine: Condition = {
  connection: "staff",
  isReadable: true,
  quarantine: undefined,
  holds: [],
  overdueRemovals: undefined,
  lateSince: undefined,
};
const quarantine = (reason: "EncounteredQuarantineException" | "EncounteredBaseEscrowThreshold") => ({
  reason,
  message: "app refuses our token (401)",
  since: start,
  nextAttempt: start + 40 * 60_000,
});

/** Somebody who is told, and remembers. */
class Memory {
  readonly told = new Map<string, string>();

  hear({ notices, told }: Said): readonly string[] {
    for (const [subject, value] of told) {
      if (value === undefined) this.told.delete(subject);
      else this.told.set(subject, value);
    }
    return notices.map(({ event }) => event);
  }

  look(condition: Partial<Condition>, at = start): readonly string[] {
    return this.hear(connectionNotices({ ...fine, ...condition }, this.told, at));
  }
}

test("a quarantine is said when it begins, when its reason changes and when it ends, each once", () => {
  const memory = new Memory();
  expect(memory.look({})).toEqual([]);
  const login = { quarantine: quarantine("EncounteredQuarantineException") };
  expect(memory.look(login)).toEqual(["quarantined"]);
  expect(memory.look(login)).toEqual([]);
  expect(memory.look({ quarantine: quarantine("EncounteredBaseEscrowThreshold") })).toEqual([
    "quarantine-changed",
  ]);
  expect(memory.look({})).toEqual(["released"]);
  expect(memory.look({})).toEqual([]);
});

test("a hold is said once, and again each day for as long as it waits", () => {
  const memory = new Memory();
  const hold = { id: 1, class: "deactivations", waiting: 12, openedAt: start };
  expect(memory.look({ holds: [hold] })).toEqual(["held"]);
  expect(memory.look({ holds: [hold] }, start + day - 1)).toEqual([]);
  expect(memory.look({ holds: [hold] }, start + day)).toEqual(["held-reminder"]);
  expect(memory.look({ holds: [hold] }, start + day + 1)).toEqual([]);
  const another = { ...hold, id: 2, class: "creations", openedAt: start + day };
  expect(memory.look({ holds: [hold, another] }, start + day + 2)).toEqual(["held"]);
  expect(memory.look({ holds: [hold, another] }, start + 2 * day)).toEqual(["held-reminder"]);
  expect(memory.look({ holds: [] }, start + 3 * day)).toEqual([]);
  expect(memory.told.size).toBe(0);
});

test("removals that fail for long are said each day, until none does", () => {
  const memory = new Memory();
  const failing = { overdueRemovals: { count: 2, oldest: start - 2 * day } };
  expect(memory.look(failing)).toEqual(["removals-overdue"]);
  expect(memory.look(failing, start + day / 2)).toEqual([]);
  expect(memory.look(failing, start + day)).toEqual(["removals-overdue"]);
  expect(memory.look({}, start + day)).toEqual([]);
  expect(memory.look(failing, start + day + 1)).toEqual(["removals-overdue"]);
});

test("cycles that stay out are said once, and so is their coming back", () => {
  const memory = new Memory();
  expect(memory.look({ lateSince: start })).toEqual(["not-run"]);
  expect(memory.look({ lateSince: start })).toEqual([]);
  expect(memory.look({})).toEqual(["running-again"]);
});

test("two connections whose names begin alike are told apart", () => {
  const memory = new Memory();
  expect(memory.look({ lateSince: start })).toEqual(["not-run"]);
  expect(memory.look({ connection: "staff-2", lateSince: start })).toEqual(["not-run"]);
  expect(memory.look({ connection: "staff-2" })).toEqual(["running-again"]);
});

test("an end is said 30, 7 and 1 days before and when it has come, and a new secret ends it", () => {
  const memory = new Memory();
  const end = start + 100 * day;
  const expiry = (endsAt: number): Expiry => ({
    place: "targets.app.token",
    what: "secret",
    name: "T",
    endsAt,
  });
  const on = (daysBefore: number, endsAt = end) =>
    memory.hear(expiryNotices([expiry(endsAt)], memory.told, { now: end - daysBefore * day, isWhole: true }));
  expect(on(31)).toEqual([]);
  expect(on(30)).toEqual(["expiry"]);
  expect(on(29)).toEqual([]);
  expect(on(5)).toEqual(["expiry"]);
  expect(on(6)).toEqual([]);
  expect(on(0.5)).toEqual(["expiry"]);
  expect(on(-1)).toEqual(["expiry"]);
  expect(on(-2)).toEqual([]);
  expect(on(-2, end + 365 * day)).toEqual([]);
  expect(memory.told.size).toBe(0);
  expect(on(-364, end + 365 * day)).toEqual(["expiry"]);
});

test("whoever was off on the 30th day says it on the next one, and not three times at once", () => {
  const memory = new Memory();
  const expiry: Expiry = { place: "p", what: "certificate", name: "n", endsAt: start + day / 2 };
  const seen = { now: start, isWhole: true };
  expect(memory.hear(expiryNotices([expiry, expiry], memory.told, seen))).toEqual(["expiry"]);
  // Where some are not known, none is forgotten, and none said twice.
  expect(memory.hear(expiryNotices([], memory.told, { ...seen, isWhole: false }))).toEqual([]);
  expect(memory.hear(expiryNotices([expiry], memory.told, seen))).toEqual([]);
});

test("a refused configuration is said once for each state of the file", () => {
  const memory = new Memory();
  const look = (digest: string | undefined) =>
    memory.hear(configNotices(digest === undefined ? undefined : { digest, count: 2 }, memory.told));
  expect(look(undefined)).toEqual([]);
  expect(look("a")).toEqual(["config-refused"]);
  expect(look("a")).toEqual([]);
  expect(look("b")).toEqual(["config-refused"]);
  expect(look(undefined)).toEqual(["config-accepted"]);
});

test("what is said names nobody and fits into a subject line", () => {
  const holds = [{ id: 1, class: "deactivations", waiting: 1, openedAt: start }];
  const condition = { ...fine, holds, quarantine: quarantine("EncounteredQuarantineException") };
  const { notices } = connectionNotices(condition, new Map(), start);
  expect(notices.map(({ title }) => title)).toEqual([
    "staff: in quarantine",
    "staff: 1 change waits for your word",
  ]);
  for (const { title } of notices) expect(title).toMatch(/^[\x20-\x7e]{1,120}$/);
});
