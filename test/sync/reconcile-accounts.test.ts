import { describe, expect, test } from "vitest";
import { ItemError, TransientError } from "../../src/errors.ts";
import type { ResourceApi, ScimApi } from "../../src/scim/api.ts";
import type { Kind, StoredResource } from "../../src/scim/resource.ts";
import { type World, worlds } from "../world.ts";
import { byHand, createByHand, day, deleteByHand, exactly, found, inSync, set } from "./by-hand.ts";

const world = worlds();
const ann = "ann@example.com";

/** The target's list of users or groups as a test wants it; everything else stays as it is. */
function listing(
  w: World,
  kind: Kind,
  list: (real: ResourceApi, signal: AbortSignal) => AsyncIterable<StoredResource>,
): void {
  const target = w.target.bind(w);
  w.target = async (): Promise<ScimApi> => {
    const real = await target();
    const api = kind === "user" ? real.users : real.groups;
    const changed = { ...api, list: (signal: AbortSignal) => list(api, signal) };
    return { ...real, [kind === "user" ? "users" : "groups"]: changed };
  };
}

async function* only(all: AsyncIterable<StoredResource>, most: number): AsyncIterable<StoredResource> {
  let n = 0;
  for await (const each of all) {
    n += 1;
    if (n > most) return;
    yield each;
  }
}

describe("an account that is gone at the target", () => {
  test("is asked for by id, told, looked up and created again, with its memberships", async () => {
    const w = await inSync(world);
    await deleteByHand(w, "user", ann);
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ outcome: "done", reconcile: { found: exactly({ vanished: 1 }) } });
    expect(report.applied).toEqual({ create: 1, "add member": 1 });
    expect(await w.groups()).toEqual({ team: [ann, "p0001@example.com"] });
    expect(await w.sync({ reconcile: true })).toMatchObject({
      outcome: "done",
      applied: {},
      reconcile: { found: exactly({}) },
    });
  });

  test("of somebody who left is nothing to do", async () => {
    const w = await inSync(world);
    w.directory.person("ann", { enabled: false });
    await w.sync();
    await deleteByHand(w, "user", ann);
    w.calls.length = 0;
    expect(await w.sync({ reconcile: true })).toMatchObject({
      outcome: "done",
      applied: {},
      reconcile: { found: exactly({}) },
    });
    expect(w.written).toEqual([]);
    expect((await w.users()).has(ann)).toBe(false);
  });

  test("and is a group, is created again with its members", async () => {
    const w = await inSync(world);
    await deleteByHand(w, "group", "team");
    w.directory.group("other", ["p0003"]);
    await w.sync();
    const report = await w.sync({ reconcile: true });
    expect(found(report)).toEqual({ vanished: 1 });
    expect(report.applied).toEqual({ "create group": 1, "add member": 2 });
    expect(await w.groups()).toEqual({ other: ["p0003@example.com"], team: [ann, "p0001@example.com"] });
  });

  test("only in the list, stays linked: absence is asked for by id", async () => {
    const w = await inSync(world);
    listing(w, "user", (real, signal) => only(real.list(signal), 4));
    const report = await w.sync({ reconcile: true });
    expect(report.applied).toEqual({});
    expect(found(report)).toEqual({});
    expect(report).toMatchObject({
      outcome: "failed",
      problem: { message: expect.stringContaining("showed 4 of the 10 users") },
    });
    expect(w.calls.filter(({ method }) => method === "get")).toHaveLength(6);
    expect(w.written).toEqual([]);
  });
});

describe("a list that cannot be believed", () => {
  test("that is empty takes nobody's link, whatever is asked by id", async () => {
    const w = await inSync(world);
    listing(w, "user", (real, signal) => only(real.list(signal), 0));
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ outcome: "failed", applied: {} });
    expect(report.problem?.message).toContain(
      "showed no users at all; 10 are ours, and nothing was concluded",
    );
    expect(w.calls.some(({ method }) => method === "get")).toBe(false);
    expect(w.written).toEqual([]);
  });

  test("that misses very many is not answered by asking for each", async () => {
    const w = world({ reconcileEveryMs: day });
    w.directory.people("p", 80);
    await w.sync();
    w.calls.length = 0;
    listing(w, "user", (real, signal) => only(real.list(signal), 20));
    w.clock.pass(day);
    const report = await w.sync();
    expect(report.problem?.message).toContain("more than 50 of our 80 users are not in the target's list");
    expect(report.applied).toEqual({});
    expect(w.calls.filter(({ method }) => method === "get")).toEqual([]);
    // It is as long to the next look as ever: a target like this is not asked in every cycle.
    expect(await w.sync()).toMatchObject({ outcome: "done", reconcile: undefined });
  });

  test("that misses very many, without a count, says so", async () => {
    const w = world();
    w.directory.people("p", 80);
    await w.sync();
    listing(w, "user", (real, signal) => only(real.list(signal), 20));
    const target = w.target.bind(w);
    w.target = async () => {
      const real = await target();
      return { ...real, users: { ...real.users, count: async () => undefined } };
    };
    const report = await w.sync({ reconcile: true });
    expect(report.problem?.message).toContain("more than 50 of our 80 users are not in the target's list");
    expect(report.applied).toEqual({});
  });

  test("of another target, where nearly all of ours are gone, takes nobody's link", async () => {
    const w = await inSync(world);
    const people = ["p0000", "p0001", "p0002", "p0003", "p0004", "p0005"];
    for (const name of people) await deleteByHand(w, "user", `${name}@example.com`);
    w.calls.length = 0;
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ outcome: "failed", applied: {} });
    expect(report.problem?.message).toContain("most of our 10 users are gone at the target");
    expect(w.written).toEqual([]);
    expect(found(report)).toEqual({});
  });

  test("and is refused, with nearly all of ours gone, takes nobody's link either", async () => {
    const w = await inSync(world);
    for (let n = 0; n < 6; n++) await deleteByHand(w, "user", `p000${n}@example.com`);
    listing(w, "user", async function* () {
      yield* [];
      throw new ItemError("mutability", "app does not list users", { status: 501 });
    });
    const report = await w.sync({ reconcile: true });
    expect(report.problem?.message).toContain("most of 10 of our users are gone at the target");
    expect(found(report)).toEqual({});
    expect(w.written).toEqual([]);
  });

  test("that misses one who came while it was read is whole", async () => {
    const w = await inSync(world);
    await createByHand(w, "user", { userName: "root" });
    listing(w, "user", (real, signal) => only(real.list(signal), 10));
    expect(await w.sync({ reconcile: true })).toMatchObject({
      outcome: "done",
      reconcile: { problem: undefined },
    });
  });

  test("that shows only those who are on is whole: who is off and is to be off is not asked for", async () => {
    const w = world();
    w.directory.people("p", 80).group("team", ["p0001", "p0050"]);
    await w.sync();
    for (let n = 10; n < 80; n++) w.directory.person(`p00${n}`, { enabled: false });
    await w.sync();
    w.approve();
    await w.sync();
    await byHand(w, "user", "p0042@example.com", set("active", true));
    await deleteByHand(w, "user", "p0050@example.com");
    listing(w, "user", async function* (real, signal) {
      for await (const each of real.list(signal)) if (each["active"] === true) yield each;
    });
    w.calls.length = 0;
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({
      outcome: "done",
      reconcile: { found: exactly({ "switched-on": 1 }), users: { seen: 11, ours: 11 }, problem: undefined },
      applied: { deactivate: 1 },
    });
    expect(w.calls.filter(({ method }) => method === "get")).toHaveLength(2);
  });

  test("that shows everybody twice counts nobody twice", async () => {
    const w = await inSync(world);
    await byHand(w, "user", ann, set("title", "Boss"));
    listing(w, "user", async function* (real, signal) {
      yield* real.list(signal);
      yield* real.list(signal);
    });
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({
      outcome: "done",
      reconcile: { found: exactly({ changed: 1 }), users: { seen: 10, ours: 10 } },
      applied: { update: 1 },
    });
  });

  test("that shows less of each than there is leads to no write, and is learnt from", async () => {
    const w = await inSync(world);
    for (let n = 0; n < 9; n++) w.directory.person(`p000${n}`, { title: "Clerk" });
    await w.sync();
    w.calls.length = 0;
    listing(w, "user", async function* (real, signal) {
      for await (const { title: _title, ...each } of real.list(signal)) yield each as StoredResource;
    });
    w.options = { ...w.options, capabilities: { concurrency: 2 } };
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ outcome: "done", applied: {}, reconcile: { found: exactly({}) } });
    expect(w.calls.filter(({ method }) => method === "get")).toHaveLength(2);
    expect(w.written).toEqual([]);
  });

  test("that is older than the account itself leads to no write", async () => {
    const w = await inSync(world);
    listing(w, "user", async function* (real, signal) {
      for await (const each of real.list(signal)) yield { ...each, title: "Before" };
    });
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ outcome: "done", applied: {}, reconcile: { found: exactly({}) } });
  });

  test("that the target refuses is replaced by asking for ours one by one, in turn", async () => {
    const w = await inSync(world);
    await byHand(w, "user", ann, set("title", "Boss"));
    await deleteByHand(w, "user", "p0001@example.com");
    listing(w, "user", async function* () {
      yield* [];
      throw new ItemError("mutability", "app does not list users", { status: 501 });
    });
    const report = await w.sync({ reconcile: true });
    expect(found(report)).toEqual({ changed: 1, vanished: 1 });
    expect(report.applied).toEqual({ update: 1, create: 1, "add member": 1 });
    expect(report.reconcile?.gaps).toEqual([
      "the target does not list its users: ours were asked for one by one, others are not known",
    ]);
  });

  test("that the target refuses is replaced by so many a run, and the next run goes on from there", async () => {
    const w = world({ limits: { creations: 1 } });
    w.directory.people("p", 1_020);
    await w.sync();
    await byHand(w, "user", "p1015@example.com", set("displayName", "Somebody"));
    const { target } = w;
    listing(w, "user", async function* () {
      yield* [];
      throw new ItemError("mutability", "app does not list users", { status: 501 });
    });
    const first = await w.sync({ reconcile: true });
    expect(first.reconcile).toMatchObject({ found: exactly({}), users: { seen: 1_000, ours: 1_000 } });
    expect(found(await w.sync({ reconcile: true }))).toEqual({ changed: 1 });
    w.target = target;
    expect((await w.users()).get("p1015@example.com")?.["displayName"]).toBe("p1015");
  }, 60_000);

  test("that breaks off in the middle keeps what was seen, and concludes nothing from the rest", async () => {
    const w = world();
    w.directory.people("p", 450);
    await w.sync();
    w.calls.length = 0;
    await byHand(w, "user", "p0001@example.com", set("displayName", "Somebody"));
    const { target } = w;
    listing(w, "user", async function* (real, signal) {
      yield* only(real.list(signal), 430);
      throw new TransientError("the target went away", { outcome: "none" });
    });
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ outcome: "failed", reconcile: undefined, applied: { update: 1 } });
    w.target = target;
    expect((await w.users()).get("p0001@example.com")?.["displayName"]).toBe("p0001");
  });
});

describe("an account without a link", () => {
  /** The target says 404 for once, and the link is gone. */
  async function linkLost(w: World): Promise<void> {
    const id = (await w.users()).get(ann)?.id;
    w.directory.person("ann", { title: "Director" });
    const { target } = w;
    w.target = async () => {
      const real = await target.call(w);
      const get: ResourceApi["get"] = async (asked, signal) =>
        asked === id ? undefined : real.users.get(asked, signal);
      return { ...real, users: { ...real.users, get } };
    };
    expect((await w.sync()).outcome).toBe("failing");
    w.target = target;
  }

  test("that claim and audit trail prove to be ours is linked again, never created twice", async () => {
    const w = await inSync(world);
    await linkLost(w);
    w.calls.length = 0;
    const report = await w.sync({ reconcile: true });
    expect(found(report)).toMatchObject({ relinked: 1 });
    expect(report.applied["create"]).toBeUndefined();
    expect(report.outcome).toBe("done");
    expect((await w.users()).size).toBe(10);
    expect((await w.users()).get(ann)?.["title"]).toBe("Director");
    const store = w.store();
    const [row] = store.people.find(ann);
    expect(row).toMatchObject({ origin: "created", appliedIntent: "active" });
    expect(store.audit.entries({ resource: row?.id ?? 0, limit: 50 }).map(({ action }) => action)).toContain(
      "relink",
    );
    expect(store.audit.firstBreak()).toBeUndefined();
    store.close();
    expect(await w.groups()).toEqual({ team: [ann, "p0001@example.com"] });
  });

  test("of somebody who left meanwhile is linked again and switched off", async () => {
    const w = await inSync(world);
    await linkLost(w);
    w.directory.remove("ann");
    const report = await w.sync({ reconcile: true });
    expect(found(report)).toEqual({ relinked: 1 });
    expect(report.applied).toMatchObject({ deactivate: 1 });
    expect((await w.users()).get(ann)?.["active"]).toBe(false);
  });

  test("that somebody switched off is linked again and not switched on", async () => {
    const w = await inSync(world);
    await linkLost(w);
    await byHand(w, "user", ann, set("active", false));
    expect(await w.sync({ reconcile: true })).toMatchObject({
      outcome: "held",
      holds: [{ class: "switched-off" }],
    });
    expect((await w.users()).get(ann)?.["active"]).toBe(false);
  });

  test("that carries somebody else's external id now is told, and not linked", async () => {
    const w = await inSync(world);
    await linkLost(w);
    w.directory.remove("ann");
    await byHand(w, "user", ann, set("externalId", "another-system-7"));
    w.calls.length = 0;
    const report = await w.sync({ reconcile: true });
    expect(found(report)).toEqual({ "lost-link": 1 });
    expect(w.written).toEqual([]);
  });

  test("and with the external id of somebody who has an account is a second one: named, never touched", async () => {
    const w = await inSync(world);
    const { id } = await createByHand(w, "user", { userName: "ann2@example.com", externalId: "ann" });
    w.calls.length = 0;
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({
      outcome: "done",
      applied: {},
      reconcile: {
        found: exactly({ duplicate: 1 }),
        examples: [{ type: "duplicate", label: ann, theirs: id }],
      },
    });
    expect(w.written).toEqual([]);
  });

  test("that somebody made in place of one that is gone is found by the match step, and waits for an approval", async () => {
    const w = await inSync(world);
    await deleteByHand(w, "user", ann);
    const { id } = await createByHand(w, "user", { userName: "ann2@example.com", externalId: "ann" });
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({
      outcome: "held",
      holds: [{ class: "adoptions", waiting: 1 }],
      reconcile: { found: exactly({ vanished: 1 }) },
      applied: {},
    });
    w.approve();
    expect((await w.sync()).applied).toMatchObject({ adopt: 1 });
    expect((await w.users()).get(ann)?.id).toBe(id);
  });

  test("and nobody's is counted, with names, and never touched", async () => {
    const w = await inSync(world);
    await createByHand(w, "user", { userName: "root" });
    await createByHand(w, "user", { userName: "backup", externalId: "of-another-system" });
    await createByHand(w, "group", { displayName: "Administrators" });
    w.calls.length = 0;
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({
      outcome: "done",
      reconcile: {
        found: exactly({}),
        users: { seen: 12, ours: 10, unmanaged: 2, examples: ["root", "backup"] },
        groups: { seen: 2, ours: 1, unmanaged: 1, examples: ["Administrators"] },
      },
    });
    expect(w.written).toEqual([]);
  });

  test("that another connection manages is theirs, and not nobody's", async () => {
    const w = await inSync(world, { scope: { users: 'user.title == "Engineer"' } });
    w.options = { connection: "other", scope: { users: 'user.title != "Engineer"' } };
    await w.sync();
    const report = await w.sync({ reconcile: true });
    expect(report.reconcile).toMatchObject({
      found: exactly({}),
      users: { seen: 10, ours: 9, unmanaged: 0 },
      groups: { unmanaged: 0 },
    });
  });
});

test("mass renames by hand are put right only with an approval", async () => {
  const w = world();
  w.directory.people("p", 40);
  await w.sync();
  for (let n = 0; n < 12; n++) {
    const name = `p00${String(n).padStart(2, "0")}@example.com`;
    await byHand(w, "user", name, set("userName", `x-${name}`));
  }
  w.calls.length = 0;
  const report = await w.sync({ reconcile: true });
  expect(report).toMatchObject({
    outcome: "held",
    applied: {},
    holds: [{ class: "identifier-changes", waiting: 12 }],
  });
  expect(w.written).toEqual([]);
  w.approve();
  expect((await w.sync()).applied).toEqual({ rename: 12 });
});
