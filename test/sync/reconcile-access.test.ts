import { describe, expect, test } from "vitest";
import { TransientError } from "../../src/errors.ts";
import { worlds } from "../world.ts";
import { byHand, createByHand, day, deleteByHand, exactly, found, inSync, set } from "./by-hand.ts";

const world = worlds();
const ann = "ann@example.com";

describe("an account that somebody switched off at the target", () => {
  test("is told and held; nothing switches it on without a person's word", async () => {
    const w = await inSync(world);
    await byHand(w, "user", ann, set("active", false));
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({
      outcome: "held",
      applied: {},
      reconcile: {
        found: exactly({ "switched-off": 1 }),
        examples: [{ type: "switched-off", label: ann, path: "active" }],
      },
      holds: [{ class: "switched-off", waiting: 1 }],
    });
    expect(report.holds[0]?.message).toContain("this needs a person's word");
    for (const request of [{}, { full: true }, { reconcile: true }, { user: ann }]) {
      expect((await w.sync(request)).outcome).toBe("held");
      expect((await w.users()).get(ann)?.["active"]).toBe(false);
    }
    expect(w.written).toEqual([]);
  });

  test("is switched on again once a person has said so, and only once", async () => {
    const w = await inSync(world);
    await byHand(w, "user", ann, set("active", false));
    await w.sync({ reconcile: true });
    w.approve();
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { reactivate: 1 } });
    expect((await w.users()).get(ann)?.["active"]).toBe(true);
    await byHand(w, "user", ann, set("active", false));
    expect((await w.sync({ reconcile: true })).outcome).toBe("held");
    expect((await w.users()).get(ann)?.["active"]).toBe(false);
  });

  test("is no longer held when somebody switched it on again there", async () => {
    const w = await inSync(world);
    await byHand(w, "user", ann, set("active", false));
    await w.sync({ reconcile: true });
    await byHand(w, "user", ann, set("active", true));
    expect(await w.sync({ reconcile: true })).toMatchObject({
      outcome: "done",
      reconcile: { found: exactly({}) },
    });
    expect(w.written).toEqual([]);
  });

  test("stays off when its owner leaves, and is not switched on without a word when they come back", async () => {
    const w = await inSync(world);
    await byHand(w, "user", ann, set("active", false));
    await w.sync({ reconcile: true });
    w.directory.person("ann", { enabled: false });
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
    w.directory.person("ann", { enabled: true });
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: {},
      holds: [{ class: "switched-off" }],
    });
    expect((await w.users()).get(ann)?.["active"]).toBe(false);
  });

  test("just before its owner left is not switched on without a word when they come back", async () => {
    for (const change of [{ enabled: false }, { enabled: false, title: "Clerk" }]) {
      const w = await inSync(world);
      await byHand(w, "user", ann, set("active", false));
      w.directory.person("ann", change);
      expect((await w.sync()).outcome).toBe("done");
      w.directory.person("ann", { enabled: true });
      expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "switched-off" }] });
      expect((await w.users()).get(ann)?.["active"]).toBe(false);
      w.approve();
      expect((await w.sync()).applied).toEqual({ reactivate: 1 });
    }
  });

  test("stays so when the call that was to switch it off got no answer", async () => {
    const w = await inSync(world);
    await byHand(w, "user", ann, set("active", false));
    w.directory.person("ann", { enabled: false, title: "Clerk" });
    w.after = (call) => {
      if (call.method === "patch") throw new TransientError("no answer", { outcome: "unknown" });
    };
    await w.sync();
    w.after = () => {};
    await w.sync();
    w.directory.person("ann", { enabled: true });
    expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "switched-off" }] });
    expect((await w.users()).get(ann)).toMatchObject({ active: false, title: "Clerk" });
  });

  test("by us, for somebody who is back, is switched on as ever", async () => {
    const w = await inSync(world);
    w.directory.person("ann", { enabled: false });
    await w.sync();
    expect((await w.sync({ reconcile: true })).reconcile?.found).toEqual({});
    w.directory.person("ann", { enabled: true });
    expect((await w.sync({ reconcile: true })).applied).toEqual({ reactivate: 1 });
  });

  test("is no finding where accounts begin inactive by policy", async () => {
    const w = await inSync(world, { policy: { newUsers: "inactive" } });
    expect(await w.sync({ reconcile: true })).toMatchObject({
      outcome: "done",
      reconcile: { found: exactly({}) },
    });
  });
});

describe("a leaver who kept access, or got it back", () => {
  test("is switched off again, however often, with both reasons in the audit trail", async () => {
    const w = await inSync(world);
    w.directory.person("ann", { enabled: false });
    await w.sync();
    for (let times = 1; times <= 4; times++) {
      await byHand(w, "user", ann, set("active", true));
      const report = await w.sync({ reconcile: true });
      expect(found(report)).toEqual({ "switched-on": 1 });
      expect(report.reconcile?.examples[0]?.times).toBe(times);
      expect(report.applied).toEqual({ deactivate: 1 });
      expect((await w.users()).get(ann)?.["active"]).toBe(false);
      const store = w.store();
      expect(store.audit.entries({ run: report.run, limit: 1 })[0]?.reason).toBe(
        "disabled in the directory; changed at the target by hand",
      );
      store.close();
      w.clock.pass(day);
    }
  });

  test("is found whatever made them leave: deleted, or out of scope", async () => {
    const w = await inSync(world, { scope: { users: 'user.title != "Guest"' } });
    w.directory.remove("p0002").person("ann", { title: "Guest" });
    await w.sync();
    await byHand(w, "user", ann, set("active", true));
    await byHand(w, "user", "p0002@example.com", set("active", true));
    const report = await w.sync({ reconcile: true });
    expect(found(report)).toEqual({ "switched-on": 2 });
    expect(report.applied).toEqual({ deactivate: 2 });
  });

  test("in masses is held like any other mass deactivation, and goes with an approval", async () => {
    const w = world();
    w.directory.people("p", 40);
    await w.sync();
    for (let n = 0; n < 12; n++) w.directory.person(`p00${String(n).padStart(2, "0")}`, { enabled: false });
    await w.sync();
    w.approve();
    expect((await w.sync()).applied).toEqual({ deactivate: 12 });
    w.clock.pass(2 * day);
    for (let n = 0; n < 12; n++)
      await byHand(w, "user", `p00${String(n).padStart(2, "0")}@example.com`, set("active", true));
    w.calls.length = 0;
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({
      outcome: "held",
      applied: {},
      holds: [{ class: "deactivations", waiting: 12 }],
    });
    expect(w.written).toEqual([]);
    w.approve();
    expect((await w.sync()).applied).toEqual({ deactivate: 12 });
  });

  test("with an account that nothing proves to be ours is told, and the account not touched", async () => {
    const w = await inSync(world, { policy: { whenDeleted: "delete" } });
    w.directory.remove("ann");
    expect((await w.sync()).applied).toEqual({ delete: 1 });
    const { id } = await createByHand(w, "user", { userName: ann, externalId: "ann", active: true });
    w.calls.length = 0;
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ outcome: "done", applied: {} });
    expect(report.reconcile).toMatchObject({
      found: exactly({ "kept-access": 1 }),
      examples: [{ type: "kept-access", label: ann, theirs: id }],
      users: { unmanaged: 0 },
    });
    expect(w.written).toEqual([]);
    const store = w.store();
    expect(store.findings.countOpen()).toEqual({ "kept-access": 1 });
    store.close();
    await deleteByHand(w, "user", ann);
    await w.sync({ reconcile: true });
    const after = w.store();
    expect(after.findings.countOpen()).toEqual({});
    after.close();
  });

  test("whose deactivation is held, and who was switched off by hand meanwhile, is settled without a call", async () => {
    const w = await inSync(world, { limits: { neverHoldBelow: 0, deactivations: 0 } });
    w.directory.person("ann", { enabled: false });
    expect((await w.sync()).outcome).toBe("held");
    await byHand(w, "user", ann, set("active", false));
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ outcome: "done", applied: {}, reconcile: { found: exactly({}) } });
    expect(w.written).toEqual([]);
  });
});
