import { describe, expect, test } from "vitest";
import { ItemError, TransientError } from "../../src/errors.ts";
import type { Attributes } from "../../src/scim/resource.ts";
import { whoHolds } from "../../src/sync/name-holder.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();
const { signal } = new AbortController();
const unknown = () => new TransientError("no answer", { outcome: "unknown" });
const taken = () => new ItemError("uniqueness", "the target refuses: another has this name", { status: 409 });

/** An account that is none of ours. */
async function account(w: World, values: Attributes): Promise<string> {
  const target = await w.target();
  const { id } = await target.users.create({ schemas: [], active: true, ...values } as never, { signal });
  await target.close();
  return id;
}

/** A world whose connection has written before: nothing is a first run any more. */
async function running(options: ConstructorParameters<typeof World>[0] = {}): Promise<World> {
  const w = world(options);
  w.directory.people("p", 10);
  await w.sync();
  w.calls.length = 0;
  return w;
}

function creations(w: World): number {
  return w.calls.filter(({ method }) => method === "create").length;
}

/** Something happens at the target right before the first creation is sent. */
function beforeCreation(w: World, happens: () => Promise<void>): void {
  const open = w.target.bind(w);
  let isOver = false;
  w.target = async () => {
    const target = await open();
    const create: typeof target.users.create = async (resource, options) => {
      if (!isOver) {
        isOver = true;
        await happens();
      }
      return target.users.create(resource, options);
    };
    return { ...target, users: { ...target.users, create } };
  };
}

describe("a creation without an answer", () => {
  test("that two accounts could be of is nobody's: an error of that person, and no third account", async () => {
    const w = await running({ settleMs: 1000 });
    w.directory.person("ann");
    beforeCreation(w, async () => {
      await account(w, { userName: "a1@example.com", externalId: "ann" });
      await account(w, { userName: "a2@example.com", externalId: "ann" });
      throw unknown();
    });
    const report = await w.sync();
    expect(report.failures).toMatchObject([
      {
        sourceId: "ann",
        message: expect.stringMatching(/^2 users at the target look like the one that we created$/),
      },
    ]);
    expect(creations(w)).toBe(1);
    expect((await w.users()).size).toBe(12);
  });

  test("whose account carries somebody else's external id is not taken for ours", async () => {
    const w = await running({ settleMs: 1000 });
    w.directory.person("ann");
    beforeCreation(w, async () => {
      await account(w, { userName: "ann@example.com", externalId: "another system's" });
      throw unknown();
    });
    const report = await w.sync();
    expect(report.failures).toMatchObject([
      { sourceId: "ann", message: expect.stringMatching(/appeared at the target/) },
    ]);
    w.clock.pass(25 * 3_600_000);
    expect((await w.sync()).holds).toMatchObject([{ class: "adoptions", waiting: 1 }]);
    expect((await w.users()).get("ann@example.com")).toMatchObject({ externalId: "another system's" });
  });

  test("and without effect is sent again, but not without end", async () => {
    const w = await running({ settleMs: 1000 });
    w.directory.person("ann");
    w.before = (call) => {
      if (call.method === "create") throw unknown();
    };
    for (let n = 0; n < 5; n++) await w.sync();
    expect(creations(w)).toBeLessThanOrEqual(4);
    w.before = () => {};
    w.clock.pass(25 * 3_600_000);
    expect((await w.sync()).applied).toEqual({ create: 1 });
  });

  test("that takes effect long after everybody stopped looking is ours, without a person's word", async () => {
    for (const existingAccounts of ["review", "leave"] as const) {
      const w = await running({ settleMs: 1000, policy: { existingAccounts } });
      w.directory.person("ann", { title: "Engineer" });
      let sent = 0;
      w.before = (call) => {
        if (call.method === "create") throw ++sent === 1 ? unknown() : taken();
      };
      await w.sync();
      w.before = () => {};
      await account(w, { userName: "ann@example.com", externalId: "ann" });
      w.clock.pass(7 * 3_600_000);
      const report = await w.sync();
      expect(report).toMatchObject({ outcome: "done", applied: { adopt: 1 } });
      expect((await w.users()).get("ann@example.com")).toMatchObject({ title: "Engineer" });
      w.directory.person("ann", { enabled: false });
      expect((await w.sync()).applied).toEqual({ deactivate: 1 });
    }
  });
});

describe("a creation that is refused because the name is taken", () => {
  test("by an account that appeared since the look is looked up anew, and a person decides", async () => {
    const w = await running();
    w.directory.person("ann");
    let id = "";
    beforeCreation(w, async () => {
      id = await account(w, { userName: "Ann@example.com" });
    });
    const report = await w.sync();
    expect(report.failures).toMatchObject([
      {
        sourceId: "ann",
        message: expect.stringMatching(/with the same userName appeared at the target since/),
      },
    ]);
    expect(await w.sync()).toMatchObject({ outcome: "held", holds: [{ class: "adoptions", waiting: 1 }] });
    w.approve();
    expect((await w.sync()).applied).toEqual({ adopt: 1 });
    expect((await w.users()).get("Ann@example.com")).toMatchObject({ id, externalId: "ann" });
    expect(creations(w)).toBe(1);
  });

  test("by an account that the policy lets us adopt is adopted in the next run", async () => {
    const w = await running({ policy: { existingAccounts: "adopt" } });
    w.directory.person("ann");
    beforeCreation(w, async () => {
      await account(w, { userName: "ann@example.com" });
    });
    await w.sync();
    expect((await w.sync()).applied).toEqual({ adopt: 1 });
  });

  test("while nobody is found under it is tried once more and then fails, without going round", async () => {
    const w = await running();
    w.directory.person("ann");
    w.before = (call) => {
      if (call.method === "create") throw taken();
    };
    const report = await w.sync();
    expect(report.failures).toMatchObject([
      {
        sourceId: "ann",
        action: "create",
        message: expect.stringMatching(/nobody there is found under this userName$/),
      },
    ]);
    expect(creations(w)).toBe(2);
    expect(w.calls.filter(({ method }) => method === "list")).toHaveLength(1);
    w.before = () => {};
    expect((await w.sync()).applied).toEqual({ create: 1 });
  });
});

test("an account that changed between plan and call is not adopted, but looked up anew", async () => {
  const w = await running({ policy: { existingAccounts: "adopt" } });
  const id = await account(w, { userName: "ann@example.com" });
  w.directory.person("ann");
  const open = w.target.bind(w);
  let looks = 0;
  w.target = async () => {
    const target = await open();
    const get: typeof target.users.get = async (asked, until) => {
      // Somebody renames it after the plan was made.
      if (asked === id && ++looks === 1)
        await target.users.patch(id, [{ op: "replace", path: "userName", value: "zoe@example.com" }], {
          signal,
        });
      return target.users.get(asked, until);
    };
    return { ...target, users: { ...target.users, get } };
  };
  const report = await w.sync();
  expect(report.failures).toMatchObject([
    {
      sourceId: "ann",
      action: "adopt",
      message: expect.stringMatching(/no longer the same; it is looked up anew$/),
    },
  ]);
  expect((await w.sync()).applied).toEqual({ create: 1 });
  expect((await w.users()).get("zoe@example.com")?.externalId).toBeUndefined();
});

describe("who holds a name", () => {
  /** A target that is exact about case when it is asked, and not when it refuses. */
  async function askedExactly(w: World, sourceId: string) {
    const connection = await w.open();
    const work = connection.begin({ purpose: "sync", trigger: "test" });
    const asked: string[] = [];
    const users = {
      ...work.target.users,
      find: async (path: string, value: string) => {
        asked.push(value);
        const hits = await work.target.users.find(path, value, signal);
        return hits.filter((hit) => hit["userName"] === value);
      },
      list: (until: AbortSignal) => work.target.users.list(until),
    };
    const [row] = work.store.people.find(sourceId, "user");
    if (row === undefined) throw new Error("nobody");
    return {
      work: { ...work, target: { ...work.target, users } },
      row,
      asked,
      close: () => connection.close(),
    };
  }

  test("is found in lower case, where a target is exact only when it is asked", async () => {
    const w = await running();
    const id = await account(w, { userName: "zoe@example.com" });
    w.directory.person("ann", { login: "Zoe@Example.com" });
    await w.plan();
    const { work, row, asked, close } = await askedExactly(w, "ann");
    expect(await whoHolds(work, row, { everywhere: false })).toMatchObject({
      type: "foreign",
      path: "userName",
      found: { id },
    });
    expect(asked).toEqual(["Zoe@Example.com", "zoe@example.com"]);
    await close();
  });

  test("is found in the list, once asking did not help", async () => {
    const w = await running();
    const id = await account(w, { userName: "zOE@example.com" });
    w.directory.person("ann", { login: "Zoe@Example.com" });
    await w.plan();
    const { work, row, close } = await askedExactly(w, "ann");
    expect(await whoHolds(work, row, { everywhere: false })).toEqual({ type: "nobody" });
    expect(await whoHolds(work, row, { everywhere: true })).toMatchObject({ type: "foreign", found: { id } });
    await close();
  });
});
