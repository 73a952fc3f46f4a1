import { describe, expect, test } from "vitest";
import { ItemError, TransientError } from "../../src/errors.ts";
import { isTemporaryName, temporaryName } from "../../src/sync/name-conflicts.ts";
import { type World, type WorldOptions, worlds } from "../world.ts";
import { createByHand } from "./by-hand.ts";

const world = worlds();

/** Ann, Ben, ... under their own names, in step with the target. */
async function inStep(people: readonly string[], options: WorldOptions = {}): Promise<World> {
  const w = world(options);
  w.directory.people("p", 10);
  for (const id of people) w.directory.person(id);
  await w.sync();
  w.calls.length = 0;
  return w;
}

function renames(w: World, to: Readonly<Record<string, string>>): void {
  for (const [id, login] of Object.entries(to)) w.directory.person(id, { login: `${login}@example.com` });
}

/** Person -> the name that their account has at the target, without the domain; those of the crowd are left out. */
async function names(w: World): Promise<Record<string, string>> {
  const found = [...(await w.users())].map(([name, user]) => [
    String(user.externalId),
    name.replace("@example.com", ""),
  ]);
  return Object.fromEntries(found.filter(([id]) => !/^p\d/.test(id ?? "")).toSorted()) as Record<
    string,
    string
  >;
}

/** The names that the target was asked to give, in order, from the audit trail. */
function given(w: World): string[] {
  const store = w.store();
  const entries = store.audit.entries({ limit: 1000, since: 0 });
  store.close();
  return entries
    .filter((each) => each.action !== "create" && each.after?.["userName"] !== undefined)
    .map(({ action, sourceId, after }) =>
      `${sourceId} ${action} ${String(after?.["userName"])}`.replaceAll("@example.com", ""),
    );
}

describe("people who swap names", () => {
  test("get them: one goes through a temporary name, which the audit trail shows", async () => {
    const w = await inStep(["ann", "ben"]);
    renames(w, { ann: "ben", ben: "ann" });
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "done", applied: { rename: 2, "step aside": 1 }, failures: [] });
    expect(await names(w)).toEqual({ ann: "ben", ben: "ann" });
    const aside = temporaryName({ sourceId: "ann" }, "ben@example.com").replace("@example.com", "");
    expect(given(w)).toEqual([`ann step aside ${aside}`, "ben rename ann", "ann rename ben"]);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
  });

  test("get them also when the account of one is only about to be linked", async () => {
    const w = await inStep(["ann"], { policy: { existingAccounts: "adopt" } });
    await createByHand(w, "user", { userName: "ben@example.com", externalId: "ben", active: true });
    w.directory.person("ben");
    renames(w, { ann: "ben", ben: "ann" });
    await w.sync();
    expect(await names(w)).toEqual({ ann: "ben", ben: "ann" });
  });

  test("in a ring of five get them, one of them through a temporary name", async () => {
    const people = ["ann", "ben", "cleo", "dan", "eve"];
    const w = await inStep(people);
    renames(w, { ann: "ben", ben: "cleo", cleo: "dan", dan: "eve", eve: "ann" });
    expect((await w.sync()).applied).toEqual({ rename: 5, "step aside": 1 });
    expect(await names(w)).toEqual({ ann: "ben", ben: "cleo", cleo: "dan", dan: "eve", eve: "ann" });
  });

  test("two and two get them in one run", async () => {
    const w = await inStep(["ann", "ben", "cleo", "dan"]);
    renames(w, { ann: "ben", ben: "ann", cleo: "dan", dan: "cleo" });
    expect((await w.sync()).applied).toEqual({ rename: 4, "step aside": 2 });
    expect(await names(w)).toEqual({ ann: "ben", ben: "ann", cleo: "dan", dan: "cleo" });
  });

  test("at a target whose rules are not known are first sent as they are, and only then in a detour", async () => {
    const w = await inStep(["ann", "ben"], { capabilities: { enforcesUniqueness: false } });
    renames(w, { ann: "ben", ben: "ann" });
    expect((await w.sync()).applied).toEqual({ rename: 2, "step aside": 1 });
    const aside = temporaryName({ sourceId: "ann" }, "ben@example.com").replace("@example.com", "");
    expect(given(w)).toEqual([
      "ann rename ben",
      `ann step aside ${aside}`,
      "ben rename ann",
      "ann rename ben",
    ]);
    expect(await names(w)).toEqual({ ann: "ben", ben: "ann" });
  });

  test("at a target that takes whole resources only get them as well", async () => {
    const w = await inStep(["ann", "ben", "cleo"], { capabilities: { update: "put" } });
    renames(w, { ann: "ben", ben: "cleo", cleo: "ann" });
    expect((await w.sync()).applied).toEqual({ rename: 3, "step aside": 1 });
    expect(await names(w)).toEqual({ ann: "ben", ben: "cleo", cleo: "ann" });
  });

  test("while one of them is switched off get them too, and nobody's access waits for a name", async () => {
    const w = await inStep(["ann", "ben"]);
    w.directory.person("ann", { login: "ben@example.com", enabled: false });
    renames(w, { ben: "ann" });
    const report = await w.sync();
    expect(report).toMatchObject({ applied: { deactivate: 1 }, failures: [] });
    expect(w.written[0]).toMatchObject({ method: "patch" });
    expect(await names(w)).toEqual({ ann: "ben", ben: "ann" });
    expect((await w.users()).get("ben@example.com")).toMatchObject({ active: false });
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
  });

  test("among many who are renamed are found, whichever window they are in", async () => {
    const w = world({ capabilities: { concurrency: 1 } });
    w.directory.people("p", 30);
    await w.sync();
    for (let n = 0; n < 29; n++)
      w.directory.person(`p${String(n).padStart(4, "0")}`, {
        login: `p${String(n + 1).padStart(4, "0")}@example.com`,
      });
    w.directory.person("p0029", { login: "last@example.com" });
    expect((await w.sync()).holds).toMatchObject([{ class: "identifier-changes" }]);
    w.approve();
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { rename: 30 } });
    expect((await w.users()).get("p0001@example.com")).toMatchObject({ externalId: "p0000" });
  });
});

describe("a chain of names", () => {
  test("goes from its end, without a call that could be refused", async () => {
    const w = await inStep(["ann", "ben", "cleo"]);
    renames(w, { ann: "ben", ben: "cleo", cleo: "zoe" });
    expect((await w.sync()).applied).toEqual({ rename: 3 });
    expect(given(w)).toEqual(["cleo rename zoe", "ben rename cleo", "ann rename ben"]);
  });

  test("that differs from what we believe is settled by what the target says", async () => {
    const w = await inStep(["ann", "ben"]);
    // By hand: ben's account holds a name that we know nothing of.
    const target = await w.target();
    const { signal } = new AbortController();
    const ben = (await w.users()).get("ben@example.com")?.id ?? "";
    await target.users.patch(ben, [{ op: "replace", path: "userName", value: "zoe@example.com" }], {
      signal,
    });
    await target.close();
    renames(w, { ann: "zoe", ben: "benjamin" });
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { rename: 2 } });
    expect(await names(w)).toEqual({ ann: "zoe", ben: "benjamin" });
  });

  test("whose end is held waits, is named, and fails nobody", async () => {
    const w = await inStep(["ann", "ben", "cleo"], { limits: { neverHoldBelow: 0, identifierChanges: 0 } });
    renames(w, { ann: "ben", ben: "cleo", cleo: "zoe" });
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "held", failures: [], applied: {} });
    w.approve();
    expect((await w.sync()).applied).toEqual({ rename: 3 });
  });

  test("whose end fails waits with a reason, until it does not", async () => {
    const w = await inStep(["ann", "ben"]);
    renames(w, { ann: "ben" });
    w.directory.person("ben", { login: "bob@example.com", title: "bad" });
    const ben = (await w.users()).get("ben@example.com")?.id;
    w.before = (call) => {
      if (call.method === "patch" && call.id === ben) throw new ItemError("invalid-value", "no such title");
    };
    const report = await w.sync();
    expect(report.failures).toMatchObject([{ sourceId: "ben" }]);
    expect(report.waiting).toMatchObject({ names: 1, failing: 1 });
    expect(await names(w)).toEqual({ ann: "ann", ben: "ben" });
    w.before = () => {};
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { rename: 2 } });
    expect(await names(w)).toEqual({ ann: "ben", ben: "bob" });
  });
});

test("one person on demand waits for somebody who is not asked for, and is told of whom", async () => {
  const w = await inStep(["ann", "ben"]);
  renames(w, { ann: "ben", ben: "bob" });
  await w.plan();
  const report = await w.sync({ user: "ann" });
  expect(report).toMatchObject({ failures: [], applied: {}, nameWaits: [{ sourceId: "ann" }] });
  expect(report.nameWaits[0]?.message).toMatch(/still held by ben, whose change is not part of this run$/);
  expect((await w.sync()).applied).toEqual({ rename: 2 });
});

describe("somebody whose holder's call got no answer", () => {
  test("waits until it was looked at, and gets the name in the same run", async () => {
    const w = await inStep(["ann", "ben"], { settleMs: 60_000 });
    renames(w, { ann: "ben", ben: "bob" });
    const ben = (await w.users()).get("ben@example.com")?.id;
    let sent = 0;
    w.after = (call) => {
      if (call.method === "patch" && call.id === ben && ++sent === 1)
        throw new TransientError("no answer", { outcome: "unknown" });
    };
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "done", failures: [], nameWaits: [] });
    expect(await names(w)).toEqual({ ann: "ben", ben: "bob" });
    expect(given(w)).toEqual(["ben rename bob", "ann rename ben"]);
  });

  test("waits for the next run, and is told of whom, when it cannot be looked at in this one", async () => {
    const w = await inStep(["ann", "ben"], { settleMs: 60 * 60_000 });
    renames(w, { ann: "ben", ben: "bob" });
    const ben = (await w.users()).get("ben@example.com")?.id;
    w.before = (call) => {
      if (call.method === "patch" && call.id === ben)
        throw new TransientError("no answer", { outcome: "unknown" });
    };
    const report = await w.sync();
    expect(report.nameWaits).toMatchObject([
      {
        sourceId: "ann",
        message: expect.stringMatching(/still held by ben, of whom a call has got no answer yet$/),
      },
    ]);
    expect(report.failures).toEqual([]);
    w.before = () => {};
    // The settle time counts again from the next run on.
    w.clock.pass(24 * 3_600_000);
    expect((await w.sync()).nameWaits).toHaveLength(1);
    w.clock.pass(24 * 3_600_000);
    expect(await w.sync()).toMatchObject({ outcome: "done", nameWaits: [] });
    expect(await names(w)).toEqual({ ann: "ben", ben: "bob" });
  });
});

describe("a ring that cannot be finished", () => {
  test("puts everybody back under the name from before", async () => {
    const w = await inStep(["ann", "ben"]);
    renames(w, { ann: "ben" });
    w.directory.person("ben", { login: "ann@example.com", title: "bad" });
    const ben = (await w.users()).get("ben@example.com")?.id;
    w.before = (call) => {
      if (call.method === "patch" && call.id === ben) throw new ItemError("invalid-value", "no such title");
    };
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "failing", applied: { "step aside": 1, "step back": 1 } });
    expect(await names(w)).toEqual({ ann: "ann", ben: "ben" });
    w.calls.length = 0;
    w.before = () => {};
    expect((await w.sync()).outcome).toBe("done");
    expect(await names(w)).toEqual({ ann: "ben", ben: "ann" });
  });

  test("because of a value of the one who is to step aside does not begin", async () => {
    const w = await inStep(["ann", "ben"]);
    renames(w, { ben: "ann" });
    w.directory.person("ann", { login: "ben@example.com", title: "bad" });
    const open = w.target.bind(w);
    w.target = async () => {
      const target = await open();
      const patch: typeof target.users.patch = async (id, operations, options) => {
        if (operations.some((each) => each.op !== "remove" && each.value === "bad"))
          throw new ItemError("invalid-value", "no such title");
        return target.users.patch(id, operations, options);
      };
      return { ...target, users: { ...target.users, patch } };
    };
    const report = await w.sync();
    expect(report).toMatchObject({ applied: {}, failures: [{ sourceId: "ann" }], waiting: { names: 1 } });
    expect(await names(w)).toEqual({ ann: "ann", ben: "ben" });
  });
});

test("a target that shows what is past is not asked without end", async () => {
  const w = await inStep(["ann", "ben"]);
  renames(w, { ann: "ben", ben: "ann" });
  const open = w.target.bind(w);
  const [ann, ben] = [(await w.users()).get("ann@example.com"), (await w.users()).get("ben@example.com")];
  let asked = 0;
  w.target = async () => {
    const target = await open();
    const users: typeof target.users = {
      ...target.users,
      find: async (path, value, until) =>
        value === "ann@example.com" && ann !== undefined ? [ann] : target.users.find(path, value, until),
      patch: async (id, operations, options) => {
        if (id !== ben?.id) return target.users.patch(id, operations, options);
        asked += 1;
        throw new ItemError("uniqueness", "the target refuses: another has this name", { status: 409 });
      },
    };
    return { ...target, users };
  };
  const report = await w.sync();
  expect(report.failures).toMatchObject([{ sourceId: "ben" }]);
  expect(asked).toBeLessThanOrEqual(4);
  expect(await names(w)).toEqual({ ann: "ann", ben: "ben" });
});

describe("somebody new with a name that is in use", () => {
  test("gets it in the same run once whoever has it is renamed", async () => {
    const w = await inStep(["ann"]);
    renames(w, { ann: "ann.lee" });
    w.directory.person("new", { login: "ann@example.com" });
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "done", applied: { rename: 1, create: 1 }, failures: [] });
    expect(await names(w)).toEqual({ ann: "ann.lee", new: "ann" });
  });

  test("waits while that rename is held", async () => {
    const w = await inStep(["ann", "ben", "cleo"], { limits: { neverHoldBelow: 0, identifierChanges: 0 } });
    renames(w, { ann: "ann.lee" });
    w.directory.person("new", { login: "ann@example.com" });
    expect(await w.sync()).toMatchObject({ waiting: { names: 1, failing: 0 }, failures: [] });
    w.approve();
    expect((await w.sync()).applied).toEqual({ rename: 1, create: 1 });
  });

  test("never gets the account of somebody who left and was switched off: a person decides", async () => {
    const w = await inStep(["ann", "ben", "cleo"]);
    w.directory.remove("ann");
    await w.sync();
    w.directory.person("new", { login: "ann@example.com" });
    expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "adoptions" }] });
    expect(await names(w)).toMatchObject({ ann: "ann" });
  });

  test("is told who keeps it, when that is a disabled person", async () => {
    const w = await inStep(["ann", "ben"]);
    w.directory.person("ann", { enabled: false });
    await w.sync();
    w.directory.person("new", { login: "ann@example.com" });
    const report = await w.sync();
    expect(report.failures).toMatchObject([
      { sourceId: "new", message: expect.stringMatching(/linked to somebody else/) },
    ]);
  });

  test("waits until an account that is to be deleted is gone", async () => {
    const w = await inStep(["ann", "ben", "cleo"], { policy: { whenDeleted: "delete" } });
    w.directory.remove("ann").person("new", { login: "ann@example.com" });
    const report = await w.sync();
    expect(report).toMatchObject({ applied: { delete: 1 }, failures: [], waiting: { names: 1 } });
    expect((await w.sync()).applied).toEqual({ create: 1 });
    expect(await names(w)).toEqual({ ben: "ben", cleo: "cleo", new: "ann" });
  });
});

test("a name that somebody else's account has is refused, with the sentence", async () => {
  const w = await inStep(["ann", "ben"]);
  const target = await w.target();
  await target.users.create({ schemas: [], userName: "zoe@example.com" } as never, {
    signal: new AbortController().signal,
  });
  await target.close();
  renames(w, { ann: "zoe" });
  const report = await w.sync();
  expect(report.failures).toMatchObject([
    { sourceId: "ann", message: expect.stringMatching(/has this userName, and is none of ours$/) },
  ]);
  expect(await names(w)).toMatchObject({ ann: "ann" });
});

test("only the case of a name is no change of it", async () => {
  const w = await inStep(["ann", "ben"]);
  renames(w, { ann: "Ann", ben: "ANN.b" });
  expect(await w.sync()).toMatchObject({ outcome: "done", failures: [] });
  w.directory.group("one", [], { name: "Team" }).group("two", [], { name: "Crew" });
  await w.sync();
  w.directory.group("one", [], { name: "TEAM" });
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { "rename group": 1 }, failures: [] });
});

test("groups that swap names get them, with their members", async () => {
  const w = world();
  w.directory.person("ann").person("ben").group("one", ["ann"]).group("two", ["ben"]);
  await w.sync();
  w.directory.group("one", ["ann"], { name: "two" }).group("two", ["ben"], { name: "one" });
  const report = await w.sync();
  expect(report).toMatchObject({
    outcome: "done",
    applied: { "rename group": 2, "step aside group": 1 },
    failures: [],
  });
  expect(await w.groups()).toEqual({ one: ["ben@example.com"], two: ["ann@example.com"] });
});

test("a comparison with all of the target takes a temporary name for nobody's hand edit, and brings it to its end", async () => {
  const w = await inStep(["ann", "ben"]);
  const target = await w.target();
  const value = temporaryName({ sourceId: "ann" }, "zoe@example.com");
  const id = (await w.users()).get("ann@example.com")?.id ?? "";
  await target.users.patch(id, [{ op: "replace", path: "userName", value }], {
    signal: new AbortController().signal,
  });
  await target.close();
  w.clock.pass(3_600_000);
  await w.sync({ reconcile: true });
  expect(await names(w)).toEqual({ ann: "ann", ben: "ben" });
  const store = w.store();
  const [ann] = store.people.find("ann", "user");
  expect(store.findings.of(ann?.id ?? 0)).toEqual([]);
  expect(store.audit.entries({ limit: 1, since: 0 })).toMatchObject([
    { sourceId: "ann", reason: "in scope" },
  ]);
  store.close();
});

test("a temporary name is known again by its own account alone, however it is written", () => {
  const ann = { sourceId: "ann" };
  const name = temporaryName(ann, "ben@example.com");
  expect(name).toMatch(/^ben@example\.com\.[0-9a-f]{8}$/);
  expect(isTemporaryName(ann, name.toUpperCase())).toBe(true);
  expect(isTemporaryName({ sourceId: "ben" }, name)).toBe(false);
  expect(isTemporaryName(ann, "ben@example.com")).toBe(false);
  expect(isTemporaryName(ann, null)).toBe(false);
});

test("who swaps names while being switched off waits for the answer to that, and is not asked again meanwhile", async () => {
  const w = await inStep(["ann", "ben"], { settleMs: 60 * 60_000 });
  w.directory.person("ann", { login: "ben@example.com", enabled: false });
  w.directory.person("ben", { login: "ann@example.com", enabled: false });
  const ben = (await w.users()).get("ben@example.com")?.id;
  let isLost = false;
  w.after = (call) => {
    if (call.method !== "patch" || call.id !== ben) return;
    isLost = true;
    throw new TransientError("no answer", { outcome: "unknown" });
  };
  const writtenAfter: string[] = [];
  w.before = (call) => {
    if (call.method === "patch" && call.id === ben && isLost) writtenAfter.push(call.method);
  };
  await w.sync();
  expect(isLost).toBe(true);
  expect(writtenAfter).toEqual([]);
  w.before = () => {};
  w.after = () => {};
  for (let day = 0; day < 3; day++) {
    w.clock.pass(24 * 3_600_000);
    await w.sync();
  }
  expect(await names(w)).toEqual({ ann: "ben", ben: "ann" });
});
