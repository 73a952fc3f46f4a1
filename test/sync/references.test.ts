import { expect, test } from "vitest";
import { worlds } from "../world.ts";

const world = worlds();
const manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

test("the manager of somebody disabled is followed like every other value", async () => {
  const w = world();
  w.directory.people("p", 9).person("ann", { manager: "zoe" }).person("zoe").person("eve");
  await w.sync();
  w.directory.person("ann", { enabled: false, manager: "eve" });
  const { items } = await w.plan();
  expect(items.map(({ action }) => action)).toEqual(["deactivate", "reference"]);
  expect((await w.sync()).applied).toEqual({ deactivate: 1, "set reference": 1 });
  const users = await w.users();
  expect(users.get("ann@example.com")?.[manager]).toMatchObject({
    manager: { value: users.get("eve@example.com")?.id },
  });
});

test("who has a new manager without an account has none meanwhile, least of all the former one", async () => {
  const w = world();
  w.directory.people("p", 9).person("ann", { manager: "zoe" }).person("zoe");
  await w.sync();
  w.directory.person("eve", { enabled: false }).person("ann", { manager: "eve" });
  const { items } = await w.plan();
  expect(items).toEqual([
    expect.objectContaining({
      action: "reference",
      values: [expect.objectContaining({ before: "zoe@example.com", after: null })],
    }),
  ]);
  expect((await w.sync()).applied).toEqual({ "set reference": 1 });
  expect((await w.users()).get("ann@example.com")?.[manager]).toBeUndefined();
  w.calls.length = 0;
  expect(await w.sync()).toMatchObject({ applied: {}, waiting: { references: 1 } });
  expect(w.calls).toEqual([]);
  w.directory.person("eve", { enabled: true });
  expect((await w.sync()).applied).toEqual({ create: 1, "set reference": 1 });
});
