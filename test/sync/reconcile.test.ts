import { describe, expect, test } from "vitest";
import type { PatchOperation } from "../../src/scim/api.ts";
import type { Json, Kind } from "../../src/scim/resource.ts";
import type { Report } from "../../src/sync/report.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();
const signal = new AbortController().signal;
const day = 24 * 3_600_000;

/** Somebody changes something in the application's own console. */
async function byHand(w: World, kind: Kind, name: string, operations: readonly PatchOperation[]): Promise<void> {
  const target = await w.target();
  const api = kind === "user" ? target.users : target.groups;
  for await (const each of api.list(signal))
    if (each[kind === "user" ? "userName" : "displayName"] === name) await api.patch(each.id, operations, { signal });
  await target.close();
}

function set(path: string, value: Json): PatchOperation {
  return { op: "replace", path, value };
}

function found(report: Report): Readonly<Record<string, number>> {
  return { ...report.reconcile?.found };
}

/** Ten people, one of them ann, and a group of two. */
async function aWorld(options: Parameters<typeof world>[0] = {}): Promise<World> {
  const w = world(options);
  w.directory.people("p", 9).person("ann", { title: "Engineer", mail: "ann@example.com" }).group("team", ["ann", "p0001"]);
  await w.sync();
  w.calls.length = 0;
  return w;
}

describe("a value changed at the target by hand", () => {
  test("is shown with old and new, put right, and says so in the audit trail", async () => {
    const w = await aWorld();
    await byHand(w, "user", "ann@example.com", [set("title", "Boss")]);
    const report = await w.sync({ reconcile: true });
    expect(report.outcome).toBe("done");
    expect(report.reconcile).toMatchObject({
      found: { changed: 1 },
      examples: [{ type: "changed", label: "ann@example.com", path: "title", ours: "Engineer", theirs: "Boss" }],
      users: { seen: 10, ours: 10, unmanaged: 0 },
      groups: { seen: 1, ours: 1, unmanaged: 0 },
    });
    expect(report.applied).toEqual({ update: 1 });
    expect((await w.users()).get("ann@example.com")?.["title"]).toBe("Engineer");
    const store = w.store();
    const entry = store.audit.entries({ run: report.run, limit: 10 });
    expect(entry).toMatchObject([
      { action: "update", reason: "changed at the target by hand", before: { title: "Boss" }, after: { title: "Engineer" } },
    ]);
    expect(store.findings.countOpen()).toEqual({});
    store.close();
  });

  test("is a plan that writes nothing to the target, and the next sync does it", async () => {
    const w = await aWorld();
    await byHand(w, "user", "ann@example.com", [set("title", "Boss")]);
    const { report, items } = await w.plan({ reconcile: true });
    expect(found(report)).toEqual({ changed: 1 });
    expect(items).toMatchObject([
      {
        action: "update",
        label: "ann@example.com",
        reason: "changed at the target by hand",
        values: [{ path: "title", before: "Boss", after: "Engineer" }],
      },
    ]);
    expect(w.written).toEqual([]);
    expect((await w.sync()).applied).toEqual({ update: 1 });
    expect((await w.users()).get("ann@example.com")?.["title"]).toBe("Engineer");
  });

  test("in the target's own spelling is no change", async () => {
    const w = await aWorld();
    await byHand(w, "user", "ann@example.com", [set("userName", "ANN@example.com"), set("title", " Engineer ")]);
    const report = await w.sync({ reconcile: true });
    expect(report).toMatchObject({ outcome: "done", applied: {} });
    expect(found(report)).toEqual({});
    expect(w.written).toEqual([]);
  });
});

test("nothing changed by hand costs the pages of the target, and no write", async () => {
  const w = await aWorld();
  const report = await w.sync({ reconcile: true });
  expect(report).toMatchObject({ outcome: "done", applied: {}, reconcile: { found: {}, gaps: [], problem: undefined } });
  expect(w.calls.map(({ kind, method }) => `${method} ${kind}`)).toEqual([
    "list user",
    "count user",
    "list group",
    "count group",
    "members group",
  ]);
  w.clock.pass(day);
});
