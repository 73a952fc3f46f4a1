import { describe, expect, test } from "vitest";
import { TransientError } from "../../src/errors.ts";
import { worlds } from "../world.ts";

const world = worlds();

describe("a target where a deactivation cannot be undone", () => {
  test("is sent none without a word in the configuration, and everybody who keeps access is named each time", async () => {
    const w = world({ capabilities: { irreversibleDeactivation: "not allowed" } });
    w.directory.people("p", 10).person("ann").person("ben");
    await w.sync();
    w.calls.length = 0;
    w.directory.person("ann", { enabled: false }).remove("ben").person("p0001", { title: "Engineer" });
    const { items } = await w.plan();
    expect(items.filter(({ action }) => action === "deactivate")).toMatchObject([
      { sourceId: "ann", blocked: expect.stringMatching(/^not sent: .*allowIrreversible: true/) },
      { sourceId: "ben", blocked: expect.stringMatching(/^not sent: /) },
    ]);
    for (const _ of [1, 2, 3]) {
      const report = await w.sync();
      expect(report.outcome).toBe("failing");
      expect(report.failures).toMatchObject([
        { sourceId: "ann", action: "deactivate", message: expect.stringMatching(/allowIrreversible/) },
        { sourceId: "ben", action: "deactivate" },
      ]);
    }
    expect(w.written).toHaveLength(1);
    expect((await w.users()).get("ann@example.com")).toMatchObject({ active: true });
    // As soon as it is allowed, without waiting for a schedule.
    w.options = { capabilities: { irreversibleDeactivation: "allowed" } };
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 2 } });
    expect((await w.users()).get("ann@example.com")).toMatchObject({ active: false });
  });

  test("has its deactivations guarded as deletions", async () => {
    const w = world({
      capabilities: { irreversibleDeactivation: "allowed" },
      limits: { neverHoldBelow: 0, deletions: 0, deactivations: 1 },
    });
    w.directory.people("p", 10);
    await w.sync();
    w.directory.person("p0001", { enabled: false });
    expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "deletions", waiting: 1 }] });
    w.approve();
    expect((await w.sync()).applied).toEqual({ deactivate: 1 });
  });

  test("that deletes the account is asked for a new one when the person comes back", async () => {
    const w = world({ capabilities: { irreversibleDeactivation: "allowed" } });
    w.directory.people("p", 10).person("ann");
    await w.sync();
    w.directory.person("ann", { enabled: false });
    w.after = (call) => {
      if (call.method === "patch") gone = call.id;
    };
    let gone = "";
    await w.sync();
    w.after = () => {};
    const target = await w.target();
    await target.users.delete(gone, { signal: new AbortController().signal });
    await target.close();
    w.directory.person("ann", { enabled: true });
    await w.sync();
    await w.sync();
    expect((await w.users()).get("ann@example.com")).toMatchObject({ active: true });
  });

  test("counts a deactivation without an answer as a deletion, once the account is seen to be gone", async () => {
    const limits = { neverHoldBelow: 1, deletions: 0.01 };
    const w = world({ settleMs: 1000, limits, capabilities: { irreversibleDeactivation: "allowed" } });
    w.directory.people("p", 10);
    await w.sync();
    const open = w.target.bind(w);
    w.target = async () => {
      const target = await open();
      const patch: typeof target.users.patch = async (id, _operations, options) => {
        await target.users.delete(id, options);
        throw new TransientError("no answer", { outcome: "unknown" });
      };
      return { ...target, users: { ...target.users, patch } };
    };
    w.directory.person("p0001", { enabled: false });
    expect((await w.sync()).outcome).toBe("done");
    w.directory.person("p0002", { enabled: false });
    expect((await w.sync()).holds).toMatchObject([{ class: "deletions", waiting: 1 }]);
  });
});
