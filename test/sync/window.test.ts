import { describe, expect, test } from "vitest";
import { type World, worlds } from "../world.ts";

const world = worlds();

function ids(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `p${String(from + n).padStart(4, "0")}`);
}

const deleting = { policy: { groups: { push: true, nested: "flatten", removed: "delete" } } } as const;

/** 100 people, all of them in `all`; 40 of them in `team`. Beyond the first day. */
async function managed(options = {}): Promise<World> {
  const w = world(options);
  w.directory.people("p", 100).group("all", ids(0, 100)).group("team", ids(0, 40));
  await w.sync();
  w.clock.pass(25 * 3_600_000);
  await w.sync();
  return w;
}

describe("what one group loses", () => {
  test("is added up over the window, and forgotten after it", async () => {
    const w = await managed();
    w.directory.leave("team", ...ids(0, 7));
    expect((await w.sync()).applied).toEqual({ "remove member": 7 });
    w.directory.leave("team", ...ids(7, 4));
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: {},
      holds: [{ class: "member-removals", n: 4, base: 40 }],
    });
    w.clock.pass(25 * 3_600_000);
    expect((await w.sync()).applied).toEqual({ "remove member": 4 });
  });

  test("adds up to more than half of a small group", async () => {
    const w = await managed();
    w.directory.group("trio", ids(0, 4));
    await w.sync();
    w.directory.leave("trio", "p0000", "p0001");
    expect((await w.sync()).applied).toEqual({ "remove member": 2 });
    w.directory.leave("trio", "p0002");
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {} });
  });

  test("counts for no other group", async () => {
    const w = await managed();
    w.directory.leave("team", ...ids(0, 7));
    await w.sync();
    w.directory.leave("all", ...ids(0, 4));
    expect((await w.sync()).applied).toEqual({ "remove member": 4 });
  });

  test("and a person approved does not count", async () => {
    const w = await managed();
    w.directory.leave("team", ...ids(0, 30));
    expect(await w.sync()).toMatchObject({ outcome: "held" });
    w.approve();
    expect((await w.sync()).applied).toEqual({ "remove member": 30 });
    w.directory.leave("team", "p0030");
    expect((await w.sync()).applied).toEqual({ "remove member": 1 });
  });
});

describe("the members of a group that is deleted", () => {
  test("count as removed within the window", async () => {
    const w = await managed(deleting);
    w.directory.group("ten", ids(50, 10));
    await w.sync();
    w.directory.remove("ten");
    expect((await w.sync()).applied).toEqual({ "delete group": 1 });
    // 150 memberships when the window began: 15 may go in a day.
    w.directory.leave("all", ...ids(90, 6));
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: {},
      holds: [{ class: "member-removals", n: 6, message: expect.stringContaining("6 of 150 memberships") }],
    });
    w.clock.pass(25 * 3_600_000);
    expect((await w.sync()).applied).toEqual({ "remove member": 6 });
  });

  test("do not count where a person approved it", async () => {
    const w = await managed(deleting);
    w.directory.remove("team");
    expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "member-removals", n: 40 }] });
    w.approve();
    expect((await w.sync()).applied).toEqual({ "delete group": 1 });
    w.directory.leave("all", ...ids(90, 6));
    expect((await w.sync()).applied).toEqual({ "remove member": 6 });
  });
});
