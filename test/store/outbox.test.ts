import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Outbox } from "../../src/store/outbox.ts";

let folder: string;
let outbox: Outbox;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-outbox-"));
  outbox = Outbox.open(folder, { create: true });
});
afterEach(() => {
  outbox.close();
  rmSync(folder, { recursive: true });
});

function say(id: string, channels: readonly string[], at = 1000): void {
  outbox.say(at, new Map([[`about ${id}`, "said"]]), [{ id, body: `{"id":"${id}"}`, channels }]);
}

test("what was said and what is to be delivered outlive the process", () => {
  say("a", ["mail", "hook"]);
  outbox.close();
  outbox = Outbox.open(folder, { create: false });
  expect([...outbox.told("about")]).toEqual([["about a", "said"]]);
  expect(outbox.next("mail")).toMatchObject({ id: "a", attempts: 0, body: '{"id":"a"}' });
  expect(outbox.next("hook")).toMatchObject({ id: "a" });
});

test("nothing is remembered as said when it cannot be written down whole", () => {
  say("a", ["mail"]);
  expect(() => say("a", ["mail"], 2000)).toThrow();
  outbox.say(3000, new Map([["about a", undefined]]), []);
  expect(outbox.told("about").size).toBe(0);
});

test("each channel gets its own, the oldest first, and only what begins with a prefix is told", () => {
  say("b", ["mail"], 2000);
  say("a", ["mail"], 1000);
  expect(outbox.next("mail")?.id).toBe("a");
  outbox.delivered({ id: "a", channel: "mail" }, 3000);
  expect(outbox.next("mail")?.id).toBe("b");
  expect(outbox.next("hook")).toBeUndefined();
  expect([...outbox.told("about b").keys()]).toEqual(["about b"]);
});

test("how it goes with a channel: waiting, failing since, delivered again, given up", () => {
  say("a", ["mail"]);
  const outgoing = { id: "a", channel: "mail" };
  outbox.failed(outgoing, { at: 2000, problem: "mail refuses connections", nextAt: 9000 });
  outbox.failed(outgoing, { at: 3000, problem: "mail refuses connections", nextAt: 9000 });
  expect(outbox.next("mail")).toMatchObject({ attempts: 2, nextAt: 9000 });
  expect(outbox.states(["mail"])).toEqual([
    {
      name: "mail",
      waiting: 1,
      oldest: 1000,
      deliveredAt: null,
      failedAt: 2000,
      problem: "mail refuses connections",
      dropped: 0,
    },
  ]);
  outbox.failed(outgoing, { at: 4000, problem: "p", nextAt: undefined });
  expect(outbox.states(["mail"])).toMatchObject([{ waiting: 0, dropped: 1, failedAt: 2000 }]);
  say("b", ["mail"]);
  outbox.delivered({ id: "b", channel: "mail" }, 5000);
  expect(outbox.states(["mail"])).toMatchObject([{ failedAt: null, problem: null, deliveredAt: 5000 }]);
});

test("what was meant for a channel that is gone goes with it", () => {
  say("a", ["mail", "hook"]);
  say("b", ["hook"]);
  outbox.keepOnly(["mail"]);
  expect(outbox.next("hook")).toBeUndefined();
  expect(outbox.next("mail")?.id).toBe("a");
});
