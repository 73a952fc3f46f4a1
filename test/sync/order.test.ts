import { expect, test } from "vitest";
import { type World, worlds } from "../world.ts";

const world = worlds();

/** What the audit trail calls each step, in the order in which they must go. */
const steps: readonly (readonly string[])[] = [
  ["deactivate"],
  ["create", "update", "rename", "reactivate", "step aside"],
  ["set reference"],
  ["create group", "rename group"],
  ["add members", "remove members"],
  ["delete", "delete group"],
];

function stepsOf(w: World, run: number): { readonly name: string; readonly sourceId: string }[] {
  const store = w.store();
  const entries = store.audit.entries({ run, limit: 1000 });
  store.close();
  return entries.map(({ action, kind, sourceId }) => {
    const isGroups = kind === "group" && !action.endsWith("members");
    return { name: isGroups ? `${action} group` : action, sourceId };
  });
}

/** A world in which one run has everything to do. */
async function everything(): Promise<World> {
  const w = world({
    policy: { whenDeleted: "delete", groups: { push: true, nested: "flatten", removed: "delete" } },
  });
  w.directory
    .people("p", 20)
    .person("off")
    .person("back", { enabled: true })
    .person("gone")
    .person("one")
    .person("two")
    .person("new-title")
    .person("boss")
    .group(
      "all",
      Array.from({ length: 20 }, (_, n) => `p00${String(n).padStart(2, "0")}`),
    )
    .group("stays", ["p0001", "p0002", "gone", "off"])
    .group("old", ["p0003", "gone"]);
  await w.sync();
  w.directory.person("back", { enabled: false });
  await w.sync();
  w.directory
    // In the order of rows, the last comes first: the order of the phases must not be that of the rows.
    .group("young", ["off", "newcomer", "p0004"])
    .group("stays", ["p0001", "newcomer"], { name: "renamed" })
    .remove("old")
    .remove("gone")
    .person("newcomer", { manager: "latecomer" })
    .person("latecomer", { manager: "boss" })
    .person("new-title", { title: "Captain", manager: "newcomer" })
    .person("one", { login: "two@example.com" })
    .person("two", { login: "one@example.com" })
    .person("back", { enabled: true })
    .person("off", { enabled: false, title: "Former" });
  w.calls.length = 0;
  return w;
}

test("a run with everything to do goes from taking access to giving it, and deletes last", async () => {
  const w = await everything();
  const report = await w.sync();
  expect(report).toMatchObject({ outcome: "done", failures: [], holds: [] });
  const done = stepsOf(w, report.run).map(({ name }) => name);
  const ranks = done.map((name) => steps.findIndex((names) => names.includes(name)));
  expect(ranks).not.toContain(-1);
  expect(ranks).toEqual(ranks.toSorted((a, b) => a - b));
  expect([...new Set(done)].toSorted()).toEqual(steps.flat().toSorted());
  // The calls say the same as the trail: nobody's membership or manager before the account, nothing after the deletions.
  const methods = w.written.map(({ method, kind }) => `${method} ${kind}`);
  expect(methods[0]).toBe("patch user");
  expect(methods.lastIndexOf("create user")).toBeLessThan(methods.indexOf("create group"));
  expect(methods.lastIndexOf("create group")).toBeLessThan(methods.indexOf("changeMembers group"));
  expect(methods.slice(-2)).toEqual(["delete user", "delete group"]);
  expect(methods.lastIndexOf("changeMembers group")).toBe(methods.length - 3);
});

test("a group that is to be deleted gets no call about its members", async () => {
  const w = await everything();
  const deleted: string[] = [];
  w.before = (call) => {
    if (call.method === "delete" && call.kind === "group") deleted.push(call.id);
  };
  await w.sync();
  expect(deleted).toHaveLength(1);
  const members = w.calls.filter(({ method }) => method === "members" || method === "changeMembers");
  expect(members.length).toBeGreaterThan(0);
  expect(members.map(({ id }) => id)).not.toContain(deleted[0]);
  const { all: _all, ...groups } = await w.groups();
  expect(groups).toEqual({
    renamed: ["newcomer@example.com", "p0001@example.com"],
    young: ["newcomer@example.com", "off@example.com", "p0004@example.com"],
  });
});

test("a department that is deleted with all its people goes in one run", async () => {
  const options = {
    policy: { whenDeleted: "delete", groups: { push: true, nested: "flatten", removed: "delete" } },
    limits: { deletions: 1, memberRemovals: 1, neverHoldBelow: 1000 },
  } as const;
  const w = world(options);
  const people = Array.from({ length: 40 }, (_, n) => `d00${String(n).padStart(2, "0")}`);
  // The group comes first, in the same window as its people.
  w.directory.group("department", people).people("p", 80).people("d", 40);
  await w.sync();
  w.directory.remove("department");
  for (const id of people) w.directory.remove(id);
  w.options = { ...options, mode: "dry-run" };
  await w.sync();
  w.approve();
  w.options = options;
  w.calls.length = 0;
  expect(await w.sync()).toMatchObject({ applied: { delete: 40, "delete group": 1 }, failures: [] });
  expect(w.written).toHaveLength(41);
});
