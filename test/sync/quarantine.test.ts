import { describe, expect, test } from "vitest";
import { CredentialsRefused, ItemError, ProtocolError, TransientError } from "../../src/errors.ts";
import { type Call, type World, worlds } from "../world.ts";

const world = worlds();
const minute = 60_000;
const hour = 60 * minute;
const everyMs = 40 * minute;

function refused(): ItemError {
  return new ItemError("invalid-value", "the target refused to create a user (400)", {
    status: 400,
    exchange: {
      method: "POST",
      path: "/Users",
      status: 400,
      code: "invalidValue",
      detail: "... is required",
    },
  });
}

/** The target takes nobody new. */
function refusesCreations(w: World): void {
  w.before = (call) => {
    if (call.method === "create") throw refused();
  };
}

function works(w: World): void {
  w.before = () => {};
}

/** So many people are there and fine, then so many come whom the target refuses. */
async function withRefused(count: number, fine = 40): Promise<World> {
  const w = world();
  w.directory.people("p", fine);
  await w.sync();
  refusesCreations(w);
  w.directory.people("n", count);
  return w;
}

/** In quarantine for what was refused, since just now. */
async function quarantined(count = 12): Promise<World> {
  const w = await withRefused(count);
  await w.sync();
  expect((await w.sync()).outcome).toBe("quarantined");
  w.calls.length = 0;
  return w;
}

function creations(w: World): readonly Call[] {
  return w.calls.filter(({ method }) => method === "create");
}

describe("a target that refuses most of what is written", () => {
  test("brings the connection into quarantine when two syncs say so, one after the other", async () => {
    const w = await withRefused(12);
    expect(await w.sync()).toMatchObject({ outcome: "failing", quarantine: undefined });
    const report = await w.sync();
    expect(report).toMatchObject({
      outcome: "quarantined",
      problem: undefined,
      quarantine: {
        reason: "EncounteredEscrowProportionThreshold",
        seriesCount: 1,
        waitMs: everyMs,
        failure: { method: "POST", path: "/Users", status: 400, code: "invalidValue" },
      },
    });
    expect(report.quarantine?.message).toContain("refused 12 of 12");
  });

  test.each([
    ["nine people, whom somebody can look at", 9, 0],
    ["half of what is written", 12, 12],
  ])("does not, for %s", async (_, bad, good) => {
    const w = await withRefused(bad);
    for (let round = 0; round < 2; round++) {
      w.before = (call) => {
        if (call.method === "create") throw refused();
      };
      for (let n = 0; n < good; n++)
        w.directory.person(`p${String(n).padStart(4, "0")}`, { title: `${round}` });
      expect(await w.sync()).toMatchObject({ outcome: "failing", quarantine: undefined });
    }
  });

  test("does not when a sync between them is fine, nor by retries that are hours apart", async () => {
    const w = await withRefused(12);
    await w.sync();
    w.directory.people("p", 40).person("p0001", { title: "A" });
    w.before = (call) => {
      if (call.method === "create") throw new TransientError("not now", { outcome: "none" });
    };
    await w.sync();
    refusesCreations(w);
    for (let n = 0; n < 4; n++) {
      expect((await w.sync()).quarantine).toBeUndefined();
      await w.sync();
      w.clock.pass(25 * hour);
    }
  });

  test("does not when it is only down: that passes by itself", async () => {
    const w = await withRefused(30);
    w.before = (call) => {
      if (call.method === "create") throw new TransientError("the target failed (500)", { outcome: "none" });
    };
    for (let n = 0; n < 4; n++) {
      expect((await w.sync()).quarantine).toBeUndefined();
      w.clock.pass(hour);
    }
  });

  test("does not when people wait for seats", async () => {
    const w = await withRefused(12);
    w.before = (call) => {
      if (call.method === "create") throw new ItemError("seats", "no licence is left", { status: 402 });
    };
    await w.sync();
    expect((await w.sync()).quarantine).toBeUndefined();
  });
});

describe("inside a quarantine for what was refused", () => {
  test("a scheduled cycle before its time takes access away, and gives none", async () => {
    const w = await quarantined();
    w.directory.person("p0004", { enabled: false });
    await w.sync({ trigger: "schedule" });
    w.directory
      .person("p0004", { title: "A" })
      .person("p0001", { enabled: false })
      .remove("p0002")
      .person("p0003", { title: "A" })
      .person("late");
    const report = await w.sync({ trigger: "schedule" });
    expect(report).toMatchObject({ outcome: "quarantined", applied: { deactivate: 2 } });
    expect(creations(w)).toEqual([]);
    const users = await w.users();
    expect(users.get("p0001@example.com")).toMatchObject({ active: false });
    expect(users.get("p0002@example.com")).toMatchObject({ active: false });
    for (const id of ["p0003", "p0004"]) expect(users.get(`${id}@example.com`)).not.toHaveProperty("title");
    expect(report.quarantine?.seriesCount).toBe(1);
  });

  test("members leave groups meanwhile, and nobody joins one", async () => {
    const w = world();
    w.directory.people("p", 40).group("team", ["p0001", "p0002"]);
    await w.sync();
    refusesCreations(w);
    w.directory.people("n", 12);
    await w.sync();
    await w.sync();
    w.directory.leave("team", "p0001").join("team", "p0003");
    await w.sync({ trigger: "schedule" });
    expect(await w.groups()).toEqual({ team: ["p0002@example.com"] });
    works(w);
    await w.sync();
    expect(await w.groups()).toEqual({ team: ["p0002@example.com", "p0003@example.com"] });
  });

  test("what is over a limit is held there too", async () => {
    const w = await quarantined();
    for (let n = 0; n < 30; n++) w.directory.remove(`p00${String(n).padStart(2, "0")}`);
    const report = await w.sync({ trigger: "schedule" });
    expect(report.holds).toMatchObject([{ class: "deactivations", waiting: 30 }]);
    expect(report.applied).toEqual({});
  });

  test("at its time everything is tried, some of those who were refused first; the wait doubles up to a day", async () => {
    const w = await quarantined();
    const waits: number[] = [];
    for (let n = 0; n < 9; n++) {
      const { nextAttempt = 0 } = (await w.sync({ trigger: "schedule" })).quarantine ?? {};
      expect(creations(w)).toEqual([]);
      w.clock.time = nextAttempt;
      const { quarantine } = await w.sync({ trigger: "schedule" });
      expect(creations(w).length).toBeGreaterThan(0);
      w.calls.length = 0;
      waits.push((quarantine?.waitMs ?? 0) / minute);
      expect(quarantine?.seriesCount).toBe(n + 2);
    }
    expect(waits).toEqual([80, 160, 320, 640, 1280, 1440, 1440, 1440, 1440]);
  });

  test("a sync on demand tries at once, and one that fails makes the wait no longer", async () => {
    const w = await quarantined();
    const before = (await w.sync()).quarantine;
    expect(creations(w)).toHaveLength(5);
    expect((await w.sync()).quarantine).toMatchObject({
      nextAttempt: before?.nextAttempt,
      waitMs: everyMs,
      seriesCount: 3,
    });
  });

  test("a success ends it, and whoever failed with the others is tried in the next cycle", async () => {
    const w = await quarantined();
    works(w);
    expect(await w.sync()).toMatchObject({ quarantine: undefined, applied: { create: 5 } });
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { create: 7 } });
  });

  test("one person on demand ends it when the target takes them", async () => {
    const w = await quarantined();
    works(w);
    expect((await w.sync({ user: "p0001@example.com" })).quarantine).toBeDefined();
    expect((await w.sync({ user: "n0001@example.com" })).quarantine).toBeUndefined();
  });

  test.each([
    ["a plan", (w: World) => w.plan()],
    ["a cycle that only takes access away", (w: World) => w.sync({ removalsOnly: true })],
  ])("%s does not end it", async (_, run) => {
    const w = await quarantined();
    works(w);
    w.directory.person("p0001", { enabled: false });
    await run(w);
    expect((await w.plan()).report.quarantine).toBeDefined();
  });

  test("a sync in which nothing could be tried does not end it", async () => {
    const w = await quarantined();
    works(w);
    w.clock.pass(48 * hour);
    w.options = { limits: { creations: 0, neverHoldBelow: 0 } };
    expect(await w.sync()).toMatchObject({ outcome: "quarantined", holds: [{ class: "creations", n: 12 }] });
  });

  test("it ends when nobody is left whom the target refuses", async () => {
    const w = await quarantined();
    for (let n = 0; n < 12; n++) w.directory.remove(`n00${String(n).padStart(2, "0")}`);
    expect((await w.sync()).quarantine).toBeUndefined();
  });

  test("a first run comes to its end before it is judged", async () => {
    const w = world({ limits: { creations: 1 } });
    refusesCreations(w);
    w.directory.people("n", 60).group("team", []);
    w.before = (call) => {
      if (call.method === "create" && call.kind === "user") throw refused();
    };
    const first = await w.sync();
    expect(first).toMatchObject({
      outcome: "failing",
      quarantine: undefined,
      applied: { "create group": 1 },
    });
    expect(first.failures).toHaveLength(60);
    expect((await w.sync()).outcome).toBe("quarantined");
  });

  test("a clock that was ahead does not keep it waiting", async () => {
    const w = await quarantined();
    w.clock.pass(-10 * 24 * hour);
    await w.sync({ trigger: "schedule" });
    expect(creations(w).length).toBeGreaterThan(0);
  });
});

describe("a refused login or a broken protocol", () => {
  test.each([
    ["login", () => new CredentialsRefused("the target refuses our token (401)")],
    ["protocol", () => new ProtocolError("the target answered a web page (200)")],
  ])(
    "(%s) quarantines at once, and a scheduled cycle before its time asks nothing of anybody",
    async (_, error) => {
      const w = await withRefused(1);
      w.before = () => {
        throw error();
      };
      expect(await w.sync({ trigger: "schedule" })).toMatchObject({
        outcome: "quarantined",
        quarantine: { reason: "EncounteredQuarantineException", seriesCount: 1 },
      });
      const polls = w.directory.polls.length;
      w.calls.length = 0;
      expect(await w.sync({ trigger: "schedule" })).toMatchObject({
        outcome: "quarantined",
        read: undefined,
        quarantine: { seriesCount: 1 },
      });
      expect([w.calls.length, w.directory.polls.length]).toEqual([0, polls]);
      w.clock.pass(everyMs);
      works(w);
      expect(await w.sync({ trigger: "schedule" })).toMatchObject({ outcome: "done", quarantine: undefined });
    },
  );

  test("a plan does not end it: the login may be refused for writing only", async () => {
    const w = await withRefused(1);
    w.before = (call) => {
      if (call.method === "create") throw new CredentialsRefused("the target refuses our token (401)");
    };
    await w.sync();
    expect((await w.plan()).report.quarantine).toBeDefined();
    works(w);
    expect((await w.sync()).quarantine).toBeUndefined();
  });

  test("another reason begins anew inside the same series", async () => {
    const w = await quarantined();
    const began = (await w.plan()).report.quarantine?.seriesBegan;
    w.clock.pass(hour);
    w.before = () => {
      throw new CredentialsRefused("the target refuses our token (401)");
    };
    const { quarantine } = await w.sync();
    expect(quarantine).toMatchObject({
      reason: "EncounteredQuarantineException",
      seriesBegan: began,
      seriesCount: 2,
      failure: undefined,
    });
    expect(quarantine?.since).toBeGreaterThan(began ?? Number.POSITIVE_INFINITY);
  });

  test("a connection that only plans leaves it as soon as it can read again", async () => {
    const w = world({ mode: "dry-run" });
    w.directory.person("ann");
    w.before = () => {
      throw new CredentialsRefused("the target refuses our token (401)");
    };
    expect((await w.sync()).outcome).toBe("quarantined");
    works(w);
    expect(await w.sync()).toMatchObject({ outcome: "done", quarantine: undefined });
  });
});
