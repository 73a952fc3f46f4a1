import { describe, expect, test } from "vitest";
import { type World, worlds } from "../world.ts";

const world = worlds();

async function deleteAtTarget(w: World, userName: string): Promise<void> {
  const target = await w.target();
  const id = (await w.users()).get(userName)?.id ?? "";
  await target.users.delete(id, { signal: new AbortController().signal });
  await target.close();
}

describe("nobody who is off gets an account", () => {
  test("after the account was deleted at the target and the reason for being off changes", async () => {
    const w = world();
    w.directory.people("p", 9).person("ann");
    await w.sync();
    await deleteAtTarget(w, "ann@example.com");
    w.directory.person("ann", { enabled: false });
    await w.sync();
    w.directory.remove("ann");
    w.calls.length = 0;
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
    expect(w.calls).toEqual([]);
    expect((await w.users()).has("ann@example.com")).toBe(false);
  });

  test("when somebody whose account was deleted by policy comes back disabled, and only then enabled", async () => {
    const w = world({ policy: { whenDeleted: "delete" } });
    w.directory.people("p", 9).person("ann").group("team", ["ann", "p0001"]);
    await w.sync();
    w.directory.remove("ann");
    expect((await w.sync()).applied).toMatchObject({ delete: 1 });
    w.directory.person("ann", { enabled: false }).join("team", "ann");
    w.calls.length = 0;
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
    expect(w.calls).toEqual([]);
    w.directory.person("ann", { enabled: true });
    expect((await w.sync()).applied).toEqual({ create: 1, "add member": 1 });
  });
});

test("somebody who is kept as they are leaves nothing pending, also after a call without an answer", async () => {
  const w = world({ settleMs: 1000, policy: { whenDisabled: "keep" } });
  w.directory.people("p", 9).person("ann");
  await w.sync();
  w.directory.person("ann", { title: "Engineer" });
  w.before = (call) => {
    if (call.method === "patch") w.die();
  };
  await w.sync().catch(() => {});
  w.before = () => {};
  w.directory.person("ann", { enabled: false });
  w.clock.pass(5000);
  await w.sync();
  const store = w.store();
  expect(store.people.totals("user").pending).toBe(0);
  store.close();
  w.directory.person("ann", { enabled: true });
  await w.sync();
  expect((await w.users()).get("ann@example.com")).toMatchObject({ title: "Engineer", active: true });
});
