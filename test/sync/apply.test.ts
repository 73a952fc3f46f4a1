import { describe, expect, test } from "vitest";
import { CredentialsRefused, ItemError, TransientError } from "../../src/errors.ts";
import { type Call, type World, worlds } from "../world.ts";

const world = worlds();

const unknown = () => new TransientError("no answer", { outcome: "unknown" });

/** Throws at the n-th write. */
function atWrite(n: number, boom: () => never): (call: Call) => void {
  let count = 0;
  return (call) => {
    if (["create", "patch", "replace", "delete", "changeMembers"].includes(call.method) && ++count === n)
      boom();
  };
}

describe("a call without an answer", () => {
  test("whose effect took place is found, not sent again", async () => {
    const w = world({ settleMs: 1000 });
    w.directory.person("ann");
    w.after = atWrite(1, () => {
      throw unknown();
    });
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "done", applied: { create: 1 } });
    expect(w.written).toHaveLength(1);
    expect([...(await w.users()).keys()]).toEqual(["ann@example.com"]);
  });

  test("whose effect did not take place is sent again, but only after the settle time", async () => {
    const w = world({ settleMs: 60_000 });
    w.directory.person("ann");
    const sent: number[] = [];
    let first = true;
    w.before = (call) => {
      if (call.method !== "create") return;
      sent.push(w.clock.now());
      if (first) {
        first = false;
        throw unknown();
      }
    };
    const report = await w.sync();
    expect(report.outcome).toBe("done");
    expect((sent[1] ?? 0) - (sent[0] ?? 0)).toBeGreaterThanOrEqual(60_000);
    expect((await w.users()).size).toBe(1);
  });

  test("about members leaves nobody twice in the group", async () => {
    const w = world({ settleMs: 1000 });
    w.directory.person("ann").person("ben").group("team", ["ann", "ben"]);
    w.after = (call) => {
      if (call.method === "changeMembers") {
        w.after = () => {};
        throw unknown();
      }
    };
    expect((await w.sync()).outcome).toBe("done");
    expect((await w.groups())["team"]).toEqual(["ann@example.com", "ben@example.com"]);
  });
});

describe("a process that dies", () => {
  for (const moment of ["before", "after"] as const) {
    for (let n = 1; n <= 6; n++) {
      test(`${moment} write ${n} leaves exactly one account a person after the next run`, async () => {
        const w = world({ settleMs: 5000 });
        w.directory
          .person("ann", { manager: "zoe" })
          .person("ben")
          .person("zoe")
          .group("team", ["ann", "ben"]);
        w[moment] = atWrite(n, () => w.die());
        await w.sync().catch(() => {});
        w[moment] = () => {};
        const report = await w.sync();
        expect(report.outcome).toBe("done");
        expect([...(await w.users()).keys()].sort()).toEqual([
          "ann@example.com",
          "ben@example.com",
          "zoe@example.com",
        ]);
        expect(await w.groups()).toEqual({ team: ["ann@example.com", "ben@example.com"] });
        const store = w.store();
        expect(store.pending.doubtful()).toEqual([]);
        expect(store.audit.firstBreak()).toBeUndefined();
        store.close();
      });
    }
  }
});

test("somebody who leaves again while a reactivation has no answer does not keep access", async () => {
  const w = world({ settleMs: 5000 });
  w.directory.people("p", 9).person("ann");
  await w.sync();
  w.directory.person("ann", { enabled: false });
  await w.sync();
  w.directory.person("ann", { enabled: true });
  w.after = atWrite(1, () => w.die());
  await w.sync().catch(() => {});
  w.after = () => {};
  expect((await w.users()).get("ann@example.com")).toMatchObject({ active: true });
  w.directory.person("ann", { enabled: false });
  await w.sync();
  expect((await w.users()).get("ann@example.com")).toMatchObject({ active: false });
});

test("an account that somebody else switched off is not switched on by an update of a value", async () => {
  const w = world();
  w.directory.person("ann");
  await w.sync();
  const target = await w.target();
  const { signal } = new AbortController();
  const id = (await w.users()).get("ann@example.com")?.id ?? "";
  await target.users.patch(id, [{ op: "replace", path: "active", value: false }], { signal });
  await target.close();
  w.directory.person("ann", { title: "Engineer" });
  await w.sync();
  expect((await w.users()).get("ann@example.com")).toMatchObject({ title: "Engineer", active: false });
});

describe("one bad person", () => {
  test("never stops the others, is retried, and is done when the cause is gone", async () => {
    const w = world();
    w.directory.people("p", 20);
    w.before = (call) => {
      if (call.method === "create" && w.written.length === 5)
        throw new ItemError("invalid-value", "the target refuses the title");
    };
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "failing", applied: { create: 19 } });
    expect(report.failures).toMatchObject([{ action: "create", message: "the target refuses the title" }]);
    w.before = () => {};
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { create: 1 } });
  });

  test("whose account was deleted at the target gets a new one in the next cycle, with the memberships", async () => {
    const w = world();
    w.directory.person("ann").person("ben").group("team", ["ann", "ben"]);
    await w.sync();
    const target = await w.target();
    await target.users.delete((await w.users()).get("ann@example.com")?.id ?? "", {
      signal: new AbortController().signal,
    });
    await target.close();
    w.directory.person("ann", { title: "Engineer" });
    expect((await w.sync()).outcome).toBe("failing");
    expect((await w.sync()).applied).toEqual({ create: 1, "add member": 1 });
    expect((await w.groups())["team"]).toEqual(["ann@example.com", "ben@example.com"]);
  });

  test("in a list of members does not keep the others out", async () => {
    const w = world();
    w.directory
      .people("p", 8)
      .group("team", ["p0000", "p0001", "p0002", "p0003", "p0004", "p0005", "p0006", "p0007"]);
    let bad = "";
    w.before = (call) => {
      if (call.method === "changeMembers" && bad === "")
        throw new ItemError("invalid-value", "one of the members is unknown");
    };
    const report = await w.sync();
    expect(report.failures.map((each) => each.action)).toContain("change one member");
    bad = "nobody";
    await w.sync();
    expect((await w.groups())["team"]).toHaveLength(8);
  });
});

describe("a target that cannot go on", () => {
  test("with refused credentials quarantines the connection; success ends it", async () => {
    const w = world();
    w.directory.person("ann");
    w.before = () => {
      throw new CredentialsRefused("the target refuses the token");
    };
    const report = await w.sync();
    expect(report).toMatchObject({
      outcome: "quarantined",
      quarantine: { reason: "EncounteredQuarantineException" },
    });
    w.before = () => {};
    expect(await w.sync()).toMatchObject({ outcome: "done", quarantine: undefined });
  });

  test("is left alone after ten calls in a row without success", async () => {
    const w = world();
    w.directory.people("p", 200);
    w.before = (call) => {
      if (call.method === "create") throw new TransientError("connection refused", { outcome: "none" });
    };
    const report = await w.sync();
    expect(report.outcome).toBe("failed");
    expect(w.written.length).toBeLessThan(100);
    w.before = () => {};
    expect((await w.sync()).applied).toEqual({ create: 200 });
  });
});

describe("accounts that exist already", () => {
  async function withAccount(w: World, values: Record<string, unknown>): Promise<string> {
    const target = await w.target();
    const made = await target.users.create({ schemas: [], ...values } as never, {
      signal: new AbortController().signal,
    });
    await target.close();
    return made.id;
  }

  test("stop a first run: it writes nothing until somebody approves, then takes them over with their id", async () => {
    const w = world();
    const id = await withAccount(w, { userName: "Ann@Example.com", active: true });
    w.directory.person("ann").person("ben");
    const report = await w.sync();
    expect(report).toMatchObject({
      outcome: "held",
      firstRunHeld: true,
      holds: [{ class: "adoptions", waiting: 1 }],
    });
    expect(w.written).toEqual([]);
    w.approve();
    expect((await w.sync()).applied).toEqual({ adopt: 1, create: 1 });
    expect((await w.users()).get("Ann@Example.com")).toMatchObject({ id, externalId: "ann" });
  });

  test("keep the external id of another system", async () => {
    const w = world();
    await withAccount(w, { userName: "ann@example.com", externalId: "hr-17", active: true });
    w.directory.person("ann", { title: "Engineer" });
    await w.sync();
    w.approve();
    await w.sync();
    expect((await w.users()).get("ann@example.com")).toMatchObject({
      externalId: "hr-17",
      title: "Engineer",
    });
    w.calls.length = 0;
    expect((await w.sync()).applied).toEqual({});
  });

  test("lose the manager whom somebody else gave them", async () => {
    const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    const w = world();
    const boss = await withAccount(w, { userName: "boss@example.com", active: true });
    const values = { userName: "ann@example.com", active: true };
    await withAccount(w, { ...values, [enterprise]: { manager: { value: boss } } });
    w.directory.person("ann");
    await w.sync();
    w.approve();
    expect((await w.sync()).applied).toEqual({ adopt: 1, "set reference": 1 });
    expect((await w.users()).get("ann@example.com")?.[enterprise]).toBeUndefined();
    expect((await w.sync()).applied).toEqual({});
  });

  test("that two people would match are nobody's: an error of that person, never a guess", async () => {
    const w = world();
    w.directory.person("zed");
    await w.sync();
    await withAccount(w, { userName: "a1@example.com", externalId: "ann", active: true });
    await withAccount(w, { userName: "a2@example.com", externalId: "ann", active: true });
    w.directory.person("ann");
    const report = await w.sync();
    expect(report.outcome).toBe("failing");
    expect((await w.users()).size).toBe(3);
  });
});
