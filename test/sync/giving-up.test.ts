import { describe, expect, test } from "vitest";
import { ItemError, TransientError } from "../../src/errors.ts";
import { exitCodeOf, type Report } from "../../src/sync/report.ts";
import { type Call, type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();

const hour = 3_600_000;
const day = 24 * hour;
const refusal = () => new ItemError("invalid-value", "the target refuses it");

/** Nine people who are fine, ann, and ben; and a group of all of them. */
async function synced(options: WorldOptions = {}): Promise<World> {
  const w = world(options);
  const nine = Array.from({ length: 9 }, (_, n) => `p000${n}`);
  w.directory
    .people("p", 9)
    .person("ann")
    .person("ben")
    .group("team", [...nine, "ann", "ben"]);
  expect((await w.sync()).outcome).toBe("done");
  return w;
}

/** Every write to one of ann's objects is refused; returns the hours at which one was tried. */
async function refused(w: World, fits: (call: Call) => boolean): Promise<number[]> {
  const tried: number[] = [];
  const start = w.clock.now();
  w.before = (call) => {
    if (!fits(call)) return;
    tried.push(Math.round((w.clock.now() - start) / hour));
    throw refusal();
  };
  return tried;
}

async function refusedFor(w: World, login: string, method: Call["method"] = "patch"): Promise<number[]> {
  const id = (await w.users()).get(`${login}@example.com`)?.id;
  return refused(w, (call) => call.method === method && call.id === id);
}

/** Cycles, one after each step. */
async function cycles(w: World, n: number, stepMs: number): Promise<Report[]> {
  const reports: Report[] = [];
  for (let at = 0; at < n; at++) {
    w.clock.pass(stepMs);
    reports.push(await w.sync());
  }
  return reports;
}

/** Hours between one try and the next. */
const gaps = (tried: readonly number[]) => tried.slice(1).map((at, index) => at - (tried[index] ?? 0));

describe("what the target refuses", () => {
  test("is tried in the next cycle, after 6, 12 and 24 hours, then daily", async () => {
    const w = await synced();
    const tried = await refusedFor(w, "ann");
    w.directory.person("ann", { title: "Engineer" });
    await cycles(w, 50, 2 * hour);
    expect(gaps(tried)).toEqual([2, 6, 12, 24, 24, 24]);
  });

  test("is tried on the connection's own schedule", async () => {
    const w = await synced({ retry: { waitsMs: [hour, 3 * hour], giveUpAfterMs: 8 * hour } });
    const tried = await refusedFor(w, "ann");
    w.directory.person("ann", { title: "Engineer" });
    const reports = await cycles(w, 24, hour);
    expect(gaps(tried)).toEqual([1, 1, 3, 3]);
    expect(reports.at(-1)?.waiting).toMatchObject({ failing: 1, givenUp: 1 });
  });

  test("is given up after 28 days: not tried, and still told of", async () => {
    const w = await synced();
    const tried = await refusedFor(w, "ann");
    w.directory.person("ann", { title: "Engineer" });
    await cycles(w, 31, day);
    const before = tried.length;
    w.calls.length = 0;
    const [report] = await cycles(w, 1, day);
    expect(tried).toHaveLength(before);
    expect(w.calls).toEqual([]);
    expect(report).toMatchObject({ outcome: "failing", waiting: { failing: 1, givenUp: 1 } });
    expect(exitCodeOf({ outcome: report?.outcome ?? "done" })).toBe(4);
    expect(tried.at(-1)).toBeGreaterThanOrEqual(28 * 24);
  }, 60_000);

  test("and was given up is tried again when something else is wanted, or the directory says something new", async () => {
    for (const change of [{ title: "Boss" }, { department: "Sales" }]) {
      const w = await synced();
      const tried = await refusedFor(w, "ann");
      w.directory.person("ann", { title: "Engineer" });
      await cycles(w, 31, day);
      tried.length = 0;
      w.directory.person("ann", change);
      expect((await cycles(w, 1, hour))[0]?.waiting).toMatchObject({ failing: 1, givenUp: 0 });
      expect(tried).toHaveLength(1);
      w.before = () => {};
      expect((await cycles(w, 1, hour))[0]).toMatchObject({ outcome: "done", applied: { update: 1 } });
    }
  }, 60_000);

  test("is not given up because nothing ran for weeks", async () => {
    const w = await synced();
    const tried = await refusedFor(w, "ann");
    w.directory.person("ann", { title: "Engineer" });
    await cycles(w, 1, hour);
    const [report] = await cycles(w, 1, 60 * day);
    expect(report?.waiting).toMatchObject({ failing: 1, givenUp: 0 });
    expect(tried).toHaveLength(2);
  });

  test("is not given up by a clock that was ahead", async () => {
    const w = await synced();
    const tried = await refusedFor(w, "ann");
    w.directory.person("ann", { title: "Engineer" });
    await cycles(w, 6, day);
    const [ahead] = await cycles(w, 1, 365 * day);
    expect(ahead?.waiting.givenUp).toBe(1);
    w.clock.pass(-365 * day);
    tried.length = 0;
    expect((await cycles(w, 1, hour))[0]?.waiting.givenUp).toBe(0);
    expect(tried).toHaveLength(1);
  });

  test("because the target was not to be reached for long is tried in every cycle, and never given up", async () => {
    const w = await synced();
    w.directory.person("ann", { title: "Engineer" });
    w.before = (call) => {
      if (call.method === "get") throw new TransientError("connection refused", { outcome: "none" });
    };
    await cycles(w, 35, day);
    // A refusal after that is the first one.
    const tried = await refusedFor(w, "ann");
    await cycles(w, 3, hour);
    expect(tried).toHaveLength(2);
    w.before = () => {};
    expect((await cycles(w, 1, 6 * hour))[0]).toMatchObject({ outcome: "done", applied: { update: 1 } });
  }, 60_000);
});

describe("what takes access away is never given up", () => {
  test("a deactivation is tried at least daily for as long as it takes", async () => {
    const w = await synced({ retry: { waitsMs: [6 * hour, 96 * hour] } });
    const tried = await refusedFor(w, "ann");
    w.directory.person("ann", { enabled: false });
    await cycles(w, 45, day);
    expect(tried).toHaveLength(45);
    w.before = () => {};
    expect((await cycles(w, 1, day))[0]).toMatchObject({
      outcome: "done",
      applied: { deactivate: 1 },
      oldestDeactivation: undefined,
    });
  }, 60_000);

  test("a deletion, too", async () => {
    const w = await synced({ policy: { whenDeleted: "delete" } });
    const tried = await refusedFor(w, "ann", "delete");
    w.directory.remove("ann");
    const reports = await cycles(w, 35, day);
    expect(tried).toHaveLength(35);
    expect(reports.at(-1)?.waiting.givenUp).toBe(0);
  }, 60_000);

  test("a removal from a group, too; but an addition is", async () => {
    const w = await synced();
    const tried = await refused(w, (call) => call.method === "changeMembers");
    w.directory.leave("team", "ann").person("zoe").join("team", "zoe");
    const reports = await cycles(w, 32, day);
    expect(reports.at(-1)?.waiting).toMatchObject({ failing: 0, failingReferences: 2, givenUp: 1 });
    tried.length = 0;
    await cycles(w, 1, day);
    expect(tried).toHaveLength(1);
    w.before = () => {};
    expect((await cycles(w, 1, day))[0]?.applied).toEqual({ "remove member": 1 });
    expect((await w.groups())["team"]).not.toContain("ann@example.com");
  }, 60_000);

  test("it is told of once a day when it is refused for more than a day, and since when somebody waits always", async () => {
    const w = await synced();
    await refusedFor(w, "ann");
    const left = w.clock.now();
    w.directory.person("ann", { enabled: false });
    const reports = await cycles(w, 24, 3 * hour);
    const overdue = reports.map((each) => (each.overdueRemovals === undefined ? "-" : "!")).join("");
    expect(overdue).toBe("--------!-------!-------");
    expect(reports[8]?.overdueRemovals?.count).toBe(1);
    for (const { oldestDeactivation } of reports)
      expect((oldestDeactivation ?? 0) - left).toBeLessThan(4 * hour);
    expect(reports.at(-1)?.oldestDeactivation).toBe(reports[0]?.oldestDeactivation);
  });

  test("the first reason to leave counts: somebody disabled and then deleted has waited since the first", async () => {
    const w = await synced();
    await refusedFor(w, "ann");
    w.directory.person("ann", { enabled: false });
    const [first] = await cycles(w, 1, hour);
    w.directory.remove("ann");
    const [second] = await cycles(w, 1, day);
    expect(second?.oldestDeactivation).toBe(first?.oldestDeactivation);
    w.directory.person("ann", { enabled: true });
    w.before = () => {};
    expect((await cycles(w, 1, day))[0]?.oldestDeactivation).toBeUndefined();
  });
});

describe("references and memberships", () => {
  test("that are refused count apart, and leave the person's own values alone", async () => {
    const w = await synced();
    const id = (await w.users()).get("ann@example.com")?.id;
    w.directory.person("ann", { manager: "ben", title: "Engineer" });
    let patches = 0;
    w.before = (call) => {
      if (call.method === "patch" && call.id === id && ++patches > 1) throw refusal();
    };
    const report = await w.sync();
    expect(report).toMatchObject({
      outcome: "failing",
      applied: { update: 1 },
      waiting: { failing: 0, failingReferences: 1 },
    });
    w.directory.person("ann", { title: "Boss" });
    patches = 0;
    expect((await w.sync()).applied).toEqual({ update: 1 });
    const store = w.store();
    expect(store.people.find("ann@example.com")[0]).toMatchObject({ failingSince: null, error: null });
    store.close();
  });

  test("go on while the person's or the group's own values are refused", async () => {
    const w = await synced();
    const group = (await w.groups())["team"];
    expect(group).toHaveLength(11);
    w.before = (call) => {
      if (call.kind === "group" && call.method === "patch") throw refusal();
    };
    w.directory.group("team", [], { name: "Team B" }).leave("team", "ann");
    w.directory.join("team", ...Array.from({ length: 9 }, (_, n) => `p000${n}`), "ben");
    expect((await w.sync()).waiting).toMatchObject({ failing: 1, failingReferences: 0 });
    expect((await w.groups())["team"]).not.toContain("ann@example.com");
    w.directory.leave("team", "ben");
    expect((await cycles(w, 1, hour))[0]?.applied).toEqual({ "remove member": 1 });
  });

  test("whose other side has no account wait without failing, and are repaired when it gets one", async () => {
    const w = await synced({ scope: { users: 'user.department != "out"' } });
    w.directory.person("boss", { department: "out" }).person("ann", { manager: "boss" });
    const report = await w.sync();
    expect(report).toMatchObject({
      outcome: "done",
      waiting: { references: 1, failing: 0, failingReferences: 0 },
    });
    const store = w.store();
    expect(store.failures.unresolved()).toBe(1);
    store.close();
    w.directory.person("boss", { department: "in" });
    expect(await w.sync()).toMatchObject({
      outcome: "done",
      applied: { create: 1, "set reference": 1 },
      waiting: { references: 0 },
    });
  });

  test("are counted once, however often a run waits for an answer", async () => {
    const w = await synced({ scope: { users: 'user.department != "out"' }, settleMs: 1000 });
    w.directory.person("boss", { department: "out" }).person("ann", { manager: "boss" }).person("new");
    w.after = (call) => {
      if (call.method !== "create") return;
      w.after = () => {};
      throw new TransientError("no answer", { outcome: "unknown" });
    };
    expect((await w.sync()).waiting.references).toBe(1);
  });

  test("of one group fail once each, and not those that the target took before it refused the rest", async () => {
    const w = await synced({
      capabilities: { membersReadable: false, membersPerRequest: 1, concurrency: 1 },
    });
    w.directory.person("q1").person("q2").person("q3").join("team", "q1", "q2", "q3");
    let calls = 0;
    w.before = (call) => {
      if (call.method !== "changeMembers") return;
      calls += 1;
      if (calls === 2) throw refusal();
      if (calls === 3) throw new ItemError("forbidden", "the target lets nobody into this group");
    };
    expect((await w.sync()).waiting.failingReferences).toBe(2);
    const store = w.store();
    const parts = store.failures.parts(10).map(({ other, failures, error }) => ({ other, failures, error }));
    store.close();
    expect(parts).toEqual([
      { other: "q2@example.com", failures: 1, error: "the target refuses it" },
      { other: "q3@example.com", failures: 1, error: "the target lets nobody into this group" },
    ]);
  });

  test("that were given up are tried again when they are wanted anew", async () => {
    const w = await synced({ retry: { waitsMs: [hour], giveUpAfterMs: 2 * hour } });
    w.directory.person("zoe").join("team", "zoe");
    await refused(w, (call) => call.method === "changeMembers");
    const reports = await cycles(w, 5, hour);
    expect(reports.at(-1)?.waiting).toMatchObject({ failingReferences: 1, givenUp: 1 });
    w.directory.leave("team", "zoe");
    expect((await cycles(w, 1, hour))[0]).toMatchObject({ outcome: "done" });
    w.before = () => {};
    w.directory.join("team", "zoe");
    expect((await cycles(w, 1, hour))[0]?.applied).toEqual({ "add member": 1 });
  });
});

describe("a call that never gets an answer and never has an effect", () => {
  const silence = () => new TransientError("500", { outcome: "unknown" });

  test("is sent again at once, in the next cycle, and then on the schedule, without costing every cycle its settle time", async () => {
    const w = await synced({ settleMs: 30_000 });
    const id = (await w.users()).get("ann@example.com")?.id;
    w.directory.person("ann", { title: "Engineer" });
    let sent = 0;
    w.before = (call) => {
      if (call.method !== "patch" || call.id !== id) return;
      sent += 1;
      throw silence();
    };
    const reports = await cycles(w, 9, hour);
    expect(sent).toBeLessThanOrEqual(5);
    expect(reports.map((each) => each.durationMs > 25_000)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
    expect(reports.at(-1)).toMatchObject({ outcome: "failing", waiting: { failing: 1 } });
    w.before = () => {};
    expect((await cycles(w, 1, day))[0]).toMatchObject({ outcome: "done", applied: { update: 1 } });
  });

  test("of a manager or of members fails apart from the person and the group", async () => {
    const w = await synced({ settleMs: 30_000 });
    w.directory.person("ann", { manager: "ben" }).leave("team", "ben");
    w.before = (call) => {
      if (call.method === "patch" || call.method === "changeMembers") throw silence();
    };
    const reports = await cycles(w, 6, hour);
    expect(reports.at(-1)?.waiting).toMatchObject({ failing: 0, failingReferences: 2 });
    expect(reports.at(-1)?.durationMs).toBeLessThan(25_000);
    w.before = () => {};
    expect((await cycles(w, 1, day))[0]).toMatchObject({
      outcome: "done",
      applied: { "set reference": 1, "remove member": 1 },
    });
  });

  test("because the process died does not count", async () => {
    const w = await synced({ settleMs: 1000 });
    w.directory.person("ann", { title: "Engineer" });
    w.before = (call) => {
      if (call.method === "patch") w.die();
    };
    for (let n = 0; n < 5; n++) {
      w.clock.pass(hour);
      await w.sync().catch(() => {});
    }
    w.before = () => {};
    expect((await cycles(w, 1, 60_000))[0]).toMatchObject({ outcome: "done", applied: { update: 1 } });
  });
});
