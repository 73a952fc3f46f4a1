import { expect, test } from "vitest";
import type { Clock } from "../../src/clock.ts";
import { ConnectionError, ItemError, TransientError } from "../../src/errors.ts";
import { silent } from "../../src/log.ts";
import type { ScimApi } from "../../src/scim/api.ts";
import { definition as embedded } from "../../src/targets/embedded/index.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();

/** 10 people at a service that answers `me` to who we are. */
async function managed(me: (api: ScimApi) => Promise<string | undefined>): Promise<World> {
  const w = world();
  const target = async (clock: Clock) => {
    const api = await embedded.open(
      {},
      { name: "directory", folder: `${w.folder}/targets`, log: silent, clock },
    );
    return { ...api, me: () => me(api) };
  };
  w.options = { target };
  w.directory.people("p", 10).group("team", ["p0001", "p0002"]);
  await w.sync();
  return w;
}

const signal = new AbortController().signal;

async function ownId({ users }: ScimApi): Promise<string | undefined> {
  return (await users.find("userName", "p0001@example.com", signal))[0]?.id;
}

test("the account that our login belongs to is neither switched off nor taken out of a group", async () => {
  const w = await managed(ownId);
  w.directory.person("p0001", { enabled: false }).leave("team", "p0001").leave("team", "p0002");
  expect(await w.sync()).toMatchObject({
    outcome: "done",
    applied: { "remove member": 1 },
    protected: {
      count: 2,
      changes: [
        { reason: "it is the account that our own login at the target belongs to" },
        { groupLabel: "team" },
      ],
    },
  });
});

test("the target is asked once a day, and only when something is wanted of accounts that are there", async () => {
  let asked = 0;
  const w = await managed(async () => {
    asked += 1;
    return undefined;
  });
  await w.sync();
  expect(asked).toBe(0);
  for (const title of ["A", "B", "C"]) {
    w.directory.person("p0003", { title });
    await w.sync();
  }
  expect(asked).toBe(1);
  w.clock.pass(25 * 3_600_000);
  w.directory.person("p0003", { title: "D" });
  await w.sync();
  expect(asked).toBe(2);
});

test.each([
  ["cannot say it", new ItemError("mutability", "no")],
  ["is another service", new ConnectionError("no")],
  ["gives no answer now", new TransientError("no", { outcome: "none" })],
])("a target that %s is in nobody's way", async (_, error) => {
  const w = await managed(async () => {
    throw error;
  });
  w.directory.person("p0001", { enabled: false });
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 1 } });
});

test("who we were stays known while the target gives no answer", async () => {
  let isDown = false;
  const w = await managed(async (api) => {
    if (isDown) throw new TransientError("no", { outcome: "none" });
    return ownId(api);
  });
  w.directory.person("p0003", { title: "A" });
  await w.sync();
  isDown = true;
  w.clock.pass(48 * 3_600_000);
  w.directory.person("p0001", { enabled: false });
  expect(await w.sync()).toMatchObject({ applied: {}, protected: { count: 1 } });
});
