import { describe, expect, test } from "vitest";
import { TransientError } from "../../src/errors.ts";
import { exitCodeOf } from "../../src/sync/report.ts";
import { worlds } from "../world.ts";
import { cycles, day, gaps, hour, refused, refusedFor, synced } from "./weeks.ts";

const world = worlds();

describe("what the target refuses", () => {
  test("is tried in the next cycle, after 6, 12 and 24 hours, then daily", async () => {
    const w = await synced(world());
    const tried = await refusedFor(w, "ann");
    w.directory.person("ann", { title: "Engineer" });
    await cycles(w, 50, 2 * hour);
    expect(gaps(tried)).toEqual([2, 6, 12, 24, 24, 24]);
  });

  test("is tried on the connection's own schedule", async () => {
    const w = await synced(world({ retry: { waitsMs: [hour, 3 * hour], giveUpAfterMs: 8 * hour } }));
    const tried = await refusedFor(w, "ann");
    w.directory.person("ann", { title: "Engineer" });
    const reports = await cycles(w, 24, hour);
    expect(gaps(tried)).toEqual([1, 1, 3, 3]);
    expect(reports.at(-1)?.waiting).toMatchObject({ failing: 1, givenUp: 1 });
  });

  test("is given up after 28 days: not tried, and still told of", async () => {
    const w = await synced(world());
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
      const w = await synced(world());
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
    const w = await synced(world());
    const tried = await refusedFor(w, "ann");
    w.directory.person("ann", { title: "Engineer" });
    await cycles(w, 1, hour);
    const [report] = await cycles(w, 1, 60 * day);
    expect(report?.waiting).toMatchObject({ failing: 1, givenUp: 0 });
    expect(tried).toHaveLength(2);
  });

  test("is not given up by a clock that was ahead", async () => {
    const w = await synced(world());
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
    const w = await synced(world());
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
    const w = await synced(world({ retry: { waitsMs: [6 * hour, 96 * hour] } }));
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
    const w = await synced(world({ policy: { whenDeleted: "delete" } }));
    const tried = await refusedFor(w, "ann", "delete");
    w.directory.remove("ann");
    const reports = await cycles(w, 35, day);
    expect(tried).toHaveLength(35);
    expect(reports.at(-1)?.waiting.givenUp).toBe(0);
  }, 60_000);

  test("a removal from a group, too; but an addition is", async () => {
    const w = await synced(world());
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
    const w = await synced(world());
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
    const w = await synced(world());
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
