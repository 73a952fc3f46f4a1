import { describe, expect, test } from "vitest";
import { TransientError } from "../src/errors.ts";
import { worlds } from "./world.ts";

const world = worlds();

const manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

describe("a first sync", () => {
  test("creates everybody in scope with exactly the mapped values", async () => {
    const w = world();
    w.directory.person("ann", { title: "Engineer", mail: "ann@mail.example" }).person("ben");
    const report = await w.sync();
    expect(report).toMatchObject({
      outcome: "done",
      applied: { create: 2 },
      read: { type: "full", users: 2 },
    });
    const users = await w.users();
    expect([...users.keys()].sort()).toEqual(["ann@example.com", "ben@example.com"]);
    expect(users.get("ann@example.com")).toMatchObject({
      externalId: "ann",
      title: "Engineer",
      active: true,
    });
  });

  test("leaves out who is disabled or out of scope: they are not looked up, created or counted", async () => {
    const w = world({ scope: { users: 'user.department != "out"' } });
    w.directory.person("ann").person("off", { enabled: false }).person("out", { department: "out" });
    w.directory.person("robot", { excluded: true });
    const report = await w.sync();
    expect([...(await w.users()).keys()]).toEqual(["ann@example.com"]);
    expect(report.plan?.actions).toEqual({ create: 1 });
    expect(
      w.calls.filter((call) => call.method === "find" && call.id !== "externalId" && call.id !== "userName"),
    ).toEqual([]);
  });

  test("gives groups their members, nested ones flattened, once everybody has an account", async () => {
    const w = world();
    w.directory.person("ann").person("ben").person("eve").person("off", { enabled: false });
    w.directory
      .group("inner", ["ben", "off"])
      .group("outer", ["ann", "inner"])
      .group("loop", ["outer", "loop"]);
    const report = await w.sync();
    expect(report.outcome).toBe("done");
    expect(await w.groups()).toEqual({
      inner: ["ben@example.com"],
      outer: ["ann@example.com", "ben@example.com"],
      loop: ["ann@example.com", "ben@example.com"],
    });
  });

  test("sets a manager after both have an account, whoever was read first", async () => {
    const w = world();
    w.directory.person("ann", { manager: "zoe" }).person("zoe");
    await w.sync();
    const users = await w.users();
    expect(users.get("ann@example.com")?.[manager]).toMatchObject({
      manager: { value: users.get("zoe@example.com")?.id },
    });
  });

  test("clears the manager when the manager is deleted, though the directory says nothing of it", async () => {
    const w = world();
    w.directory.people("p", 9).person("ann", { manager: "zoe" }).person("zoe");
    await w.sync();
    w.directory.remove("zoe");
    expect((await w.sync()).applied).toEqual({ deactivate: 1, "set reference": 1 });
    expect((await w.users()).get("ann@example.com")?.[manager]).toBeUndefined();
    w.directory.person("ann", { title: "Engineer" });
    expect((await w.sync()).applied).toEqual({ update: 1 });
  });

  test("refuses a directory in which nobody is", async () => {
    const w = world();
    const report = await w.sync();
    expect(report.outcome).toBe("failed");
    expect(report.problem?.message).toContain("nobody at all");
    expect(w.written).toEqual([]);
  });
});

describe("a second sync", () => {
  test("with nothing changed calls the target not once", async () => {
    const w = world();
    w.directory.people("p", 30).group("all", ["p0001", "p0002"]);
    await w.sync();
    w.calls.length = 0;
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "done", applied: {}, read: { type: "delta", changed: 0 } });
    expect(w.calls).toEqual([]);
  });

  test("read in full again writes nothing either", async () => {
    const w = world();
    w.directory.people("p", 30).group("all", ["p0001", "p0002"]);
    await w.sync();
    w.calls.length = 0;
    const report = await w.sync({ full: true });
    expect(report).toMatchObject({ outcome: "done", read: { type: "full", users: 30, changed: 0 } });
    expect(w.calls).toEqual([]);
  });

  test("renames the same account", async () => {
    const w = world();
    w.directory.person("ann");
    await w.sync();
    const before = (await w.users()).get("ann@example.com")?.id;
    w.directory.person("ann", { login: "ann.lee@example.com" });
    const report = await w.sync();
    expect(report.applied).toEqual({ rename: 1 });
    expect((await w.users()).get("ann.lee@example.com")?.id).toBe(before);
  });

  test("clears a value that the directory no longer has, and only then", async () => {
    const w = world();
    w.directory.person("ann", { title: "Engineer" });
    await w.sync();
    w.directory.clear("ann", "title");
    expect((await w.sync()).applied).toEqual({ update: 1 });
    expect((await w.users()).get("ann@example.com")?.["title"]).toBeUndefined();
  });

  test("asks for nothing when a value went there and back", async () => {
    const w = world();
    w.directory.person("ann", { title: "A" });
    await w.sync();
    w.directory.person("ann", { title: "B" }).person("ann", { title: "A" });
    w.calls.length = 0;
    expect((await w.sync()).applied).toEqual({});
    expect(w.calls).toEqual([]);
  });

  test("writes only the changed membership, and drops a deleted person from every group", async () => {
    const w = world();
    w.directory.people("p", 20).group("team", ["p0000", "p0001", "p0002", "p0003", "p0004"]);
    await w.sync();
    w.directory.join("team", "p0010").leave("team", "p0000").remove("p0001");
    const report = await w.sync();
    expect(report.applied).toEqual({ deactivate: 1, "add member": 1, "remove member": 2 });
    expect((await w.groups())["team"]).toEqual(
      ["p0002", "p0003", "p0004", "p0010"].map((id) => `${id}@example.com`),
    );
  });

  test("renames a group without touching its members", async () => {
    const w = world();
    w.directory.person("ann").group("team", ["ann"]);
    await w.sync();
    w.directory.group("team", ["ann"], { name: "Team Blue" });
    expect((await w.sync()).applied).toEqual({ "rename group": 1 });
    expect(await w.groups()).toEqual({ "Team Blue": ["ann@example.com"] });
  });
});

describe("people who leave and come back", () => {
  test("a disabled person is switched off, keeps the account and the memberships, and comes back to both", async () => {
    const w = world();
    w.directory.people("p", 5).person("ann").group("team", ["ann", "p0001"]);
    await w.sync();
    const before = (await w.users()).get("ann@example.com")?.id;
    w.directory.person("ann", { enabled: false });
    expect((await w.sync()).applied).toEqual({ deactivate: 1 });
    expect((await w.users()).get("ann@example.com")).toMatchObject({ id: before, active: false });
    expect((await w.groups())["team"]).toContain("ann@example.com");
    w.directory.person("ann", { enabled: true });
    expect((await w.sync()).applied).toEqual({ reactivate: 1 });
    expect((await w.users()).get("ann@example.com")).toMatchObject({ id: before, active: true });
  });

  test("somebody who leaves the scope is switched off first, then leaves the groups, and returns to both", async () => {
    const w = world({ scope: { users: 'user.department != "out"' } });
    w.directory.people("p", 9).person("ann").group("team", ["ann", "p0001", "p0002", "p0003"]);
    await w.sync();
    w.directory.person("ann", { department: "out" });
    w.calls.length = 0;
    expect((await w.sync()).applied).toEqual({ deactivate: 1, "remove member": 1 });
    expect(w.written.map((call) => call.method)).toEqual(["patch", "changeMembers"]);
    w.directory.person("ann", { department: "in" });
    expect((await w.sync()).applied).toEqual({ reactivate: 1, "add member": 1 });
    expect((await w.groups())["team"]).toContain("ann@example.com");
  });

  test("an account that expires is switched off on the day, though the directory says nothing", async () => {
    const w = world();
    w.directory.people("p", 5).person("ann", { expires: "2026-11-03T00:00:00Z" });
    await w.sync();
    w.clock.pass(24 * 3_600_000);
    expect((await w.sync()).applied).toEqual({});
    w.clock.pass(24 * 3_600_000);
    expect((await w.sync()).applied).toEqual({ deactivate: 1 });
  });

  test("somebody who was never created and is disabled is nobody's business", async () => {
    const w = world();
    w.directory.person("ann");
    await w.sync();
    w.directory.person("ben", { enabled: false }).remove("ben");
    w.calls.length = 0;
    expect((await w.sync()).applied).toEqual({});
    expect(w.calls).toEqual([]);
  });
});

describe("a read that is not whole", () => {
  const broken = new TransientError("the connection to the directory was cut", { outcome: "none" });

  test("removes nobody and does not move the cursor", async () => {
    const w = world();
    w.directory.people("p", 200);
    await w.sync();
    for (let n = 0; n < 3; n++) w.directory.remove(`p000${n}`);
    w.directory.pageSize = 1;
    w.directory.failAfterPage = { page: 2, error: broken };
    w.calls.length = 0;
    const failed = await w.sync();
    expect(failed.outcome).toBe("failed");
    expect(w.written).toEqual([]);
    w.directory.failAfterPage = undefined;
    expect((await w.sync()).applied).toEqual({ deactivate: 3 });
  });

  test("still applies what an earlier read left pending", async () => {
    const w = world();
    w.directory.person("ann");
    w.before = (call) => {
      if (call.method === "create") throw new TransientError("the target is down", { outcome: "none" });
    };
    await w.sync();
    w.before = () => {};
    w.directory.person("ben");
    w.directory.failAfterPage = { page: 1, error: broken };
    const report = await w.sync();
    expect(report.outcome).toBe("failed");
    expect([...(await w.users()).keys()]).toEqual(["ann@example.com"]);
  });

  test("that claims to be whole and names nobody is refused", async () => {
    const w = world();
    w.directory.people("p", 40);
    await w.sync();
    w.directory.answersNobody = true;
    const report = await w.sync({ full: true });
    expect(report.outcome).toBe("failed");
    expect(report.problem?.message).toContain("40 people were there before");
    w.directory.answersNobody = false;
    expect((await w.sync({ full: true })).applied).toEqual({});
  });

  test("a lost cursor is answered by reading everything; who is missing is asked for by id", async () => {
    const w = world();
    w.directory.people("p", 40);
    await w.sync();
    w.directory.remove("p0003").hide("p0004");
    w.directory.cursorLost = true;
    const report = await w.sync();
    expect(report.read?.type).toBe("full");
    expect(report.applied).toEqual({ deactivate: 1 });
    expect(report.holds).toMatchObject([{ class: "not-visible", n: 1 }]);
    expect((await w.users()).get("p0004@example.com")).toMatchObject({ active: true });
  });
});
