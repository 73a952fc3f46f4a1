import { describe, expect, test } from "vitest";
import { TransientError } from "../../src/errors.ts";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();
const rewriting: WorldOptions = { policy: { rewriteExternalId: true } };

async function account(w: World, values: Record<string, unknown>): Promise<string> {
  const target = await w.target();
  const { signal } = new AbortController();
  const made = await target.users.create({ schemas: [], active: true, ...values } as never, { signal });
  await target.close();
  return made.id;
}

/** An account of another system, which is found and taken over. */
async function adopted(options: WorldOptions = {}): Promise<World> {
  const w = world(options);
  await account(w, { userName: "ann@example.com", externalId: "hr-17" });
  w.directory.person("ann").person("ben");
  await w.sync();
  w.approve();
  expect((await w.sync()).applied).toMatchObject({ adopt: 1, create: 1 });
  return w;
}

const ann = async (w: World) => (await w.users()).get("ann@example.com");

describe("the external id of another system", () => {
  test("stays by default, and the plan of the adoption does not say otherwise", async () => {
    const w = world();
    await account(w, { userName: "ann@example.com", externalId: "hr-17" });
    w.directory.person("ann");
    const { items } = await w.plan();
    expect(items).toMatchObject([{ action: "adopt", found: { externalId: "hr-17" } }]);
    expect(items[0]?.values.map(({ path }) => path)).not.toContain("externalId");
    await w.sync();
    w.approve();
    await w.sync();
    expect(await ann(w)).toMatchObject({ externalId: "hr-17" });
  });

  test("is replaced by policy, which the plan of the adoption lists with old and new", async () => {
    const w = world(rewriting);
    await account(w, { userName: "ann@example.com", externalId: "hr-17" });
    w.directory.person("ann");
    const { items } = await w.plan();
    expect(items[0]?.values).toContainEqual(
      expect.objectContaining({ path: "externalId", before: "hr-17", after: "ann" }),
    );
    expect((await w.sync()).holds).toMatchObject([{ class: "adoptions" }]);
    w.approve();
    await w.sync();
    expect(await ann(w)).toMatchObject({ externalId: "ann" });
    w.calls.length = 0;
    await w.sync();
    expect(w.calls).toEqual([]);
  });

  test("is never taken over without a person's word, whatever the policy", async () => {
    const w = world({ policy: { rewriteExternalId: true, existingAccounts: "adopt" } });
    w.directory.person("ben");
    await w.sync();
    await account(w, { userName: "ann@example.com", externalId: "hr-17" });
    w.directory.person("ann");
    expect((await w.sync()).holds).toMatchObject([{ class: "adoptions" }]);
  });

  test("that stayed is replaced when the policy changes: an identifier change like any other, within the limit", async () => {
    const w = await adopted();
    w.options = rewriting;
    const { items } = await w.plan();
    expect(items).toMatchObject([
      { action: "update", values: [{ path: "externalId", before: "hr-17", after: "ann" }] },
    ]);
    w.options = { ...rewriting, limits: { neverHoldBelow: 0 } };
    expect((await w.sync()).holds).toMatchObject([{ class: "identifier-changes" }]);
    w.options = rewriting;
    expect((await w.sync()).applied).toEqual({ update: 1 });
    expect(await ann(w)).toMatchObject({ externalId: "ann" });
    w.options = {};
    expect((await w.sync()).applied).toEqual({});
    expect(await ann(w)).toMatchObject({ externalId: "ann" });
  });

  test("stays when the policy is taken back before anything was sent", async () => {
    const w = await adopted();
    w.options = rewriting;
    await w.plan();
    w.options = {};
    const report = await w.sync();
    expect(report.applied).toEqual({});
    w.directory.person("ann", { title: "Engineer" });
    await w.sync();
    expect(await ann(w)).toMatchObject({ externalId: "hr-17", title: "Engineer" });
  });

  test("that stayed gives nobody a second account: who has it is found by the link, whatever is called otherwise", async () => {
    const w = await adopted();
    w.directory.person("ann", { login: "anna@example.com" });
    expect((await w.sync({ full: true })).applied).toEqual({ rename: 1 });
    expect((await w.users()).get("anna@example.com")).toMatchObject({ externalId: "hr-17" });
    expect((await w.users()).size).toBe(2);
  });

  test("that stayed is found by the name when the account is deleted and put back, and asked about again", async () => {
    const w = await adopted();
    const target = await w.target();
    const { signal } = new AbortController();
    await target.users.delete((await ann(w))?.id ?? "", { signal });
    await target.close();
    await account(w, { userName: "ann@example.com", externalId: "hr-17" });
    w.directory.person("ann", { title: "Engineer" });
    await w.sync();
    w.clock.pass(3_600_000);
    const report = await w.sync();
    expect(report.holds).toMatchObject([{ class: "adoptions" }]);
    expect((await w.users()).size).toBe(2);
  });

  test.each([false, true])(
    "an adoption that got no answer makes no second account (replaced: %s)",
    async (rewriteExternalId) => {
      const w = world({ settleMs: 1000, policy: { rewriteExternalId } });
      await account(w, { userName: "ann@example.com", externalId: "hr-17" });
      w.directory.person("ann", { title: "Engineer" });
      await w.sync();
      w.approve();
      for (const moment of ["before", "after"] as const) {
        w[moment] = (call) => {
          if (call.method === "patch") throw new TransientError("no answer", { outcome: "unknown" });
        };
        await w.sync();
        w[moment] = () => {};
      }
      await w.sync();
      expect((await w.users()).size).toBe(1);
      expect(await ann(w)).toMatchObject({
        externalId: rewriteExternalId ? "ann" : "hr-17",
        title: "Engineer",
      });
      w.calls.length = 0;
      await w.sync();
      expect(w.calls).toEqual([]);
    },
  );

  test("that another of ours has by the directory is a named conflict, and nothing is written", async () => {
    const w = await adopted();
    w.directory.person("hr-17");
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "failing", applied: {} });
    expect(report.failures[0]?.message).toContain("is linked to somebody else already");
  });

  test("somebody who left and was given it by us is none", async () => {
    const w = world();
    w.directory.people("p", 9).person("old", { login: "ann@example.com" });
    await w.sync();
    w.directory.remove("old");
    await w.sync();
    w.directory.person("ann");
    await w.sync();
    w.approve();
    await w.sync();
    expect(await ann(w)).toMatchObject({ externalId: "ann" });
  });
});
