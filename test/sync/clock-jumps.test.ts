import { expect, test } from "vitest";
import { TransientError } from "../../src/errors.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();
const settleMs = 60_000;
const hour = 3_600_000;

/** A clock whose wall time may be set, beside one that only goes forward. */
function withSteadyClock(w: World): { jump(ms: number): void; elapsed(): number } {
  let steady = 0;
  const clock = w.clock;
  const sleep = clock.sleep.bind(clock);
  Object.assign(clock, {
    steady: () => steady,
    sleep: async (ms: number, signal: AbortSignal) => {
      steady += ms;
      await sleep(ms, signal);
    },
  });
  return { jump: (ms) => clock.pass(ms), elapsed: () => steady };
}

/** A creation that gets no answer; returns when, on the steady clock, it was given up, and when its outcome was looked for. */
function unanswered(w: World, elapsed: () => number): { gaveUp: number; looked: number | undefined } {
  const times: { gaveUp: number; looked: number | undefined } = { gaveUp: -1, looked: undefined };
  w.before = (call) => {
    if (call.method === "create" && times.gaveUp === -1) {
      times.gaveUp = elapsed();
      throw new TransientError("no answer", { outcome: "unknown" });
    }
    if (times.gaveUp !== -1) times.looked ??= elapsed();
  };
  return times;
}

test("a clock that is set forward during a run ends no settle time early", async () => {
  const w = world({ settleMs });
  w.directory.person("ann");
  const clock = withSteadyClock(w);
  const times = unanswered(w, clock.elapsed);
  const before = w.before;
  w.before = (call) => {
    try {
      before(call);
    } finally {
      if (call.method === "create") clock.jump(hour);
    }
  };
  await w.sync();
  expect((times.looked ?? 0) - times.gaveUp).toBeGreaterThanOrEqual(settleMs - 1_000);
  expect([...(await w.users()).keys()]).toEqual(["ann@example.com"]);
});

test("a clock that is set forward between two runs ends no settle time early", async () => {
  const w = world({ settleMs });
  w.directory.person("ann").person("ben");
  const clock = withSteadyClock(w);
  const times = unanswered(w, clock.elapsed);
  const { sleep } = w.clock;
  w.clock.sleep = async () => w.die();
  await expect(w.sync()).rejects.toThrow();
  w.clock.sleep = sleep;
  times.looked = undefined;
  clock.jump(hour);
  await w.sync();
  expect((times.looked ?? 0) - times.gaveUp).toBeGreaterThanOrEqual(settleMs - 1_000);
  expect([...(await w.users()).keys()].sort()).toEqual(["ann@example.com", "ben@example.com"]);
});
