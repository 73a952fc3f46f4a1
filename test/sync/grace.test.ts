import { describe, expect, test } from "vitest";
import { ItemError } from "../../src/errors.ts";
import { type World, type WorldOptions, worlds } from "../world.ts";

const world = worlds();
const day = 24 * 3_600_000;
const fourDays: WorldOptions = { policy: { deleteAfterMs: 4 * day } };

/** Twelve people, of whom one has left: deactivated, and in no group any more. */
async function oneGone(options: WorldOptions = fourDays): Promise<World> {
  const w = world(options);
  w.directory.people("p", 12).group("team", ["p0001", "p0002"]);
  await w.sync();
  w.directory.remove("p0001");
  expect((await w.sync()).applied).toEqual({ deactivate: 1, "remove member": 1 });
  return w;
}

/** A cycle a day, and what they did together. */
async function days(w: World, n: number): Promise<Readonly<Record<string, number>>> {
  const applied: Record<string, number> = {};
  for (let each = 0; each < n; each++) {
    w.clock.pass(day - 60_000);
    for (const [action, times] of Object.entries((await w.sync()).applied))
      applied[action] = (applied[action] ?? 0) + times;
  }
  return applied;
}

const dueAt = (w: World, key = "p0001") => {
  const store = w.store();
  const due = store.people.find(key)[0]?.dueAt ?? null;
  store.close();
  return due;
};

describe("the account of somebody who is gone", () => {
  test("is deleted when the period is over, not before, and only once", async () => {
    const w = await oneGone();
    const off = w.clock.time;
    expect(await days(w, 3)).toEqual({});
    expect((dueAt(w) ?? 0) - off).toBeLessThanOrEqual(4 * day);
    expect((await w.users()).get("p0001@example.com")?.["active"]).toBe(false);
    expect(await days(w, 2)).toEqual({ delete: 1 });
    expect((await w.users()).has("p0001@example.com")).toBe(false);
    w.calls.length = 0;
    expect(await days(w, 3)).toEqual({});
    expect(w.written).toEqual([]);
  });

  test("is kept for ever by default, and deleted by a period that is set later, counted from the deactivation", async () => {
    const w = await oneGone({});
    expect(await days(w, 6)).toEqual({});
    w.options = { policy: { deleteAfterMs: 9 * day } };
    expect(await days(w, 2)).toEqual({});
    expect(await days(w, 2)).toEqual({ delete: 1 });
  });

  test("is deleted through the limit for deletions", async () => {
    const w = world(fourDays);
    w.directory.people("p", 300);
    await w.sync();
    for (let n = 0; n < 20; n++) w.directory.remove(`p00${String(n).padStart(2, "0")}`);
    await w.sync();
    w.approve();
    expect((await w.sync()).applied).toEqual({ deactivate: 20 });
    expect(await days(w, 5)).toEqual({});
    const report = await w.sync();
    expect(report.holds).toMatchObject([{ class: "deletions", n: 20 }]);
    w.approve();
    expect((await w.sync()).applied).toEqual({ delete: 20 });
  });

  test("is theirs again when they return in time, with the memberships, and the period begins anew when they leave again", async () => {
    const w = await oneGone();
    const before = (await w.users()).get("p0001@example.com")?.id;
    await days(w, 3);
    w.directory.person("p0001").join("team", "p0001");
    expect((await w.sync()).applied).toEqual({ reactivate: 1, "add member": 1 });
    expect((await w.users()).get("p0001@example.com")?.id).toBe(before);
    expect(await days(w, 2)).toEqual({});
    w.directory.remove("p0001");
    await w.sync();
    expect(await days(w, 3)).toEqual({});
    expect(await days(w, 2)).toEqual({ delete: 1 });
  });

  test("counts from when they were gone, not from an earlier deactivation", async () => {
    const w = world(fourDays);
    w.directory.people("p", 12).person("p0001", { enabled: false });
    w.directory.person("p0001", { enabled: true });
    await w.sync();
    w.directory.person("p0001", { enabled: false });
    await w.sync();
    expect(await days(w, 6)).toEqual({});
    w.directory.remove("p0001");
    await w.sync();
    expect(await days(w, 3)).toEqual({});
    expect(await days(w, 2)).toEqual({ delete: 1 });
  });

  test("waits for a deactivation that the target refuses", async () => {
    const w = world(fourDays);
    w.directory.people("p", 12);
    await w.sync();
    w.directory.remove("p0001");
    w.before = (call) => {
      if (call.method === "patch") throw new ItemError("invalid-value", "no");
    };
    await w.sync();
    expect(await days(w, 6)).toEqual({});
    expect(dueAt(w)).toBeNull();
    w.before = () => {};
    expect(await days(w, 2)).toEqual({ deactivate: 1 });
    expect(await days(w, 3)).toEqual({});
    expect(await days(w, 2)).toEqual({ delete: 1 });
  });

  test("is not deleted for who is disabled, out of scope, moved away or only not visible", async () => {
    const w = world({ ...fourDays, scope: { users: 'user.department != "HR"' } });
    w.directory.people("p", 12);
    for (let n = 0; n < 12; n++) w.directory.person(`p00${String(n).padStart(2, "0")}`, { department: "IT" });
    await w.sync();
    w.directory.person("p0001", { enabled: false }).person("p0002", { department: "HR" }).hide("p0003");
    await w.sync({ full: true });
    w.approve();
    await w.sync();
    expect(await days(w, 6)).toEqual({});
    expect((await w.users()).size).toBe(12);
  });
});

describe("a clock", () => {
  test("that is set forward by weeks deletes nobody; set right again, the period goes on as if nothing had been", async () => {
    const w = await oneGone();
    await days(w, 2);
    w.clock.pass(35 * day);
    expect((await w.sync()).applied).toEqual({});
    w.clock.pass(3_600_000);
    expect((await w.sync()).applied).toEqual({});
    w.clock.pass(-35 * day);
    expect(await days(w, 1)).toEqual({});
    expect(await days(w, 2)).toEqual({ delete: 1 });
  });

  test("that was ahead when they were switched off deletes them no later than a period from when it is right", async () => {
    const w = world(fourDays);
    w.directory.people("p", 12);
    await w.sync();
    w.clock.pass(365 * day);
    w.directory.remove("p0001");
    expect((await w.sync()).applied).toEqual({ deactivate: 1 });
    w.clock.pass(-365 * day);
    expect(await days(w, 4)).toEqual({});
    expect(await days(w, 2)).toEqual({ delete: 1 });
  });

  test("that is set back deletes nobody early", async () => {
    const w = await oneGone();
    await days(w, 3);
    w.clock.pass(-2 * day);
    expect(await days(w, 2)).toEqual({});
    expect(await days(w, 2)).toEqual({ delete: 1 });
  });
});

test("what falls due while nothing ran waits three days, also where a cycle comes only once a week", async () => {
  const w = await oneGone();
  w.clock.pass(31 * day);
  expect((await w.sync()).applied).toEqual({});
  expect((dueAt(w) ?? 0) - w.clock.time).toBeGreaterThan(2 * day);
  w.clock.pass(7 * day);
  expect((await w.sync()).applied).toEqual({ delete: 1 });
});

test("a clock that goes back by seconds forgets nothing that was put off", async () => {
  const w = await oneGone();
  w.clock.pass(31 * day);
  await w.sync();
  w.clock.pass(-5_000);
  expect((await w.sync()).applied).toEqual({});
  expect((await w.sync()).applied).toEqual({});
});

test("cycles that have nothing to delete judge nobody again", async () => {
  const w = await oneGone();
  await w.sync();
  const due = dueAt(w);
  await w.sync();
  expect(dueAt(w)).toBe(due);
});
