import { describe, expect, test } from "vitest";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();
const settleMs = 60_000;
const manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
const { signal } = new AbortController();

/** Ann, two who may be her managers, zoe, and a group. */
async function synced(options: WorldOptions = {}): Promise<World> {
  const w = world({ settleMs, ...options });
  w.directory.people("p", 9).person("ann").person("zoe").person("boss").person("chief");
  w.directory.group("team", ["ann", "p0001", "p0002"]);
  expect((await w.sync()).outcome).toBe("done");
  return w;
}

async function idOf(w: World, login: string): Promise<string> {
  return (await w.users()).get(`${login}@example.com`)?.id ?? "";
}

/** The process dies over the next call of this kind; what it sent arrives at the target while the next run waits. */
async function diesOver(w: World, method: string, lateEffect: () => Promise<void>): Promise<() => number> {
  w.before = (call) => {
    if (call.method === method) w.die();
  };
  await expect(w.sync()).rejects.toThrow();
  const died = w.clock.now();
  let lookedAt = 0;
  w.before = () => {
    lookedAt ||= w.clock.now() - died;
  };
  const sleep = w.clock.sleep.bind(w.clock);
  w.clock.sleep = async (ms, stopped) => {
    w.clock.sleep = sleep;
    await lateEffect();
    await sleep(ms, stopped);
  };
  return () => lookedAt;
}

/** What a call that was on its way does to the target. */
async function arrives(w: World, work: (target: Awaited<ReturnType<World["target"]>>) => Promise<unknown>) {
  const target = await w.target();
  await work(target);
  await target.close();
}

const managerOf = async (w: World, login: string) =>
  JSON.stringify((await w.users()).get(`${login}@example.com`)).match(/"manager":\{"value":"([^"]+)"/)?.[1];

describe("what a call does long after we died over it", () => {
  test("to a manager is waited for: the one that is wanted now stands in the end", async () => {
    const w = await synced();
    const [ann, boss, chief] = [await idOf(w, "ann"), await idOf(w, "boss"), await idOf(w, "chief")];
    w.directory.person("ann", { manager: "boss" });
    const lookedAfter = await diesOver(w, "patch", () =>
      arrives(w, (target) =>
        target.users.patch(ann, [{ op: "replace", path: manager, value: { value: boss } }], { signal }),
      ),
    );
    w.directory.person("ann", { manager: "chief" });
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { "set reference": 1 } });
    expect(lookedAfter()).toBeGreaterThanOrEqual(settleMs);
    expect(await managerOf(w, "ann")).toBe(chief);
  });

  test("to a manager is found, and not sent again", async () => {
    const w = await synced();
    const [ann, boss] = [await idOf(w, "ann"), await idOf(w, "boss")];
    w.directory.person("ann", { manager: "boss" });
    await diesOver(w, "patch", () =>
      arrives(w, (target) =>
        target.users.patch(ann, [{ op: "replace", path: manager, value: { value: boss } }], { signal }),
      ),
    );
    w.calls.length = 0;
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
    expect(w.written).toEqual([]);
  });

  test("to the members of a group is waited for: who has left again meanwhile is no member in the end", async () => {
    const w = await synced();
    const [zoe, team] = [await idOf(w, "zoe"), await groupId(w)];
    w.directory.join("team", "zoe");
    const lookedAfter = await diesOver(w, "changeMembers", () =>
      arrives(w, (target) => target.groups.changeMembers(team, { add: [zoe], remove: [] }, { signal })),
    );
    w.directory.leave("team", "zoe");
    expect((await w.sync()).outcome).toBe("done");
    expect(lookedAfter()).toBeGreaterThanOrEqual(settleMs);
    expect((await w.groups())["team"]).not.toContain("zoe@example.com");
  });

  test("to a manager, as a whole account, does not bring an old title back", async () => {
    const w = await synced({ capabilities: { update: "put" } });
    const [ann, boss] = [await idOf(w, "ann"), await idOf(w, "boss")];
    w.directory.person("ann", { manager: "boss" });
    await diesOver(w, "replace", () =>
      arrives(w, async (target) => {
        const { id, meta, ...before } = (await target.users.get(ann, signal)) ?? { id: "" };
        void id;
        void meta;
        await target.users.replace(ann, { ...before, ...whole(boss) } as never, { signal });
      }),
    );
    w.directory.person("ann", { title: "Engineer" });
    expect((await w.sync()).outcome).toBe("done");
    expect((await w.users()).get("ann@example.com")).toMatchObject({ title: "Engineer" });
    expect(await managerOf(w, "ann")).toBe(boss);
  });
});

/** An account as it was on its way: without a title, with a manager. */
function whole(boss: string): Record<string, unknown> {
  return {
    title: undefined,
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { manager: { value: boss } },
  };
}

async function groupId(w: World): Promise<string> {
  let id = "";
  await arrives(w, async (target) => {
    for await (const group of target.groups.list(signal)) id = group.id;
  });
  return id;
}
