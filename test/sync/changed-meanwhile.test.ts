import { describe, expect, test } from "vitest";
import { ItemError } from "../../src/errors.ts";
import type { ScimApi } from "../../src/scim/api.ts";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();
const { signal } = new AbortController();

/** Somebody else changes the account or group right before our write arrives, so many times. */
function meddle(w: World, times: number): void {
  const open = w.target.bind(w);
  let left = times;
  w.target = async () => {
    const target = await open();
    const around = <Api extends ScimApi["users"]>(api: Api, path: string): Api => {
      const first = async (id: string) => {
        if (left <= 0) return;
        left -= 1;
        await api.patch(id, [{ op: "replace", path, value: `meddled ${left}` }], { signal });
      };
      return {
        ...api,
        patch: async (...[id, operations, options]: Parameters<Api["patch"]>) => {
          await first(id);
          return api.patch(id, operations, options);
        },
        replace: async (...[id, resource, options]: Parameters<Api["replace"]>) => {
          await first(id);
          return api.replace(id, resource, options);
        },
        delete: async (...[id, options]: Parameters<Api["delete"]>) => {
          await first(id);
          return api.delete(id, options);
        },
      };
    };
    return { ...target, users: around(target.users, "nickName"), groups: around(target.groups, "nickName") };
  };
}

async function inStep(options: WorldOptions): Promise<World> {
  const w = world(options);
  w.directory.people("p", 10).person("ann", { title: "Engineer" }).person("boss").group("team", ["ann"]);
  await w.sync();
  w.calls.length = 0;
  return w;
}

function attempts(w: World, run: number): string[] {
  const store = w.store();
  const entries = store.audit.entries({ run, limit: 100 });
  store.close();
  return entries.map(({ action, outcome }) => `${action} ${outcome}`);
}

describe.each(["patch", "put"] as const)(
  "what somebody else changed between our read and our %s",
  (update) => {
    const options = { capabilities: { update } };

    test("is read and worked out once more, as an attempt of its own", async () => {
      const w = await inStep(options);
      meddle(w, 1);
      w.directory.person("ann", { title: "Captain" });
      const report = await w.sync();
      expect(report).toMatchObject({ outcome: "done", applied: { update: 1 }, failures: [] });
      expect((await w.users()).get("ann@example.com")).toMatchObject({
        title: "Captain",
        nickName: "meddled 0",
      });
      expect(attempts(w, report.run)).toEqual(["update failed", "update done"]);
    });

    test("twice has failed, and is done in the next run", async () => {
      const w = await inStep(options);
      meddle(w, 2);
      w.directory.person("ann", { title: "Captain" });
      const report = await w.sync();
      expect(report).toMatchObject({ outcome: "failing", failures: [{ sourceId: "ann" }] });
      expect(attempts(w, report.run)).toEqual(["update failed", "update failed"]);
      expect((await w.sync()).applied).toEqual({ update: 1 });
    });

    test("keeps nobody's access alive", async () => {
      const w = await inStep(options);
      meddle(w, 1);
      w.directory.person("ann", { enabled: false });
      expect((await w.sync()).applied).toEqual({ deactivate: 1 });
      expect((await w.users()).get("ann@example.com")).toMatchObject({ active: false });
    });

    test("does not stop a manager from being set", async () => {
      const w = await inStep(options);
      meddle(w, 1);
      w.directory.person("ann", { manager: "boss" });
      expect(await w.sync()).toMatchObject({
        outcome: "done",
        applied: { "set reference": 1 },
        failures: [],
      });
      const boss = (await w.users()).get("boss@example.com")?.id;
      expect(JSON.stringify((await w.users()).get("ann@example.com"))).toContain(boss);
    });

    test("does not stop a group from being renamed", async () => {
      const w = await inStep(options);
      meddle(w, 1);
      w.directory.group("team", ["ann"], { name: "crew" });
      expect((await w.sync()).applied).toEqual({ "rename group": 1 });
      expect(await w.groups()).toEqual({ crew: ["ann@example.com"] });
    });

    test("does not stop names from going round", async () => {
      const w = await inStep(options);
      meddle(w, 1);
      w.directory.person("ann", { login: "boss@example.com" }).person("boss", { login: "ann@example.com" });
      expect(await w.sync()).toMatchObject({ outcome: "done", applied: { rename: 2, "step aside": 1 } });
      expect((await w.users()).get("boss@example.com")).toMatchObject({ externalId: "ann" });
    });
  },
);

test("what somebody else changed before our deletion is deleted as it is then", async () => {
  const w = await inStep({ policy: { whenDeleted: "delete" } });
  meddle(w, 1);
  w.directory.remove("ann");
  const report = await w.sync();
  expect(report).toMatchObject({ applied: { delete: 1 }, failures: [] });
  expect(attempts(w, report.run).filter((each) => each.startsWith("delete"))).toEqual([
    "delete failed",
    "delete done",
  ]);
  expect((await w.users()).has("ann@example.com")).toBe(false);
});

test("a deactivation whose other values are refused is an attempt of its own without them", async () => {
  const w = await inStep({});
  const open = w.target.bind(w);
  w.target = async () => {
    const target = await open();
    const patch: typeof target.users.patch = async (id, operations, options) => {
      if (operations.some(({ path }) => path === "title"))
        throw new ItemError("invalid-value", "no such title");
      return target.users.patch(id, operations, options);
    };
    return { ...target, users: { ...target.users, patch } };
  };
  w.directory.person("ann", { enabled: false, title: "bad" });
  const report = await w.sync();
  expect(report.applied).toEqual({ deactivate: 1 });
  expect(attempts(w, report.run)).toEqual(["deactivate failed", "deactivate done"]);
  expect((await w.users()).get("ann@example.com")).toMatchObject({ active: false, title: "Engineer" });
  // The value is still wanted, and fails for itself.
  expect((await w.sync()).failures).toMatchObject([{ sourceId: "ann", action: "update" }]);
});
