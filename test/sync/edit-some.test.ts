import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, expect, test, vi } from "vitest";
import { Store } from "../../src/store/store.ts";
import { type World, type WorldOptions, worlds } from "../world.ts";
import { mappingOf } from "./mapping-of.ts";

const world = worlds();
afterEach(() => {
  vi.restoreAllMocks();
});

const mapping = (rows: Readonly<Record<string, string>> = {}) =>
  mappingOf({
    title: "user.title",
    "'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager'": "user.manager",
    ...rows,
  });

const policy = {
  existingAccounts: "review",
  newUsers: "active",
  whenDisabled: "deactivate",
  whenOutOfScope: "deactivate",
  whenDeleted: "deactivate",
  deleteAfterMs: undefined,
  rewriteExternalId: false,
  groups: { push: true, nested: "flatten", removed: "keep" },
} as const;

const edits: Readonly<Record<string, WorldOptions>> = {
  "a value of some": { mapping: mapping({ title: "upper(user.title)" }) },
  "a value at creation only": {
    mapping: mapping({ nickName: "{ value: user.title, write: onCreate }" }),
  },
  "a name of everybody": { mapping: mapping({ userName: 'join("", ["x.", user.login])' }) },
  "an expression that fails for some": { mapping: mapping({ title: "user.title.substring(3)" }) },
  "no managers": {
    mapping: mapping({ "'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager'": "" }),
  },
  "the scope of people": { scope: { users: 'user.title != "lead"' } },
  "the scope of groups": { scope: { groups: 'group.name != "team"' } },
  "what becomes of the disabled": { policy: { ...policy, whenDisabled: "keep" } },
  "what becomes of those out of scope": {
    scope: { users: 'user.title != "lead"' },
    policy: { ...policy, whenOutOfScope: "keep" },
  },
  "what becomes of the deleted": { policy: { ...policy, whenDeleted: "delete" } },
  "nested groups": { policy: { ...policy, groups: { ...policy.groups, nested: "direct" } } },
  "no groups": { policy: { ...policy, groups: { ...policy.groups, push: false } } },
  "a pilot": { pilot: { groups: ["inner"], users: [] } },
};

async function edited(options: WorldOptions, isForgotten: boolean): Promise<unknown> {
  const w = world({ mapping: mapping() });
  w.directory
    .people("p", 12)
    .person("ann", { title: "lead", manager: "p0001" })
    .person("ben", { title: "engineer", manager: "ann" })
    .person("cem", { enabled: false, manager: "ben" })
    .person("dan", { title: "clerk" })
    .group("inner", ["ann", "p0002"])
    .group("team", ["ben", "cem", "dan", "inner"])
    .group("empty", []);
  await w.sync();
  w.directory.person("dan", { enabled: false }).remove("p0003").person("p0004", { manager: "p0003" });
  await w.sync();
  w.options = { ...w.options, ...options };
  if (isForgotten) forgetWhoIsJudgedOtherwise();
  w.directory.person("eve", { title: "lead", manager: "ben" }).leave("team", "ben");
  await w.plan();
  const before = rowsOf(w);
  // And the way back, from there.
  w.options = { mapping: mapping() };
  await w.plan();
  return { before, after: rowsOf(w) };
}

/** As after a process that died between the two looks at the snapshot. */
function forgetWhoIsJudgedOtherwise(): void {
  const mark = Store.prototype.markEdits;
  vi.spyOn(Store.prototype, "markEdits").mockImplementation(async function (
    this: Store,
    run,
    judge,
    marking,
  ) {
    await mark.call(this, run, judge, marking);
    await mark.call(this, run, judge, { only: "nobody" });
  });
}

function rowsOf(w: World): unknown {
  const db = new Database(join(w.folder, "staff.db"), { readonly: true });
  const tables = [
    "resource",
    "wide",
    "membership",
    "reference",
    "edited",
    "dirty",
    "dirty_person",
    "departure",
  ];
  const rows = tables.map((table) => {
    const all = db.prepare(`select * from ${table}`).all() as Record<string, unknown>[];
    // Ids at the target are left to chance, and each look at the clock is a millisecond.
    return all.map((row) => Object.entries(row).filter(([name]) => !/^target_id$|_(at|since)$/.test(name)));
  });
  db.close();
  return rows;
}

test.each(Object.entries(edits))(
  "%s: judging those again whom an edit judges otherwise comes to the same as judging everybody again",
  async (_, options) => {
    const some = await edited(options, false);
    expect(some).toEqual(await edited(options, true));
  },
);
