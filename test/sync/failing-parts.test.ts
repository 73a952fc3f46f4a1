import { describe, expect, test } from "vitest";
import { ItemError, TransientError } from "../../src/errors.ts";
import { worlds } from "../world.ts";
import { cycles, day, hour, refusal, refused, synced } from "./weeks.ts";

const world = worlds();

describe("references and memberships", () => {
  test("that are refused count apart, and leave the person's own values alone", async () => {
    const w = await synced(world());
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
    const w = await synced(world());
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
    const w = await synced(world({ scope: { users: 'user.department != "out"' } }));
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
    const w = await synced(world({ scope: { users: 'user.department != "out"' }, settleMs: 1000 }));
    w.directory.person("boss", { department: "out" }).person("ann", { manager: "boss" }).person("new");
    w.after = (call) => {
      if (call.method !== "create") return;
      w.after = () => {};
      throw new TransientError("no answer", { outcome: "unknown" });
    };
    expect((await w.sync()).waiting.references).toBe(1);
  });

  test("of one group fail once each, and not those that the target took before it refused the rest", async () => {
    const w = await synced(
      world({
        capabilities: { membersReadable: false, membersPerRequest: 1, concurrency: 1 },
      }),
    );
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
    const w = await synced(world({ retry: { waitsMs: [hour], giveUpAfterMs: 2 * hour } }));
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
    const w = await synced(world({ settleMs: 30_000 }));
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
    const w = await synced(world({ settleMs: 30_000 }));
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
    const w = await synced(world({ settleMs: 1000 }));
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
