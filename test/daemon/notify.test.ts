import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { noticeBody } from "../../src/daemon/notifier.ts";
import { deliverDue } from "../../src/daemon/notify.ts";
import { ConnectionError, TransientError } from "../../src/errors.ts";
import { silent } from "../../src/log.ts";
import { type Carrier, type Letter, LetterRefused } from "../../src/observe/delivery.ts";
import { Outbox } from "../../src/store/outbox.ts";

const minute = 60_000;
const hour = 60 * minute;
let folder: string;
let outbox: Outbox;
let now = 0;
let refused = new Set<string>();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-notify-"));
  outbox = Outbox.open(folder, { create: true });
  now = Date.UTC(2026, 10, 1, 8);
  refused = new Set();
});
afterEach(() => {
  outbox.close();
  rmSync(folder, { recursive: true });
});

const clock = { now: () => now, sleep: async () => {} };
const signal = new AbortController().signal;

function say(id: string): void {
  const event = "quarantined" as const;
  const text = "The login was refused.";
  const next = "rollcall test staff";
  const body = noticeBody({
    id,
    at: now,
    host: "sync1",
    event,
    connection: "staff",
    title: `t ${id}`,
    text,
    next,
  });
  outbox.say(now, new Map(), [{ id, body, channels: ["mail"] }]);
}

/** A receiver that fails as it is told to. */
function carrier(failures: Error[] = []): Carrier & { readonly taken: Letter[] } {
  const taken: Letter[] = [];
  return {
    taken,
    async deliver(letter) {
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      taken.push(letter);
    },
  };
}

const due = (to: Carrier) =>
  deliverDue({ outbox, carriers: new Map([["mail", to]]), clock, log: silent, refused }, signal);

test("what is due is delivered in order, with what to type next", async () => {
  const to = carrier();
  say("a");
  now += 1;
  say("b");
  expect(await due(to)).toBeUndefined();
  expect(to.taken.map(({ id }) => id)).toEqual(["a", "b"]);
  expect(to.taken[0]?.text).toBe(
    "The login was refused.\n\nTo go on:\n  rollcall test staff\n\nRollcall on sync1, connection staff",
  );
});

test("what fails is tried again, later and later, and nothing overtakes it", async () => {
  const down = () => new TransientError("mail refuses connections", { outcome: "none" });
  const to = carrier([down(), down(), down()]);
  say("a");
  say("b");
  const waits: number[] = [];
  for (let next = await due(to); next !== undefined; next = await due(to)) {
    waits.push(next - now);
    expect(to.taken).toEqual([]);
    now = next;
  }
  expect(waits).toEqual([30_000, minute, 2 * minute]);
  expect(to.taken).toHaveLength(2);
});

test("a receiver that says when to come back is asked then", async () => {
  const to = carrier([new TransientError("later", { outcome: "none", retryAfterMs: 2 * hour })]);
  say("a");
  expect(await due(to)).toBe(now + 2 * hour);
});

test("after three days a notice is given up, counted, and the next one goes", async () => {
  const to = carrier(Array.from({ length: 500 }, () => new ConnectionError("mail offers no TLS")));
  say("a");
  const began = now;
  for (let next = await due(to); next !== undefined; next = await due(to)) now = next;
  expect(now - began).toBeGreaterThanOrEqual(3 * 24 * hour);
  expect(now - began).toBeLessThan(3 * 24 * hour + hour);
  expect(outbox.states(["mail"])).toMatchObject([{ waiting: 0, dropped: 1, problem: "mail offers no TLS" }]);
});

/** A receiver that takes everything but one letter, and nothing while it is away. */
function choosy(not: string): Carrier & { readonly taken: string[]; tries: number; isAway: boolean } {
  return {
    taken: [],
    tries: 0,
    isAway: false,
    async deliver({ id }) {
      if (this.isAway) throw new TransientError("mail refuses connections", { outcome: "none" });
      if (id !== not) this.taken.push(id);
      else {
        this.tries += 1;
        throw new LetterRefused("mail refuses the message (552)");
      }
    },
  };
}

test("a letter that is refused by itself keeps none back, and is given up after some hours", async () => {
  const to = choosy("b");
  const began = now;
  for (const id of ["a", "b", "c"]) say(id);
  expect(await due(to)).toBe(now + 30_000);
  expect(to.taken).toEqual(["a", "c"]);
  now += 1000;
  say("d");
  expect(await due(to)).toBe(began + 30_000);
  expect(to.taken).toEqual(["a", "c", "d"]);
  for (let next = await due(to); next !== undefined; next = await due(to)) now = next;
  expect(to.tries).toBe(20);
  expect(now - began).toBeLessThan(8 * hour);
  expect(outbox.states(["mail"])).toMatchObject([{ waiting: 0, dropped: 1 }]);
  expect(refused.size).toBe(0);
});

test("a refused letter does not make those behind it forget their order when the receiver goes away", async () => {
  const to = choosy("a");
  say("a");
  await due(to);
  to.isAway = true;
  now += 1;
  say("b");
  now += 1;
  say("c");
  expect(await due(to)).toBe(Date.UTC(2026, 10, 1, 8) + 30_000);
  to.isAway = false;
  expect(to.taken).toEqual([]);
  now += minute;
  await due(to);
  expect(to.taken).toEqual(["b", "c"]);
});

test("after a restart a refused letter keeps the others back for one attempt at most", async () => {
  const to = choosy("a");
  say("a");
  await due(to);
  refused.clear();
  now += 1;
  say("b");
  const next = await due(to);
  expect(to.taken).toEqual([]);
  now = next ?? now;
  await due(to);
  expect(to.taken).toEqual(["b"]);
});

test("a process that dies after the delivery and before it is written down delivers the same notice again", async () => {
  say("a");
  const first = carrier();
  const dying = {
    deliver: async (letter: Letter) => {
      await first.deliver(letter, signal);
      throw signal.reason ?? new Error("killed");
    },
  };
  await due(dying);
  now += minute;
  const second = carrier();
  await due(second);
  expect([first.taken[0]?.id, second.taken[0]?.id]).toEqual(["a", "a"]);
});

test("what a carrier throws beside our errors is kept by no word", async () => {
  say("a");
  await due(carrier([new Error("hunter2")]));
  expect(JSON.stringify(outbox.states(["mail"]))).not.toContain("hunter2");
});

test("a stop ends it, and leaves what is left", async () => {
  say("a");
  const stop = AbortSignal.abort(new Error("stopping"));
  const deliveries = { outbox, carriers: new Map([["mail", carrier()]]), clock, log: silent, refused };
  await expect(deliverDue(deliveries, stop)).rejects.toThrow("stopping");
  expect(outbox.next("mail")?.id).toBe("a");
});
