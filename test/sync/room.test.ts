import { describe, expect, test } from "vitest";
import { type World, type WorldOptions, worlds } from "../world.ts";
import { atTarget, set } from "./by-hand.ts";

const world = worlds();
const hour = 3_600_000;
const signal = new AbortController().signal;

/** So many of a class may go in a day: the people are too few for a share to matter. */
function upTo(neverHoldBelow: number): WorldOptions {
  return { limits: { neverHoldBelow } };
}

/** Ten people beside those who are named, in step with the target; nothing is in the window. */
async function inStep(people: readonly string[], options: WorldOptions): Promise<World> {
  const w = world(options);
  w.directory.people("p", 10);
  for (const id of people) w.directory.person(id, { title: "Engineer" });
  await w.sync();
  w.clock.pass(25 * hour);
  await w.sync();
  return w;
}

function login(name: string) {
  return { login: `${name}@example.com` };
}

async function byHand(w: World, id: string, path: string, value: string | boolean): Promise<void> {
  const account = (await w.users()).get(`${id}@example.com`)?.id ?? "";
  await atTarget(w, (target) => target.users.patch(account, [set(path, value)], { signal }));
}

async function nameOf(w: World, id: string): Promise<string | undefined> {
  return [...(await w.users())].find(([, user]) => user.externalId === id)?.[0];
}

const left = expect.stringContaining("the next run looks at it first");

describe("a name that was refused along with a deactivation", () => {
  async function told(options: WorldOptions): Promise<World> {
    const w = await inStep(["ann", "ben"], options);
    w.directory.person("ann", { enabled: false, ...login("ben") }).person("ben", login("benny"));
    return w;
  }

  test("is sent once it is free, and counts", async () => {
    const w = await told(upTo(2));
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 1, rename: 2 } });
    w.directory.person("p0000", login("someone"));
    expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "identifier-changes", n: 1 }] });
  });

  test("waits for the guards where the limit of names leaves no room; nobody's access waits with it", async () => {
    const w = await told(upTo(1));
    expect(await w.sync()).toMatchObject({
      applied: { deactivate: 1, rename: 1 },
      failures: [{ sourceId: "ann", action: "rename", message: left }],
    });
    expect(await nameOf(w, "ann")).toBe("ann@example.com");
    expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "identifier-changes", n: 1 }] });
    w.approve();
    await w.sync();
    expect(await nameOf(w, "ann")).toBe("ben@example.com");
  });
});

describe("a creation that nobody saw the end of", () => {
  /** Ann's account is made, and we die over it; by now she, and Ben, are called otherwise. */
  async function told(options: WorldOptions): Promise<World> {
    const w = await inStep(["ben"], options);
    w.directory.person("ann");
    w.after = (call) => {
      if (call.method === "create") w.die();
    };
    await expect(w.sync()).rejects.toThrow();
    w.after = () => {};
    w.directory.person("ann", login("anna")).person("ben", login("benny"));
    w.clock.pass(hour);
    return w;
  }

  test("is a change of name as soon as it is found", async () => {
    const w = await told(upTo(1));
    expect(await w.sync()).toMatchObject({
      applied: { create: 1, rename: 1 },
      failures: [{ sourceId: "ann", message: left }],
    });
    expect([...(await w.users()).keys()]).toContain("ann@example.com");
    expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "identifier-changes", n: 1 }] });
    w.clock.pass(25 * hour);
    await w.sync();
    expect([...(await w.users()).keys()]).toContain("anna@example.com");
  });

  test("is brought to its new name at once where there is room", async () => {
    const w = await told(upTo(2));
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { create: 1, rename: 2 } });
  });
});

describe("what somebody changed at the target, and a change of something else would bring back", () => {
  test("counts: an account that is switched off once more", async () => {
    const w = await inStep(["ann", "ben"], upTo(2));
    w.directory.person("ann", { enabled: false });
    await w.sync();
    await byHand(w, "ann", "active", true);
    w.directory.person("ann", { title: "Manager" });
    await w.sync();
    expect((await w.users()).get("ann@example.com")).toMatchObject({ active: false, title: "Manager" });
    w.directory.person("ben", { enabled: false });
    expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "deactivations", n: 1 }] });
  });

  test("counts: a name that is taken back", async () => {
    const w = await inStep(["ann", "ben"], upTo(1));
    await byHand(w, "ann", "userName", "other@example.com");
    w.directory.person("ann", { title: "Manager" });
    await w.sync();
    expect(await nameOf(w, "ann")).toBe("ann@example.com");
    w.directory.person("ben", login("benny"));
    expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "identifier-changes", n: 1 }] });
  });

  test("is left as it is where its limit leaves no room", async () => {
    const w = await inStep(["ann", "ben", "cleo"], upTo(2));
    for (const id of ["ann", "ben", "cleo"]) {
      await byHand(w, id, "userName", `${id}.other@example.com`);
      w.directory.person(id, { title: "Manager" });
    }
    const report = await w.sync();
    expect(report.failures).toMatchObject([{ message: left }]);
    const names = [...(await w.users()).keys()];
    expect(names.filter((name) => name.includes("other"))).toHaveLength(1);
  });
});

test("where a class is held, nothing more of it comes up", async () => {
  const w = await inStep(["ann", "ben", "cleo"], upTo(1));
  await byHand(w, "ann", "userName", "other@example.com");
  w.directory.person("ann", { title: "Manager" }).person("ben", login("benny")).person("cleo", login("clea"));
  expect(await w.sync()).toMatchObject({
    applied: {},
    holds: [{ class: "identifier-changes", n: 2 }],
    failures: [{ sourceId: "ann", message: left }],
  });
});

test("a name that was given by a call without an answer counts, also where the person is to be switched off by now", async () => {
  const w = await inStep(["ann", "ben"], upTo(1));
  w.directory.person("ann", login("anna"));
  w.after = (call) => {
    if (call.method === "patch") w.die();
  };
  await expect(w.sync()).rejects.toThrow();
  w.after = () => {};
  w.directory.person("ann", { enabled: false });
  w.clock.pass(hour);
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { rename: 1, deactivate: 1 } });
  w.directory.person("ben", login("benny"));
  expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "identifier-changes", n: 1 }] });
});

test("a value that the service fills in by itself is no cleared value: names go on, however many there are", async () => {
  const w = await inStep([], upTo(2));
  const all = Array.from({ length: 10 }, (_, n) => `p000${n}`);
  for (const id of all) await byHand(w, id, "title", "Filled in");
  for (const [at, id] of all.entries()) {
    w.directory.person(id, { name: `Another ${at}` });
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { update: 1 }, failures: [] });
  }
});
