import { describe, expect, test } from "vitest";
import { TransientError } from "../../src/errors.ts";
import { USER_SCHEMA } from "../../src/scim/resource.ts";
import { Claims } from "../../src/store/claims.ts";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();

describe("two connections into one target", () => {
  function two(options: WorldOptions = {}): readonly [World, World] {
    const first = world(options);
    const second = world({ ...options, connection: "contractors" });
    // One state folder, one target, one directory of claims.
    Object.assign(second, { folder: first.folder });
    return [first, second];
  }

  test("never share an account: the second gets a named conflict and writes nothing to it", async () => {
    const [first, second] = two({ policy: { existingAccounts: "adopt" } });
    first.directory.person("ann");
    await first.sync();
    second.directory.person("zed", { login: "zed@example.com" });
    await second.sync();
    second.directory.person("ann2", { login: "ann@example.com", title: "Taken" });
    const report = await second.sync();
    expect(report.outcome).toBe("failing");
    expect((await first.users()).get("ann@example.com")?.["title"]).toBeUndefined();
  });

  test("hand a person over: who was switched off by one is taken over by the other on a person's word", async () => {
    const [first, second] = two({ policy: { existingAccounts: "review" } });
    first.directory.people("p", 9).person("ann");
    await first.sync();
    const id = (await first.users()).get("ann@example.com")?.id;
    first.directory.remove("ann");
    await first.sync();
    second.directory.person("zed");
    await second.sync();
    second.directory.person("ann2", { login: "ann@example.com", name: "Ann", title: "Back" });
    expect(await second.sync()).toMatchObject({ outcome: "held", holds: [{ class: "adoptions" }] });
    second.approve();
    await second.sync();
    expect((await second.users()).get("ann@example.com")).toMatchObject({ id, active: true, title: "Back" });
    // The first comes back to it: it no longer owns the account, says so, and writes nothing.
    second.calls.length = 0;
    first.calls.length = 0;
    first.directory.person("ann", { title: "Mine" });
    const report = await first.sync();
    expect(report.outcome).toBe("failing");
    expect(report.failures.map((each) => each.message).join()).toContain("contractors");
    expect(first.written).toEqual([]);
    expect((await second.users()).get("ann@example.com")).toMatchObject({ active: true, title: "Back" });
  });

  test("do not switch each other's people off after a hand-over", async () => {
    const [first, second] = two({ policy: { existingAccounts: "review" } });
    first.directory.people("p", 9).person("ann");
    await first.sync();
    first.directory.person("ann", { enabled: true, excluded: true });
    await first.sync();
    second.directory.person("zed");
    await second.sync();
    second.directory.person("ann2", { login: "ann@example.com" });
    await second.sync();
    second.approve();
    await second.sync();
    first.directory.remove("ann");
    first.calls.length = 0;
    expect((await first.sync()).applied).toEqual({});
    expect(first.written).toEqual([]);
    expect((await second.users()).get("ann@example.com")).toMatchObject({ active: true });
  });
});

test("an account that another connection is just creating is not offered for adoption", async () => {
  const w = world();
  w.directory.people("p", 3);
  await w.sync();
  const claims = Claims.open(w.folder, "directory", "contractors");
  const at = w.clock.now();
  claims.announcements.make(at, [{ kind: "user", names: { userName: "ann@example.com" }, lookedAt: at }]);
  const target = await w.target();
  const { signal } = new AbortController();
  const { id } = await target.users.create({ userName: "ann@example.com", active: true }, { signal });
  await target.close();
  w.directory.person("ann");
  const early = await w.sync();
  expect(early).toMatchObject({ outcome: "failing", holds: [] });
  expect(early.failures[0]?.message).toContain("another connection is just creating it");
  claims.take("user", id, "ann-2", w.clock.now());
  claims.announcements.end(w.clock.now());
  claims.close();
  const late = await w.sync();
  expect(late).toMatchObject({ outcome: "failing", holds: [] });
  expect(late.failures[0]?.message).toContain("belongs to connection contractors");
});

test("somebody who comes back under a new id gets the old account on a person's word, and nobody else's", async () => {
  const w = world();
  w.directory.people("p", 9).person("ann");
  await w.sync();
  const id = (await w.users()).get("ann@example.com")?.id;
  w.directory.remove("ann");
  await w.sync();
  w.directory.person("ann-2", { login: "ann@example.com" });
  expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "adoptions", waiting: 1 }] });
  w.approve();
  expect((await w.sync()).applied).toEqual({ adopt: 1 });
  expect((await w.users()).get("ann@example.com")).toMatchObject({ id, active: true });
  w.calls.length = 0;
  expect(await w.sync({ full: true })).toMatchObject({ outcome: "done", applied: {} });
  expect(w.calls).toEqual([]);
});

test("a taking over that got no answer and had no effect is sent again in the same run", async () => {
  const w = world({ settleMs: 1000 });
  w.directory.people("p", 9);
  await w.sync();
  const target = await w.target();
  const { signal } = new AbortController();
  const { id } = await target.users.create({ userName: "ann@example.com", active: true }, { signal });
  await target.close();
  w.directory.person("ann");
  await w.sync();
  w.approve();
  w.before = (call) => {
    if (call.method !== "patch") return;
    w.before = () => {};
    throw new TransientError("no answer", { outcome: "unknown" });
  };
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { adopt: 1 }, holds: [] });
  expect((await w.users()).get("ann@example.com")).toMatchObject({ id, externalId: "ann" });
});

test("an account whose taking over never came about is free for whoever gets the name next", async () => {
  const w = world({ settleMs: 1000 });
  w.directory.people("p", 9);
  await w.sync();
  const target = await w.target();
  const { signal } = new AbortController();
  const { id } = await target.users.create({ userName: "ann@example.com", active: true }, { signal });
  await target.close();
  w.directory.person("ann");
  expect((await w.sync()).outcome).toBe("held");
  w.approve();
  w.before = (call) => {
    if (call.method === "patch") throw new TransientError("no answer", { outcome: "unknown" });
  };
  await w.sync();
  w.before = () => {};
  w.directory.remove("ann").person("ann-2", { login: "ann@example.com" });
  expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "adoptions", waiting: 1 }] });
  w.approve();
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { adopt: 1 } });
  expect((await w.users()).get("ann@example.com")).toMatchObject({ id, externalId: "ann-2" });
});

test("an account that carries somebody's own id is taken over also when its name has changed since it was found", async () => {
  const w = world({ capabilities: { filter: { user: ["userName"], group: ["displayName"] } } });
  w.directory.people("p", 3).person("ann");
  const target = await w.target();
  const { signal } = new AbortController();
  const account = await target.users.create(
    { schemas: [USER_SCHEMA], userName: "ann@example.com", externalId: "ann", active: true },
    { signal },
  );
  await target.close();
  await w.sync();
  w.directory.person("ann", { login: "ann.lee@example.com" });
  await w.sync();
  w.approve();
  await w.sync();
  await w.sync();
  const carrying = [...(await w.users()).values()].filter((user) => user.externalId === "ann");
  expect(carrying.map((user) => [user.id, user["userName"]])).toEqual([[account.id, "ann.lee@example.com"]]);
});

test("an account that carries somebody's external id is not given to whoever has its name by now", async () => {
  const w = world({ policy: { existingAccounts: "adopt" } });
  const target = await w.target();
  const signal = new AbortController().signal;
  const options = { signal };
  const { id } = await target.users.create(
    { schemas: [USER_SCHEMA], userName: "ben@example.com", externalId: "ann", active: true },
    options,
  );
  await target.close();
  // They swapped names before Rollcall came.
  w.directory.person("ann").person("ben");
  await w.sync();
  w.approve();
  for (let hours = 0; hours < 3; hours++) {
    w.clock.pass(7 * 3_600_000);
    await w.sync();
  }
  const users = await w.users();
  expect(users.get("ann@example.com")?.id).toBe(id);
  expect(users.get("ben@example.com")).toMatchObject({ externalId: "ben" });
  expect((await w.sync()).outcome).toBe("done");
});
