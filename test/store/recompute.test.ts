/** However changes come, computing what they touch gives what computing everything gives. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, test } from "vitest";
import type { Change } from "../../src/sources/source.ts";
import { Store } from "../../src/store/store.ts";
import { TestClock } from "../world.ts";
import { plainJudge } from "./plain-judge.ts";

/** Numbers below `n`, the same for the same seed. */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

function changeOf(roll: (n: number) => number): Change[] {
  const users = Array.from({ length: 12 }, (_, at) => `u${at}`);
  const groups = Array.from({ length: 6 }, (_, at) => `g${at}`);
  const any = (list: readonly string[]) => list[roll(list.length)] ?? "";
  const ids = () => [...users, ...groups].filter(() => roll(4) === 0);
  const group = any(groups);
  switch (roll(9)) {
    case 0:
    case 1:
      return [
        {
          type: "present",
          kind: "user",
          id: any(users),
          record: { name: roll(3), inside: roll(4) > 0, on: roll(4) > 0 },
        },
      ];
    case 2:
      return [{ type: "present", kind: "group", id: group, record: { name: roll(3), inside: roll(4) > 0 } }];
    case 3:
      return [{ type: "members", group, mode: "listed", ids: ids(), last: true }];
    case 4:
      return [{ type: "members", group, mode: "add", ids: ids(), last: true }];
    case 5:
      return [{ type: "members", group, mode: "remove", ids: ids(), last: true }];
    case 6:
      return [
        {
          type: "absent",
          kind: "user",
          id: any(users),
          evidence: roll(2) === 0 ? "tombstone" : "not-visible",
        },
      ];
    case 7:
      return [{ type: "absent", kind: "group", id: group, evidence: "tombstone" }];
    default: {
      const record = { name: roll(3) };
      return [
        {
          type: "present",
          kind: "user",
          id: any(users),
          record,
          memberOf: groups.filter(() => roll(3) === 0),
        },
      ];
    }
  }
}

test.each(Array.from({ length: 40 }, (_, at) => at + 1))("history %i", (seed) => {
  const folder = mkdtempSync(join(tmpdir(), "rollcall-recompute-"));
  const store = Store.open({
    folder,
    connection: "staff",
    target: "app",
    clock: new TestClock(),
    create: true,
  });
  const flatten = seed % 3 > 0;
  const file = new Database(join(folder, "staff.db"));
  const memberships = () =>
    file
      .prepare(
        "select grp, usr, desired, applied from membership where desired = 1 or applied = 1 order by grp, usr",
      )
      .all();
  const everything = () => {
    file.exec("insert or ignore into dirty select id from resource where kind = 'group'");
    store.recomputeGroups(flatten);
  };
  let counted = 0;
  try {
    const roll = dice(seed);
    for (let cycle = 0; cycle < 12; cycle++) {
      if (roll(3) === 0) {
        // Some people get accounts, or lose them; some memberships arrive.
        file
          .prepare(
            "update resource set target_id = case when target_id is null then 't' || id end where kind = 'user' and (id * 7 + ?) % 5 = 0",
          )
          .run(cycle);
        everything();
        file.exec("update membership set applied = desired where usr % 2 = 0");
      }
      const run = store.runs.begin(
        { purpose: "sync", trigger: "test", actor: "test", at: 1, config: "" },
        1000,
      );
      const stage = store.stage(run, plainJudge(flatten));
      for (let page = roll(4); page >= 0; page--)
        stage.page(Array.from({ length: 1 + roll(4) }, () => changeOf(roll)).flat());
      // What a read said that was not finished waits for the next one.
      if (roll(4) === 0) continue;
      store.finish(stage, { run, read: "delta", cursor: { text: "c" }, selection: "" }, plainJudge(flatten));
      const computed = memberships();
      everything();
      expect(memberships()).toEqual(computed);
      counted += computed.length;
    }
    expect(counted).toBeGreaterThan(0);
  } finally {
    file.close();
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
