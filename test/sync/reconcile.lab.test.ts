import { afterEach, expect, test } from "vitest";
import { type RunningService, startBetterAuth, startScimmy } from "../lab/scim-services.ts";
import { openScim } from "../targets/open-scim.ts";
import { worlds } from "../world.ts";
import { byHand, createByHand, deleteByHand, exactly, membersByHand, set } from "./by-hand.ts";

const world = worlds();
const running: RunningService[] = [];
afterEach(async () => {
  for (const service of running.splice(0)) await service.stop();
});

test.each([
  ["scimmy", startScimmy],
  ["better-auth", startBetterAuth],
])("drift at %s is found and put right, and then there is none", async (_, start) => {
  const service = await start();
  running.push(service);
  const w = world();
  w.target = async () => {
    const { api, close } = await openScim(service);
    return { ...api, close };
  };
  w.directory.people("p", 12).person("ann", { mail: "ann@example.com" }).group("team", ["ann", "p0001"]);
  expect((await w.sync()).outcome).toBe("done");
  expect(await w.sync({ reconcile: true })).toMatchObject({
    outcome: "done",
    applied: {},
    reconcile: { found: exactly({}), gaps: [], problem: undefined },
  });

  await byHand(w, "user", "ann@example.com", set("displayName", "Somebody"));
  await byHand(w, "user", "p0002@example.com", set("active", false));
  await deleteByHand(w, "user", "p0003@example.com");
  await createByHand(w, "user", {
    userName: "root@example.com",
    displayName: "root",
    externalId: "of-nobody",
  });
  await membersByHand(w, "team", { add: ["p0004@example.com"], remove: ["p0001@example.com"] });
  const report = await w.sync({ reconcile: true });
  expect(report).toMatchObject({
    outcome: "held",
    holds: [{ class: "switched-off" }],
    reconcile: {
      found: exactly({ changed: 1, "switched-off": 1, vanished: 1, "member-added": 1, "member-removed": 1 }),
      users: { seen: 13, ours: 12, unmanaged: 1 },
    },
  });
  w.approve();
  expect((await w.sync()).applied).toEqual({ reactivate: 1 });
  expect(await w.groups()).toEqual({ team: ["ann@example.com", "p0001@example.com"] });
  expect((await w.users()).get("ann@example.com")).toMatchObject({ displayName: "ann", active: true });
  expect(await w.sync({ reconcile: true })).toMatchObject({
    outcome: "done",
    applied: {},
    reconcile: { found: exactly({}) },
  });
});
