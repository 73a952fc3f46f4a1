import { expect, test } from "vitest";
import { type Doing, Turns } from "../../src/daemon/turns.ts";

const doing = (what: string): Doing => ({ what, askedAt: 0 });
const never = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("one at a time works with a connection, in the order in which they asked", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  let working = 0;
  const work = (name: string) => async () => {
    working += 1;
    expect(working).toBe(1);
    seen.push(name);
    await settled();
    working -= 1;
    return name;
  };
  const names = ["a", "b", "c", "d"];
  const all = await Promise.all(
    names.map((name) => turns.take("staff", doing(name), { signal: never }, work(name))),
  );
  expect(seen).toEqual(names);
  expect(all).toEqual(names);
  expect(turns.of("staff")).toEqual([]);
});

test("two connections do not wait for each other", async () => {
  const turns = new Turns();
  const first = Promise.withResolvers<void>();
  const slow = turns.take("staff", doing("slow"), { signal: never }, () => first.promise);
  await turns.take("crew", doing("quick"), { signal: never }, async () => {});
  first.resolve();
  await slow;
});

test("whoever has to wait is told once behind whom; whoever need not is told nothing", async () => {
  const turns = new Turns();
  const first = Promise.withResolvers<void>();
  const told: string[] = [];
  const waiting = (behind: Doing) => told.push(behind.what);
  const all = [
    turns.take("staff", doing("a"), { signal: never, waiting }, () => first.promise),
    turns.take("staff", doing("b"), { signal: never }, async () => {}),
    turns.take("staff", doing("c"), { signal: never, waiting }, async () => {}),
  ];
  expect(told).toEqual(["a"]);
  expect(turns.of("staff").map(({ what }) => what)).toEqual(["a", "b", "c"]);
  first.resolve();
  await Promise.all(all);
  expect(told).toEqual(["a"]);
});

test("whoever gives up while waiting is gone at once, never begins, and lets nobody behind pass the one before", async () => {
  const turns = new Turns();
  const first = Promise.withResolvers<void>();
  const enough = new AbortController();
  const seen: string[] = [];
  const a = turns.take("staff", doing("a"), { signal: never }, async () => {
    await first.promise;
    seen.push("a ended");
  });
  const b = turns.take("staff", doing("b"), { signal: enough.signal }, async () => {
    seen.push("b began");
  });
  const c = turns.take("staff", doing("c"), { signal: never }, async () => {
    seen.push("c began");
  });
  enough.abort(new Error("nobody wants it"));
  await expect(b).rejects.toThrow("nobody wants it");
  await settled();
  expect(seen).toEqual([]);
  first.resolve();
  await Promise.all([a, c]);
  expect(seen).toEqual(["a ended", "c began"]);
});

test("work that fails gives the turn to the next", async () => {
  const turns = new Turns();
  const failing = turns.take("staff", doing("a"), { signal: never }, async () => {
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(await turns.take("staff", doing("b"), { signal: never }, async () => 7)).toBe(7);
});
