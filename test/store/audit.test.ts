import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { valuesDigest } from "../../src/store/audit-event.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();
const day = 86_400_000;

async function synced(): Promise<World> {
  const w = world({ policy: { existingAccounts: "adopt" } });
  w.directory.person("ann", { title: "Boss" }).person("ben").group("team", ["ann", "ben"]);
  await w.sync();
  return w;
}

function verified(w: World) {
  const store = w.store();
  const found = store.audit.verify();
  store.close();
  return found;
}

function keep(w: World, keepMs: number, isStreamed = false): number {
  const store = w.store();
  const run = (store.runs.latest(1)[0]?.id ?? 0) + 1;
  const dropped = store.audit.keep({ now: w.clock.now(), keepMs, run, actor: "test", isStreamed });
  store.close();
  return dropped;
}

function inFile<T>(w: World, work: (db: Database.Database) => T): T {
  const db = new Database(join(w.folder, "staff.db"));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

async function yearsOfChanges(): Promise<World> {
  const w = await synced();
  for (const title of ["A", "B", "C", "D"]) {
    w.clock.pass(100 * day);
    w.directory.person("ann", { title });
    await w.sync();
  }
  return w;
}

describe("the retention", () => {
  test("drops what is older, says from where the trail goes on, and it still verifies", async () => {
    const w = await yearsOfChanges();
    const before = verified(w);
    expect(before).toMatchObject({ firstBreak: undefined, dropped: 0, from: { seq: 1 } });
    const dropped = keep(w, 250 * day);
    expect(dropped).toBeGreaterThan(4);
    const after = verified(w);
    // What was dropped is told by one more event.
    expect(after).toMatchObject({ firstBreak: undefined, dropped, events: before.events - dropped + 1 });
    expect(after.from?.seq).toBe(dropped + 1);
    expect(after.from?.at).toBeGreaterThanOrEqual(w.clock.time - 250 * day);
    w.clock.pass(100 * day);
    w.directory.person("ann", { title: "E" });
    await w.sync();
    keep(w, 250 * day);
    expect(verified(w)).toMatchObject({ firstBreak: undefined });
    expect(verified(w).dropped).toBeGreaterThan(dropped);
  });

  test("writes nothing on a day on which nothing is old enough", async () => {
    const w = await yearsOfChanges();
    keep(w, 250 * day);
    const { events } = verified(w);
    w.clock.pass(3_600_000);
    expect(keep(w, 250 * day)).toBe(0);
    expect(verified(w).events).toBe(events);
  });

  test("keeps a call in doubt, and what a log server has not got yet", async () => {
    const w = await yearsOfChanges();
    expect(keep(w, 250 * day, true)).toBe(0);
    inFile(w, (db) => db.exec("update resource set doubt = 1, attempt = 3 where id = 1"));
    expect(keep(w, 250 * day)).toBe(2);
    expect(verified(w).firstBreak).toBeUndefined();
  });

  test("dropped behind its back, the trail is broken", async () => {
    const w = await yearsOfChanges();
    keep(w, 250 * day);
    inFile(w, (db) => {
      const next = db.prepare("select min(seq) as seq, hash from audit").get() as {
        seq: number;
        hash: Buffer;
      };
      db.prepare("delete from audit_payload where seq = ?").run(next.seq);
      db.exec("insert into audit_permit values (1, 'keep')");
      db.prepare("delete from audit where seq = ?").run(next.seq);
      db.prepare("update audit_anchor set seq = ?, hash = ?").run(next.seq, next.hash);
    });
    expect(verified(w).firstBreak).toBeDefined();
  });
});

test("an event names the configuration that was in force, and its digest is in the chain", async () => {
  const w = await synced();
  const store = w.store();
  expect(store.audit.entries({ limit: 10 }).map(({ config }) => config)).toEqual([
    "test",
    "test",
    "test",
    "test",
  ]);
  store.close();
  inFile(w, (db) =>
    db.exec("drop trigger audit_is_never_changed; update audit set config = 'x' where seq = 2"),
  );
  expect(verified(w).firstBreak).toBe(2);
});

test("events that an earlier version wrote, whose hash covers ids and reason themselves, still verify", async () => {
  const w = await synced();
  const { hashOf, genesis } = await import("../../src/store/audit-event.ts");
  inFile(w, (db) => {
    // An earlier version noted no newest event either.
    db.exec("drop trigger audit_is_never_changed; delete from meta where key = 'audit_head'");
    let previous = genesis;
    for (const row of db.prepare("select * from audit order by seq").all() as Parameters<
      typeof hashOf
    >[0][]) {
      const values = db.prepare("select before, after from audit_payload where seq = ?").get(row.seq) as
        | { before: string | null; after: string | null }
        | undefined;
      const salt = Buffer.from("0123456789abcdef");
      const payload = values === undefined ? null : valuesDigest(salt, values.before, values.after);
      const old = { ...row, form: 1, config: null, salt: null, payload, previous };
      previous = hashOf(old);
      db.prepare(
        "update audit set form = 1, config = null, salt = null, payload = ?, previous = ?, hash = ? where seq = ?",
      ).run(payload, old.previous, previous, row.seq);
      db.prepare("update audit_payload set salt = ? where seq = ?").run(salt, row.seq);
    }
  });
  expect(verified(w).firstBreak).toBeUndefined();
  inFile(w, (db) => db.exec("update audit set reason = 'other' where seq = 3"));
  expect(verified(w).firstBreak).toBe(3);
});

describe("a change of the configuration", () => {
  test("is an event with what changed, from the first run that works with it", async () => {
    const w = await synced();
    const store = w.store();
    const known = { run: 2, at: w.clock.now(), actor: "ann" };
    const settings = { mapping: "a: 1\nb: 2\n", "policy.whenDisabled": "deactivate", mode: "sync" };
    store.configurations.note({
      ...known,
      digest: "one",
      settings: store.configurations.current()?.settings ?? {},
    });
    expect(store.audit.entries({ configuration: true, limit: 9 })).toEqual([]);
    store.configurations.note({ ...known, digest: "two", settings });
    store.configurations.note({
      ...known,
      digest: "three",
      settings: { ...settings, mapping: "a: 1\nb: 3\n", "policy.whenDisabled": "keep" },
    });
    const [, change] = store.audit.entries({ configuration: true, limit: 9 });
    expect(change).toMatchObject({
      actor: "ann",
      reason: "changed: mapping, policy.whenDisabled",
      before: { mapping: ["b: 2"], "policy.whenDisabled": "deactivate" },
      after: { mapping: ["b: 3"], "policy.whenDisabled": "keep" },
    });
    expect(store.audit.firstBreak()).toBeUndefined();
    store.close();
  });
});

describe("events cut off from the end", () => {
  /** As somebody does it who can write the file. */
  function cut(w: World, n: number, also = ""): number {
    return inFile(w, (db) => {
      const last = db.prepare("select max(seq) from audit").pluck().get() as number;
      db.exec(`drop trigger if exists audit_is_never_deleted; delete from audit_payload where seq > ${last - n};
        delete from audit where seq > ${last - n}; ${also}`);
      return last;
    });
  }

  test("are missed, and also after further runs wrote events of their numbers", async () => {
    const w = await synced();
    const last = cut(w, 2);
    expect(verified(w).firstBreak).toBe(last - 1);
    for (const title of ["A", "B", "C"]) {
      w.directory.person("ann", { title });
      await w.sync();
    }
    expect(verified(w).firstBreak).toBe(last);
  });

  test("all of them, or one alone, too", async () => {
    const one = await synced();
    expect(verified(one).firstBreak).toBeUndefined();
    const last = cut(one, 1);
    expect(verified(one).firstBreak).toBe(last);
    const all = await synced();
    cut(all, 1_000);
    expect(verified(all).firstBreak).toBe(1);
  });

  test("are missed by what a log server got, and by the calls that rows name, where no run noted them", async () => {
    const w = await synced();
    const last = cut(w, 1, "delete from meta where key = 'audit_head'; update resource set attempt = null");
    expect(verified(w).firstBreak).toBeUndefined();
    inFile(w, (db) => db.exec(`insert into audit_stream values (1, ${last})`));
    expect(verified(w).firstBreak).toBe(last);
    inFile(w, (db) =>
      db.exec(`delete from audit_stream; update resource set attempt = ${last} where id = 1`),
    );
    expect(verified(w).firstBreak).toBe(last);
  });

  test("a note of the newest event that nobody can read breaks the trail, and no run", async () => {
    const w = await synced();
    inFile(w, (db) => db.exec("update meta set value = 'other' where key = 'audit_head'"));
    expect((await w.sync()).outcome).toBe("done");
    expect(verified(w).firstBreak).toBeGreaterThan(1);
  });

  test("what a person decides after a run, and a run with no event, break nothing", async () => {
    const w = await synced();
    const store = w.store();
    store.audit.decisionOnAll(1, "ann", w.clock.now(), "pause", "why");
    store.close();
    expect(verified(w).firstBreak).toBeUndefined();
    await w.sync();
    await w.sync();
    expect(verified(w).firstBreak).toBeUndefined();
  });
});
