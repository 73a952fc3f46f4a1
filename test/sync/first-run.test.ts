import { describe, expect, test } from "vitest";
import { TransientError } from "../../src/errors.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();

async function withAccount(w: World, values: Record<string, unknown>): Promise<string> {
  const target = await w.target();
  const made = await target.users.create({ schemas: [], ...values } as never, {
    signal: new AbortController().signal,
  });
  await target.close();
  return made.id;
}

describe("the first run of a connection asks before it takes over accounts", () => {
  test("also when an earlier attempt could not read the directory", async () => {
    const w = world({ policy: { existingAccounts: "adopt" } });
    await withAccount(w, { userName: "ann@example.com", active: true });
    w.directory.person("ann").person("ben");
    w.directory.pageSize = 1;
    w.directory.failAfterPage = { page: 1, error: new TransientError("cut", { outcome: "none" }) };
    expect((await w.sync()).outcome).toBe("failed");
    w.directory.failAfterPage = undefined;
    expect(await w.sync()).toMatchObject({ outcome: "held", firstRunHeld: true, applied: {} });
  });

  test("also when one person was synced on demand before", async () => {
    const w = world({ policy: { existingAccounts: "adopt" } });
    await withAccount(w, { userName: "ann@example.com", active: true });
    w.directory.person("ann").person("ben");
    expect((await w.sync({ user: "ben@example.com" })).applied).toEqual({ create: 1 });
    expect(await w.sync()).toMatchObject({ outcome: "held", firstRunHeld: true, applied: {} });
  });
});

test("an adopted account keeps the external id of another system when its values change later", async () => {
  const w = world();
  await withAccount(w, { userName: "ann@example.com", externalId: "hr-17", active: true });
  w.directory.person("ann");
  await w.sync();
  w.approve();
  await w.sync();
  w.directory.person("ann", { title: "Engineer" });
  const { items } = await w.plan();
  expect(items.flatMap((each) => each.values.map(({ path }) => path))).toEqual(["title"]);
  await w.sync();
  expect((await w.users()).get("ann@example.com")).toMatchObject({
    externalId: "hr-17",
    title: "Engineer",
  });
});

test("accounts that are left alone are not looked up in every cycle", async () => {
  const w = world({ policy: { existingAccounts: "leave" } });
  await withAccount(w, { userName: "ann@example.com", active: true });
  w.directory.person("ann").person("ben");
  await w.sync();
  w.clock.pass(40 * 60_000);
  w.calls.length = 0;
  expect(await w.sync()).toMatchObject({ outcome: "done", waiting: { leftAlone: 1 } });
  expect(w.calls).toEqual([]);
});
