import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import { type World, worlds } from "../world.ts";

const newWorld = worlds();
const everybody = Array.from({ length: 120 }, (_, n) => `p${String(n).padStart(4, "0")}`);

test("a few changes of a large group are looked at alone; its other members are not read", async () => {
  const w = newWorld();
  w.directory.people("p", 120).person("ann").group("all", everybody);
  await w.sync();
  w.calls.length = 0;
  w.directory.join("all", "ann").leave("all", "p0007");
  const { applied } = await w.sync();
  expect(applied).toEqual({ "add member": 1, "remove member": 1 });
  expect(w.calls.filter(({ method }) => method === "members")).toEqual([]);
  const { all = [] } = await w.groups();
  expect([all.length, all.includes("ann@example.com"), all.includes("p0007@example.com")]).toEqual([
    120,
    true,
    false,
  ]);
});

test("of somebody who moves, only their own memberships are computed again", async () => {
  const w = newWorld({ scope: { users: 'user.department != "out"' } });
  w.directory.people("p", 120).group("all", everybody).group("few", ["p0001", "all"]);
  await w.sync();
  const before = membershipsOf(w);
  w.directory.person("p0001", { department: "out" }).leave("all", "p0002");
  await w.sync();
  const gone = before.filter((each) => !membershipsOf(w).includes(each));
  expect(gone).toHaveLength(4);
});

test("the counts that are kept are those that one would count", async () => {
  const w = newWorld({ scope: { users: 'user.department != "out"' } });
  w.directory.people("p", 40).group("inner", everybody.slice(0, 20)).group("team", ["p0030", "inner"]);
  await w.sync();
  expectKeptAsCounted(w);
  w.directory
    .person("p0001", { department: "out" })
    .person("p0002", { enabled: false })
    .person("new")
    .remove("p0003")
    .remove("team")
    .join("inner", "new", "p0031")
    .leave("inner", "p0004");
  await w.sync();
  expectKeptAsCounted(w);
  w.directory.person("p0001", { department: "in" }).person("p0002", { enabled: true });
  await w.sync({ full: true });
  expectKeptAsCounted(w);
});

function membershipsOf(w: World): string[] {
  return asked(w, "select grp || ' ' || usr from membership where desired = 1") as string[];
}

function expectKeptAsCounted(w: World): void {
  const people = `select kind || ' ' || sum(presence = 'present') || ' ' || sum(presence = 'present' and in_scope = 1) || ' ' ||
    sum(applied_intent is 'active') from resource group by kind order by kind`;
  const kept =
    "select kind || ' ' || present || ' ' || in_scope || ' ' || active from head_count where kind in (select kind from resource) order by kind";
  expect(asked(w, kept)).toEqual(asked(w, people));
  const members =
    "select grp || ' ' || sum(desired) || ' ' || sum(applied) || ' ' || sum(applied = 1 or doubt is not null) from membership group by grp order by grp";
  const keptMembers =
    "select grp || ' ' || desired || ' ' || applied || ' ' || perhaps from member_count where grp in (select grp from membership) order by grp";
  expect(asked(w, keptMembers)).toEqual(asked(w, members));
}

function asked(w: World, sql: string): unknown[] {
  const db = new Database(join(w.folder, "staff.db"), { readonly: true });
  try {
    return db.prepare(sql).pluck().all();
  } finally {
    db.close();
  }
}
