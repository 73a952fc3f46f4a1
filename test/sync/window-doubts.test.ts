import { describe, expect, test } from "vitest";
import { TransientError } from "../../src/errors.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();
const hour = 3_600_000;

/** The target takes changes of members, and cannot be read afterwards: what it took is not settled in that run. */
function membersUnread(w: World): void {
  let changed = false;
  w.before = (call) => {
    if (call.method === "members" && changed) throw new TransientError("no answer", { outcome: "none" });
    if (call.method === "changeMembers") changed = true;
  };
}

function ids(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `p${String(from + n).padStart(4, "0")}`);
}

/** 100 people; 10 of them in `team`, and nothing is in the window any more. */
async function managed(options = {}): Promise<World> {
  const w = world(options);
  w.directory.people("p", 100).group("all", ids(0, 100)).group("team", ids(0, 10));
  await w.sync();
  w.clock.pass(25 * hour);
  await w.sync();
  return w;
}

const few = { limits: { neverHoldBelow: 4 } } as const;

describe("members who were taken in by a call that nobody saw the end of", () => {
  test("count when they are taken out again", async () => {
    const w = await managed(few);
    membersUnread(w);
    w.directory.group("team", ids(0, 14));
    await w.sync();
    w.before = () => {};
    w.directory.leave("team", ...ids(10, 4));
    w.clock.pass(hour);
    expect((await w.sync()).applied).toEqual({ "remove member": 4 });
    w.directory.leave("team", "p0000");
    w.clock.pass(hour);
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {}, holds: [{ n: 1 }] });
  });

  test("are held when they are too many to be taken out again", async () => {
    const w = await managed(few);
    membersUnread(w);
    w.directory.group("team", ids(0, 20));
    await w.sync();
    w.before = () => {};
    w.directory.leave("team", ...ids(10, 10));
    w.clock.pass(hour);
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: {},
      holds: [{ class: "member-removals", n: 10 }],
    });
    expect((await w.groups())["team"]).toHaveLength(20);
  });

  test("count when a process dies over taking them out", async () => {
    const w = await managed(few);
    membersUnread(w);
    w.directory.group("team", ids(0, 14));
    await w.sync();
    w.before = () => {};
    w.after = (call) => {
      if (call.method === "changeMembers") w.die();
    };
    w.directory.leave("team", ...ids(10, 4));
    w.clock.pass(hour);
    await expect(w.sync()).rejects.toThrow();
    w.after = () => {};
    w.clock.pass(hour);
    await w.sync();
    w.directory.leave("team", "p0000");
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {}, holds: [{ n: 1 }] });
  });

  test("go with a group that is deleted, as members of it", async () => {
    const w = await managed({
      ...few,
      policy: { groups: { push: true, nested: "flatten", removed: "delete" } },
    });
    w.directory.group("new", []);
    await w.sync();
    membersUnread(w);
    w.directory.group("new", ids(0, 20));
    await w.sync();
    w.before = () => {};
    w.directory.remove("new");
    w.clock.pass(hour);
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: {},
      holds: [{ class: "member-removals", n: 20 }],
    });
  });
});

test("members who were taken out of a group that is pushed no longer count, also where nobody saw the end of it", async () => {
  const w = await managed({ ...few, scope: { groups: "group.name != 'left alone'" } });
  membersUnread(w);
  w.directory.leave("team", ...ids(0, 4));
  await w.sync();
  w.before = () => {};
  w.directory.group("team", ids(4, 6), { name: "left alone" });
  w.clock.pass(hour);
  await w.sync();
  w.directory.leave("all", ...ids(0, 8));
  w.clock.pass(hour);
  expect(await w.sync()).toMatchObject({ outcome: "held", applied: {}, holds: [{ n: 8 }] });
});

test("a yes that expired keeps no removal of a member out of the count", async () => {
  const w = await managed(few);
  w.directory.leave("team", ...ids(0, 5));
  expect(await w.sync()).toMatchObject({ outcome: "held" });
  w.approve();
  w.directory.join("team", "p0000");
  w.clock.pass(73 * hour);
  expect((await w.sync()).applied).toEqual({ "remove member": 4 });
  w.directory.leave("team", "p0005");
  expect(await w.sync()).toMatchObject({ outcome: "held", applied: {}, holds: [{ n: 1 }] });
});
