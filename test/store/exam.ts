/** What every store of snapshots has to keep, whatever it is made of: the SQLite one sits this exam, and the next one will. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Change } from "../../src/sources/source.ts";
import type { Judge, Judgement } from "../../src/store/judgement.ts";
import type { Store } from "../../src/store/store.ts";

/** Records say by themselves what is wanted: `{ name, on, inside }`. */
const judge: Judge = {
  flatten: true,
  rewritesExternalId: false,
  present(kind, record): Judgement {
    const inside = record["inside"] !== false;
    const on = record["on"] !== false;
    const intent = !inside || (kind === "user" && !on) ? (kind === "user" ? "inactive" : "keep") : "active";
    return {
      inScope: inside,
      rule: "exam",
      intent,
      reasonCode: inside ? (on ? "in-scope" : "disabled") : "out-of-scope",
      reason: "",
      label: String(record["name"]),
      body: { name: record["name"] ?? null },
      onCreate: {},
      references: {},
      problem: undefined,
      dueAt: undefined,
      isOutside: false,
      isDisabled: false,
    };
  },
  absent: () => ({
    intent: "inactive",
    reasonCode: "deleted",
    reason: "",
    dueAt: undefined,
    isOutside: false,
  }),
};

const user = (id: string, name = id, more: Record<string, boolean> = {}): Change => ({
  type: "present",
  kind: "user",
  id,
  record: { name, ...more },
});
const group = (id: string, ...members: readonly string[]): Change[] => [
  { type: "present", kind: "group", id, record: { name: id } },
  { type: "members", group: id, mode: "listed", ids: members, last: true },
];

/** `open` opens the store of a folder, again and again the same one. */
export function examineStore(name: string, open: (folder: string) => Store): void {
  describe(`${name} keeps the contract of a store`, () => {
    let folder: string;
    let store: Store;

    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "rollcall-exam-"));
      store = open(folder);
    });

    afterEach(() => {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    });

    function reopen(): void {
      store.close();
      store = open(folder);
    }

    function begin(): number {
      return store.runs.begin({ purpose: "sync", trigger: "exam", actor: "exam", at: 1, config: "" }, 1000);
    }

    /** A read that is finished; `full` decides about who was not named. */
    function read(changes: readonly Change[]): number {
      const run = begin();
      const stage = store.stage(run, judge);
      stage.page(changes);
      store.finish(stage, { run, read: "full", cursor: { text: `after ${run}` }, selection: "name" }, judge);
      return run;
    }

    const pending = (upTo = Number.MAX_SAFE_INTEGER) =>
      (["deactivations", "users", "groups"] as const)
        .flatMap((phase) => [...store.pending.each(phase, { touchedUpTo: upTo })])
        .map((row) => row.sourceId);

    /** Sends nothing, but says that the target took everything that is pending. */
    function accept(run: number): void {
      for (const phase of ["users", "deactivations", "groups"] as const) {
        for (const row of [...store.pending.each(phase, { touchedUpTo: run })]) {
          const { id, kind, sourceId, targetId } = row;
          const attempt = {
            resource: id,
            kind,
            sourceId,
            targetId,
            action: "exam",
            reason: "",
            before: null,
            after: row.body,
          };
          const [marked] = store.outcomes.mark(run, "exam", 1, [attempt]);
          if (marked === undefined) throw new Error("nothing was marked");
          const intent = row.intent === "inactive" ? "inactive" : "active";
          const done = {
            type: "done",
            targetId: targetId ?? `t-${sourceId}`,
            intent,
            applied: row.desired,
            body: row.body,
          } as const;
          store.outcomes.settle(run, 2, [{ marked, settlement: done }]);
        }
      }
    }

    test("whoever else has work in the process does it while everybody is judged again", async () => {
      const run = read(Array.from({ length: 1_800 }, (_, n) => user(`u${n}`)));
      let judged = 0;
      const seen = new Set<number>();
      const look = () => {
        seen.add(judged);
        if (judged < 1_800) setImmediate(look);
      };
      setImmediate(look);
      const counting: Judge = {
        ...judge,
        present(...given) {
          judged += 1;
          return judge.present(...given);
        },
      };
      await store.rejudgeAll(run, counting);
      expect(judged).toBe(1_800);
      expect([...seen].filter((each) => each > 0 && each < 1_800).length).toBeGreaterThan(1);
    });

    test("what was read is pending until the target took it, also for the next process", () => {
      const run = read([user("ann"), user("ben")]);
      reopen();
      expect(pending()).toEqual(["ann", "ben"]);
      accept(run);
      reopen();
      expect(pending()).toEqual([]);
    });

    test("a read that was not finished moves no cursor, and nothing of it is applied", () => {
      const finished = read([user("ann")]);
      const stage = store.stage(begin(), judge);
      stage.page([user("ben"), user("ann", "Ann")]);
      reopen();
      expect(store.cursor?.text).toBe(`after ${finished}`);
      expect(pending(store.meta.number("complete_run"))).toEqual([]);
    });

    test("the same again changes nothing; there and back asks for nothing", () => {
      accept(read([user("ann")]));
      read([user("ann")]);
      expect(pending()).toEqual([]);
      read([user("ann", "Ann"), user("ann")]);
      expect(pending()).toEqual([]);
    });

    test("a change of an unknown person is a fragment; of a known one it is merged, and cleared is not absent", () => {
      read([user("ann")]);
      const stage = store.stage(begin(), judge);
      stage.page([
        { type: "changed", kind: "user", id: "ann", set: { title: "x" }, cleared: [] },
        { type: "changed", kind: "user", id: "new", set: { title: "x" }, cleared: [] },
      ]);
      expect([...stage.fragments.keys()]).toEqual(["new"]);
      const [row] = store.people.find("ann");
      expect(store.people.record(row?.id ?? 0)).toEqual({ name: "ann", title: "x" });
    });

    test("who was not named by a read is known, and only they", () => {
      read([user("ann"), user("ben"), ...group("team", "ann")]);
      const stage = store.stage(begin(), judge);
      stage.page([user("ann"), ...group("team", "ann")]);
      expect([...stage.unseen()].map((row) => row.sourceId)).toEqual(["ben"]);
    });

    test("who never had an account and is off, or gone, is nobody's business", () => {
      read([user("off", "off", { on: false }), user("ann")]);
      read([{ type: "absent", kind: "user", id: "ann", evidence: "tombstone" }]);
      expect(pending()).toEqual([]);
    });

    test("who has one and is gone is pending once, and has left every group", () => {
      accept(read([user("ann"), user("ben"), ...group("team", "ann", "ben")]));
      read([{ type: "absent", kind: "user", id: "ann", evidence: "tombstone" }]);
      expect(pending()).toEqual(["ann"]);
      const [team] = store.people.find("team");
      expect(store.memberships.count(team?.id ?? 0)).toMatchObject({ desired: 1 });
    });

    test("a call that was marked and never settled is in doubt for the next process, with its settle time", () => {
      const run = read([user("ann")]);
      const [row] = [...store.pending.each("users", { touchedUpTo: run })];
      if (row === undefined) throw new Error("nobody is pending");
      const { id, kind, sourceId } = row;
      store.outcomes.mark(run, "exam", 5, [
        {
          resource: id,
          kind,
          sourceId,
          targetId: null,
          action: "create",
          reason: "",
          before: null,
          after: {},
        },
      ]);
      reopen();
      begin();
      expect(store.pending.doubtful()).toMatchObject([{ sourceId: "ann", doubt: run }]);
      expect(store.pending.doubtful()[0]?.settleAt).not.toBeNull();
      store.outcomes.resolve(run, 6, { id, attempt: 1 }, undefined);
      expect(store.pending.doubtful()).toEqual([]);
      expect(pending()).toEqual(["ann"]);
    });

    test("members of groups inside groups count, loops end, and a list is whole only at the finish", () => {
      const run = read([
        user("ann"),
        user("ben"),
        ...group("inner", "ben", "outer"),
        ...group("outer", "ann", "inner"),
      ]);
      accept(run);
      const [outer] = store.people.find("outer");
      expect(store.memberships.pending(outer?.id ?? 0).map((each) => each.label)).toEqual(["ann", "ben"]);
      const stage = store.stage(begin(), judge);
      stage.page(group("outer"));
      expect(store.memberships.count(outer?.id ?? 0).desired).toBe(2);
      read(group("outer", "ann"));
      expect(store.memberships.count(outer?.id ?? 0).desired).toBe(1);
    });

    test("whoever is told in part after a whole read told of them keeps the rest; told by the next one, they are as it says", () => {
      const told = (record: Record<string, string>, cleared: readonly string[] = []): Change => ({
        type: "present",
        kind: "user",
        id: "ann",
        record,
        cleared,
      });
      const record = () => store.people.record(store.people.find("ann")[0]?.id ?? 0);
      read([told({ name: "Ann", title: "Boss", town: "Cork" }), told({ title: "Chief" }, ["town"])]);
      expect(record()).toEqual({ name: "Ann", title: "Chief" });
      read([told({ name: "Ann" })]);
      expect(record()).toEqual({ name: "Ann" });
      read([told({ name: "Ann", title: "Boss" }), told({ name: "Ann", title: "Boss" })]);
      expect(record()).toEqual({ name: "Ann", title: "Boss" });
      const gone: Change = { type: "absent", kind: "user", id: "ann", evidence: "tombstone" };
      read([told({ name: "Ann", title: "Boss" }), gone, told({ name: "Ann" })]);
      expect(record()).toEqual({ name: "Ann" });
    });

    test("whoever was deleted and is back within one read is a member where a list names them, however often it does", () => {
      read([user("ann"), user("ben"), user("cy"), ...group("team", "ann", "ben", "cy")]);
      const [team] = store.people.find("team");
      const members = () => store.memberships.count(team?.id ?? 0).desired;
      const listed = (last: boolean, ...ids: readonly string[]): Change => ({
        type: "members",
        group: "team",
        mode: "listed",
        ids,
        last,
      });
      const gone: Change = { type: "absent", kind: "user", id: "ann", evidence: "tombstone" };
      read([listed(false, "ben"), gone, user("ann"), listed(false, "ann", "ben"), listed(true)]);
      expect(members()).toBe(2);
      read([listed(false, "ann"), gone, user("ann"), listed(true, "ann")]);
      expect(members()).toBe(1);
      read([
        listed(false, "ann", "ben"),
        { ...listed(false, "ben"), mode: "remove" } as Change,
        listed(true),
      ]);
      expect(members()).toBe(1);
      read([listed(true)]);
      expect(members()).toBe(0);
    });

    test("an approval is for the change as it stood, and for nothing else", () => {
      const run = read([user("ann")]);
      const [row] = [...store.pending.each("users", { touchedUpTo: run })];
      if (row === undefined) throw new Error("nobody is pending");
      const held = { id: row.id, desired: row.desired };
      const hold = store.holds.place({ class: "creations", run, at: 1, message: "many", n: 1, base: 1 }, [
        held,
      ]);
      const by = { actor: "exam", reason: "known", at: 2, expiresAt: 10 };
      expect(store.transaction(() => store.holds.approve(hold, by))).toHaveLength(1);
      expect(store.holds.approval(held, "creations", 3)).toEqual({ actor: "exam", reason: "known" });
      expect(store.holds.approval(held, "creations", 11)).toBeUndefined();
      expect(store.holds.approval(held, "deletions", 3)).toBeUndefined();
      expect(
        store.holds.approval({ id: row.id, desired: Buffer.from("other") }, "creations", 3),
      ).toBeUndefined();
    });

    test("every attempt and outcome is chained", () => {
      accept(read([user("ann"), user("ben")]));
      expect(store.audit.entries({ limit: 10 }).map((entry) => entry.outcome)).toEqual(["done", "done"]);
      expect(store.audit.firstBreak()).toBeUndefined();
    });

    test("it belongs to one directory and one target", () => {
      store.meta.bind("source", "one", "exam");
      reopen();
      expect(() => store.meta.bind("source", "another", "exam")).toThrow(/belongs to the source one/);
    });
  });
}
