import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../src/errors.ts";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();
const users = async (w: World) =>
  [...(await w.users())]
    .filter(([, user]) => user["active"] === true)
    .map(([name]) => name.split("@")[0])
    .sort();
const byGroup = (groups: readonly string[], transitive = false): WorldOptions => ({
  scope: { assigned: { groups, transitive } },
});

describe("a connection that is limited to the members of groups", () => {
  test("creates them and nobody else; nested members only on request", async () => {
    const direct = world(byGroup(["app-users"]));
    const nested = world(byGroup(["app-users"], true));
    for (const w of [direct, nested]) {
      w.directory
        .people("p", 5)
        .person("ann")
        .person("ben")
        .group("inner", ["ben"])
        .group("app-users", ["ann", "inner"]);
      await w.sync();
    }
    expect(await users(direct)).toEqual(["ann"]);
    expect(await users(nested)).toEqual(["ann", "ben"]);
  });

  test("follows who joins and who leaves, though nothing of the person changed", async () => {
    const w = world(byGroup(["app-users"]));
    w.directory.people("p", 8).group("app-users", ["p0000", "p0001", "p0002", "p0003"]);
    await w.sync();
    w.directory.join("app-users", "p0005").leave("app-users", "p0000");
    expect((await w.sync()).applied).toMatchObject({ create: 1, deactivate: 1 });
    expect(await users(w)).toEqual(["p0001", "p0002", "p0003", "p0005"]);
    w.directory.join("app-users", "p0000");
    expect((await w.sync()).applied).toMatchObject({ reactivate: 1 });
    w.calls.length = 0;
    await w.sync();
    expect(w.calls).toEqual([]);
  });

  test("comes on top of the rule for people", async () => {
    const w = world({
      scope: { users: 'user.department == "IT"', assigned: { groups: ["app-users"], transitive: false } },
    });
    w.directory
      .person("ann", { department: "IT" })
      .person("ben")
      .person("eve", { department: "IT" })
      .group("app-users", ["ann", "ben"]);
    await w.sync();
    expect(await users(w)).toEqual(["ann"]);
  });

  test("touches nobody when another group cannot be found", async () => {
    const w = world(byGroup(["app-users"]));
    w.directory.people("p", 5).group("app-users", ["p0000", "p0001"]);
    await w.sync();
    w.calls.length = 0;
    w.options = byGroup(["another"]);
    w.directory.assignedProblem = new ConfigurationError('there is no group "another"');
    await expect(w.sync({ full: true })).rejects.toThrow("there is no group");
    expect(w.calls).toEqual([]);
    w.options = byGroup(["app-users"]);
    expect((await w.sync({ full: true })).applied).toEqual({});
  });

  test.each([true, false])(
    "touches nobody when a group is deleted, and goes on when it is back (full: %s)",
    async (full) => {
      const w = world(byGroup(["App Users"]));
      w.directory.people("p", 9).group("g1", ["p0000", "p0001"], { name: "App Users" });
      await w.sync();
      w.directory.remove("g1");
      w.calls.length = 0;
      for (let cycle = 0; cycle < 2; cycle++)
        await expect(w.sync({ full })).rejects.toThrow(
          'the group "App Users" (g1) is not in the directory any more',
        );
      expect(w.calls).toEqual([]);
      w.directory.group("g1", ["p0000", "p0002"], { name: "App Users" });
      expect((await w.sync({ full })).applied).toMatchObject({ create: 1, deactivate: 1 });
    },
  );

  test("means the same group for ever: who gives its name to another one lets nobody in", async () => {
    const w = world(byGroup(["App Users"]));
    w.directory.people("p", 9).group("g1", ["p0000", "p0001"], { name: "App Users" });
    await w.sync();
    w.directory.group("g1", ["p0000", "p0001"], { name: "Application users" });
    w.directory.group("g2", ["p0005", "p0006"], { name: "App Users" });
    w.calls.length = 0;
    await w.sync();
    await w.sync({ full: true });
    expect(await users(w)).toEqual(["p0000", "p0001"]);
  });

  test("looks a name up once, also when another name is added", async () => {
    const w = world(byGroup(["App Users"]));
    w.directory.people("p", 9).group("g1", ["p0000"], { name: "App Users" });
    await w.sync();
    w.directory.group("g1", ["p0000"], { name: "Renamed" }).group("g2", ["p0005"], { name: "App Users" });
    w.directory.group("g3", ["p0001"], { name: "Others" });
    w.options = byGroup(["App Users", "Others"]);
    await w.sync();
    expect(await users(w)).toEqual(["p0000", "p0001"]);
    w.options = byGroup(["g2"]);
    await w.sync();
    w.approve();
    await w.sync();
    expect(await users(w)).toEqual(["p0005"]);
  });

  test("holds what an emptied group would switch off", async () => {
    const w = world(byGroup(["app-users"]));
    w.directory.people("p", 9).group("app-users", ["p0000", "p0001", "p0002", "p0003", "p0004"]);
    await w.sync();
    w.directory.group("app-users", []);
    expect(await w.sync()).toMatchObject({ outcome: "held", applied: {} });
    expect(await users(w)).toHaveLength(5);
  });
});

test("an application that nobody is assigned to is an error, and touches nobody", async () => {
  const w = world({ scope: { assigned: { app: "p0001" } } });
  w.directory.people("p", 3);
  await w.sync();
  expect(await users(w)).toEqual(["p0001"]);
  w.calls.length = 0;
  w.options = { scope: { assigned: { app: "nobody's" } } };
  const failed = await w.sync();
  expect(failed).toMatchObject({ outcome: "failed", applied: {} });
  expect(failed.problem?.message).toMatch(/nobody is assigned to the application nobody's/);
  expect(w.calls).toEqual([]);
});
