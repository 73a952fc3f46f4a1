import { describe, expect, test } from "vitest";
import { TransientError } from "../../src/errors.ts";
import { type Call, type World, worlds } from "../world.ts";
import { membersByHand } from "./by-hand.ts";

const world = worlds();
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/** The process dies after a call that took effect. */
function diesAfter(w: World, method: string): void {
  w.after = (call) => {
    if (call.method === method) w.die();
  };
}

/** The target is too busy for such calls: they are definitely without effect. */
function isTooBusyFor(w: World, method: string): void {
  w.after = () => {};
  w.before = (call) => {
    if (call.method === method) throw new TransientError("too many requests", { outcome: "none" });
  };
}

/** Everything is all right again. */
function recovers(w: World): void {
  w.before = () => {};
  w.clock.pass(25 * 3_600_000);
}

describe.each([true, false])("a call whose outcome nobody knows, members readable: %s", (membersReadable) => {
  test("and that is to be undone by one that the target has no time for: whoever was put in is taken out all the same", async () => {
    const w = world({ settleMs: 1000, capabilities: { membersReadable } });
    w.directory.people("p", 5).group("team", ["p0001"]);
    await w.sync();
    w.directory.join("team", "p0002");
    diesAfter(w, "changeMembers");
    await w.sync().catch(() => {});
    w.directory.leave("team", "p0002");
    w.clock.pass(60_000);
    isTooBusyFor(w, "changeMembers");
    await w.sync();
    recovers(w);
    expect((await w.sync()).applied).toEqual({ "remove member": 1 });
  });
});

describe("where the target hides its members", () => {
  const hidden = { settleMs: 1000, capabilities: { membersReadable: false } } as const;

  test("a call that got no answer again and again is sent again on the schedule, until it goes", async () => {
    const w = world(hidden);
    w.directory.people("p", 5).group("team", ["p0001", "p0002"]);
    await w.sync();
    w.directory.leave("team", "p0002");
    w.before = ({ method }) => {
      if (method === "changeMembers") throw new TransientError("no answer", { outcome: "unknown" });
    };
    for (let n = 0; n < 3; n++) {
      w.clock.pass(3_600_000);
      await w.sync();
    }
    recovers(w);
    const applied = [await w.sync(), await w.sync()].map((report) => report.applied);
    expect(applied).toContainEqual({ "remove member": 1 });
    expect(await w.sync()).toMatchObject({ outcome: "done" });
  });

  test("a refusal says nothing of an earlier call that may take effect yet: who comes back is put in again", async () => {
    const w = world(hidden);
    w.directory.people("p", 5).group("team", ["p0001", "p0002"]);
    await w.sync();
    w.directory.leave("team", "p0002");
    let late: Call | undefined;
    w.before = (call) => {
      if (call.method !== "changeMembers") return;
      if (late !== undefined) throw new TransientError("too busy", { outcome: "none" });
      late = call;
      throw new TransientError("no answer", { outcome: "unknown" });
    };
    await w.sync();
    await membersByHand(w, "team", { remove: ["p0002@example.com"] });
    w.directory.join("team", "p0002");
    recovers(w);
    expect((await w.sync()).applied).toEqual({ "add member": 1 });
  });
});

test("a manager who was set by a call of unknown outcome does not stay when the first try to set the former one again fails", async () => {
  const w = world({ settleMs: 1000 });
  w.directory.people("p", 9).person("zoe").person("eve").person("ann", { manager: "zoe" });
  await w.sync();
  w.directory.person("ann", { manager: "eve" });
  diesAfter(w, "patch");
  await w.sync().catch(() => {});
  w.directory.person("ann", { manager: "zoe" });
  w.clock.pass(60_000);
  isTooBusyFor(w, "patch");
  await w.sync();
  recovers(w);
  await w.sync();
  const users = await w.users();
  expect(users.get("ann@example.com")?.[enterprise]).toMatchObject({
    manager: { value: users.get("zoe@example.com")?.id },
  });
});
