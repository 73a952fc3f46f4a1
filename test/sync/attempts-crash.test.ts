import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import type { AuditEntry } from "../../src/store/audit.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();

function trail(w: World): {
  readonly entries: readonly AuditEntry[];
  readonly firstBreak: number | undefined;
} {
  const store = w.store();
  const found = { entries: store.audit.entries({ limit: 1000 }), firstBreak: store.audit.firstBreak() };
  store.close();
  return found;
}

/** Every outcome that was written down for an attempt, in order. */
function outcomesOf(w: World, seq: number): readonly unknown[] {
  const db = new Database(join(w.folder, "staff.db"), { readonly: true });
  try {
    return db.prepare("select outcome from audit where attempt = ? order by seq").pluck().all(seq);
  } finally {
    db.close();
  }
}

/** A call that the process died over, before or after its effect. */
const calls = [
  {
    what: "add members",
    begin: (w: World) => w.directory.people("p", 5).group("team", ["p0001"]),
    change: (w: World) => w.directory.join("team", "p0002"),
    method: "changeMembers",
  },
  {
    what: "set reference",
    begin: (w: World) => w.directory.people("p", 5).person("ann", { manager: "p0001" }),
    change: (w: World) => w.directory.person("ann", { manager: "p0002" }),
    method: "patch",
  },
] as const;

describe.each(["before", "after"] as const)("the attempt of a call that the process died %s", (moment) => {
  test.each(calls)(
    "has one outcome once the next run begins ($what)",
    async ({ what, begin, change, method }) => {
      const w = world({ settleMs: 60_000 });
      begin(w);
      await w.sync();
      change(w);
      w[moment] = (call) => {
        if (call.method === method) w.die();
      };
      await w.sync().catch(() => {});
      w[moment] = () => {};
      const open = trail(w).entries.filter((entry) => entry.outcome === null);
      expect(open).toMatchObject([{ action: what }]);

      expect(await w.sync()).toMatchObject({ outcome: "done" });
      await w.sync();
      const { entries, firstBreak } = trail(w);
      expect(firstBreak).toBeUndefined();
      expect(entries.filter((entry) => entry.event === "attempt" && entry.outcome === null)).toEqual([]);
      expect(entries.find((entry) => entry.seq === open[0]?.seq)).toMatchObject({
        outcome: "unknown",
        message: expect.stringMatching(/^the run ended before an answer was written down/),
      });
      expect(outcomesOf(w, open[0]?.seq ?? 0)).toEqual(["unknown"]);
    },
  );
});

test("the attempt of a creation that the process died over has the outcome that its look-up found, and no other", async () => {
  const w = world({ settleMs: 60_000 });
  w.directory.people("p", 3).person("ann");
  w.after = (call) => {
    if (call.method === "create") w.die();
  };
  await w.sync().catch(() => {});
  w.after = () => {};
  const open = trail(w).entries.filter((entry) => entry.outcome === null);
  expect(open.length).toBeGreaterThan(0);
  await w.sync();
  for (const { seq } of open) {
    expect(outcomesOf(w, seq)).toHaveLength(1);
    expect(outcomesOf(w, seq)[0]).toMatch(/^found-/);
  }
});
