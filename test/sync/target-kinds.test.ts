import { describe, expect, test } from "vitest";
import { ItemError } from "../../src/errors.ts";
import { worlds } from "../world.ts";

const world = worlds();

describe("a target whose members cannot be read", () => {
  test("is sent every membership once and believed", async () => {
    const w = world({ capabilities: { membersReadable: false } });
    w.directory.people("p", 9).group("team", ["p0001", "p0002"]);
    w.before = (call) => {
      if (call.method === "members") throw new ItemError("mutability", "members cannot be read back");
    };
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { create: 9, "add member": 2 } });
    w.directory.leave("team", "p0001").join("team", "p0003");
    expect(await w.sync()).toMatchObject({
      outcome: "done",
      applied: { "add member": 1, "remove member": 1 },
    });
    w.before = () => {};
    expect((await w.groups())["team"]).toEqual(["p0002@example.com", "p0003@example.com"]);
    w.calls.length = 0;
    await w.sync();
    expect(w.calls).toEqual([]);
  });

  test("is sent again what got no answer, after the settle time", async () => {
    const w = world({ settleMs: 1000, capabilities: { membersReadable: false } });
    w.directory.people("p", 9).group("team", ["p0001"]);
    let sent = 0;
    w.before = (call) => {
      if (call.method === "changeMembers" && ++sent === 1) w.die();
    };
    await w.sync().catch(() => {});
    expect((await w.sync()).outcome).toBe("done");
    expect((await w.groups())["team"]).toEqual(["p0001@example.com"]);
  });
});

describe("a target that cannot look up", () => {
  const blind = { filter: { user: [], group: [] }, enforcesUniqueness: false } as const;

  test("is read as a list, so that accounts that exist are found", async () => {
    const w = world({ capabilities: blind });
    const target = await w.target();
    await target.users.create({ schemas: [], userName: "ann@example.com", active: true } as never, {
      signal: new AbortController().signal,
    });
    await target.close();
    w.directory.person("ann");
    expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "adoptions", waiting: 1 }] });
  });

  test("and that gave no answer is read as a list before anything is created again", async () => {
    const w = world({ settleMs: 1000, capabilities: blind });
    w.directory.person("ann").group("team", ["ann"]);
    w.after = (call) => {
      if (call.method === "create") w.die();
    };
    await w.sync().catch(() => {});
    w.after = () => {};
    w.calls.length = 0;
    expect((await w.sync()).outcome).toBe("done");
    expect(w.written.filter((call) => call.method === "create" && call.kind === "user")).toEqual([]);
    expect((await w.users()).size).toBe(1);
  });
});

test("a target that takes whole resources only is kept in step, members and references included", async () => {
  const w = world({ capabilities: { update: "put" } });
  w.directory.people("p", 9).person("ann", { manager: "p0001", title: "A" }).group("team", ["ann", "p0001"]);
  await w.sync();
  w.directory
    .person("ann", { title: null, login: "ann.lee@example.com" })
    .group("team", ["ann"], { name: "T" });
  expect(await w.sync()).toMatchObject({
    outcome: "done",
    applied: { rename: 1, "rename group": 1, "remove member": 1 },
  });
  const ann = (await w.users()).get("ann.lee@example.com");
  expect(ann?.["title"]).toBeUndefined();
  expect(JSON.stringify(ann)).toContain((await w.users()).get("p0001@example.com")?.id);
  expect(await w.groups()).toEqual({ T: ["ann.lee@example.com"] });
});
