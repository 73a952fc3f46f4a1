import { describe, expect, test } from "vitest";
import { ItemError, TransientError } from "../../src/errors.ts";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();

/** Zoe and eve have accounts; ann, who works for zoe, is new. */
async function withNewcomer(options: WorldOptions = {}): Promise<World> {
  const w = world(options);
  w.directory.people("p", 9).person("zoe").person("eve");
  await w.sync();
  w.directory.person("ann", { manager: "zoe" });
  w.calls.length = 0;
  return w;
}

const idOf = async (w: World, login: string) => (await w.users()).get(`${login}@example.com`)?.id;

async function managerOf(w: World, login: string): Promise<string | undefined> {
  const text = JSON.stringify((await w.users()).get(`${login}@example.com`));
  return text.match(/"manager":\{"value":"([^"]+)"/)?.[1];
}

/** The next creation takes effect, and its answer is lost. */
function loseAnswer(w: World): void {
  w.after = ({ method }) => {
    if (method !== "create") return;
    w.after = () => {};
    throw new TransientError("no answer", { outcome: "unknown" });
  };
}

describe("whoever has a manager with an account", () => {
  test("is created with that manager, in one call", async () => {
    const w = await withNewcomer();
    expect((await w.sync()).applied).toEqual({ create: 1 });
    expect(w.written).toHaveLength(1);
    expect(await managerOf(w, "ann")).toBe(await idOf(w, "zoe"));
    w.calls.length = 0;
    expect((await w.sync({ full: true })).applied).toEqual({});
    expect(w.calls).toEqual([]);
    w.directory.person("ann", { manager: "eve" });
    expect((await w.sync()).applied).toEqual({ "set reference": 1 });
    expect(await managerOf(w, "ann")).toBe(await idOf(w, "eve"));
  });

  test("is created without where that is refused, and the reference fails alone", async () => {
    const w = await withNewcomer();
    const refuse = () => {
      throw new ItemError("invalid-value", "no managers here", { status: 400 });
    };
    let creations = 0;
    w.before = ({ method }) => {
      if (method === "patch" || (method === "create" && creations++ === 0)) refuse();
    };
    const report = await w.sync();
    expect(report.applied).toEqual({ create: 1 });
    expect(report.waiting).toMatchObject({ failing: 0, failingReferences: 1 });
    expect(await managerOf(w, "ann")).toBeUndefined();
  });

  test("is sent again no more often than others where somebody else has the name", async () => {
    const w = await withNewcomer();
    w.before = ({ method }) => {
      if (method === "create") throw new ItemError("uniqueness", "taken", { status: 409 });
    };
    await w.sync();
    expect(w.calls.filter(({ method }) => method === "create")).toHaveLength(2);
  });

  test("has the manager that is wanted by then, where the answer to the creation was lost", async () => {
    const w = await withNewcomer({ settleMs: 60 * 60_000 });
    loseAnswer(w);
    await w.sync();
    expect(await managerOf(w, "ann")).toBe(await idOf(w, "zoe"));
    w.directory.clear("ann", "manager");
    await w.sync();
    w.clock.pass(2 * 60 * 60_000);
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { create: 1, "set reference": 1 } });
    expect(await managerOf(w, "ann")).toBeUndefined();
    expect((await w.users()).size).toBe(12);
  });
});

test("where creations with a manager are refused again and again, the others are created without at once", async () => {
  const w = world();
  w.directory.people("p", 30).person("zoe");
  await w.sync();
  for (let n = 0; n < 70; n++) w.directory.person(`n${n}`, { manager: "zoe" });
  w.calls.length = 0;
  w.options = { ...w.options, capabilities: { concurrency: 1 } };
  const refused = new Set<number>();
  let creations = 0;
  w.before = ({ method }) => {
    if (method !== "create") return;
    creations++;
    // The first eight are one window.
    if (creations <= 8) {
      refused.add(creations);
      throw new ItemError("invalid-value", "no managers here", { status: 400 });
    }
  };
  const { applied } = await w.sync();
  expect(applied).toMatchObject({ create: 70 });
  expect(creations).toBe(78);
});
