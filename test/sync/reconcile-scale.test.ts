import { expect, test } from "vitest";
import type { StoredResource } from "../../src/scim/resource.ts";
import { type World, worlds } from "../world.ts";
import { atTarget, exactly } from "./by-hand.ts";

const world = worlds();
const signal = new AbortController().signal;
const many = 20_000;

/** Heap in MB after everything that is not held was let go of. */
function heapMb(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 1_048_576;
}

/** What the list holds at most while it is read, in MB above the start. */
function watched(w: World): { peak: number; readonly before: number } {
  const state = { peak: 0, before: heapMb() };
  const target = w.target.bind(w);
  w.target = async () => {
    const real = await target();
    const list = async function* (abort: AbortSignal): AsyncIterable<StoredResource> {
      let n = 0;
      for await (const each of real.users.list(abort)) {
        n += 1;
        if (n % 2_000 === 0) state.peak = Math.max(state.peak, heapMb() - state.before);
        yield each;
      }
    };
    return { ...real, users: { ...real.users, list } };
  };
  return state;
}

test("twenty thousand accounts are compared in flat memory, and only what differs is read again", async () => {
  const w = world({ limits: { creations: 1 } });
  w.directory.people("p", many).group(
    "team",
    Array.from({ length: 5_000 }, (_, n) => `p${String(n).padStart(4, "0")}`),
  );
  expect((await w.sync()).applied["create"]).toBe(many);
  await atTarget(w, async ({ users }) => {
    let n = 0;
    for await (const each of users.list(signal)) {
      n += 1;
      if (n % 500 === 0)
        await users.patch(each.id, [{ op: "replace", path: "displayName", value: "Somebody" }], { signal });
    }
  });
  w.calls.length = 0;
  const memory = watched(w);
  const { report } = await w.plan({ reconcile: true });
  expect(report).toMatchObject({
    reconcile: { found: exactly({ changed: 40 }), users: { seen: many, ours: many } },
  });
  expect(w.calls.filter(({ method }) => method === "get")).toHaveLength(40);
  expect(memory.peak).toBeLessThan(30);
}, 180_000);
