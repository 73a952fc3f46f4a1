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

  test("touches nobody when a group is not there any more", async () => {
    const w = world(byGroup(["app-users"]));
    w.directory.people("p", 5).group("app-users", ["p0000", "p0001"]);
    await w.sync();
    w.calls.length = 0;
    w.directory.assignedProblem = new ConfigurationError('there is no group "app-users"');
    await expect(w.sync({ full: true })).rejects.toThrow("there is no group");
    expect(w.calls).toEqual([]);
    w.directory.assignedProblem = undefined;
    expect((await w.sync({ full: true })).applied).toEqual({});
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
