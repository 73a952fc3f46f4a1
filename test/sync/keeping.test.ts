import { describe, expect, test } from "vitest";
import { CredentialsRefused } from "../../src/errors.ts";
import { worlds } from "../world.ts";

const world = worlds();

describe("whenOutOfScope: keep", () => {
  test("leaves the account and its memberships as they are", async () => {
    const w = world({ scope: { users: 'user.department != "out"' }, policy: { whenOutOfScope: "keep" } });
    w.directory.people("p", 9).person("ann").group("team", ["ann", "p0001", "p0002"]);
    await w.sync();
    w.directory.person("ann", { department: "out" });
    expect((await w.sync()).applied).toEqual({});
    expect((await w.groups())["team"]).toContain("ann@example.com");
  });
});

describe("a rule of the scope that cannot be worked out for somebody", () => {
  const scope = { users: "int(user.department) > 1" };

  test("neither takes their access away nor gives them any", async () => {
    const w = world({ scope });
    w.directory.person("ann", { department: "2" }).person("ben", { department: "3" });
    await w.sync();
    w.directory.person("ann", { department: "many" }).person("new", { department: "few" });
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "failing", applied: {} });
    expect((await w.users()).get("ann@example.com")).toMatchObject({ active: true });
    expect((await w.users()).has("new@example.com")).toBe(false);
  });
});

describe("a full read", () => {
  test("is made once a day without being asked for, and writes nothing about people that changes put together", async () => {
    const w = world();
    w.directory.people("p", 9).person("ann", { title: "A", mail: "a@example.com" });
    await w.sync();
    w.directory.clear("ann", "title");
    await w.sync();
    w.clock.pass(23 * 3_600_000);
    expect((await w.sync()).read).toMatchObject({ type: "delta" });
    w.clock.pass(3_600_000);
    expect((await w.sync()).read).toMatchObject({ type: "full", why: "once a day", changed: 0 });
    expect((await w.sync()).read).toMatchObject({ type: "delta" });
  });
});

describe("a full read of a source that has a time of its own for it", () => {
  test.each([
    ["once a week", 7 * 24],
    ["four times a day", 6],
  ])("is made %s, no sooner and no later", async (_, hours) => {
    const w = world();
    w.directory.fullEveryMs = hours * 3_600_000;
    w.directory.people("p", 9);
    await w.sync();
    w.clock.pass((hours - 1) * 3_600_000);
    expect((await w.sync()).read).toMatchObject({ type: "delta" });
    w.clock.pass(3_600_000);
    expect((await w.sync()).read).toMatchObject({ type: "full", why: "scheduled" });
  });
});

describe("quarantine", () => {
  test("is not ended by a run that had nothing to ask of the target that refuses us", async () => {
    const w = world();
    w.directory.person("ann");
    await w.sync();
    w.directory.person("ann", { title: "A" });
    w.before = () => {
      throw new CredentialsRefused("the target refuses the token");
    };
    expect((await w.sync()).outcome).toBe("quarantined");
    w.directory.clear("ann", "title");
    expect((await w.sync()).outcome).toBe("quarantined");
    w.before = () => {};
    expect(await w.sync()).toMatchObject({ outcome: "done", quarantine: undefined });
  });
});

describe("existingAccounts: adopt", () => {
  test("asks before it takes over an account that somebody switched off", async () => {
    const w = world({ policy: { existingAccounts: "adopt" } });
    w.directory.person("zed");
    await w.sync();
    const target = await w.target();
    const { signal } = new AbortController();
    await target.users.create({ userName: "ann@example.com", active: false }, { signal });
    await target.close();
    w.directory.person("ann");
    expect(await w.sync()).toMatchObject({
      outcome: "held",
      applied: {},
      holds: [{ class: "adoptions", waiting: 1 }],
    });
  });
});
