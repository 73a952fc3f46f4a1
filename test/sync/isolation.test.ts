import { describe, expect, test } from "vitest";
import { CredentialsRefused, ItemError, TransientError } from "../../src/errors.ts";
import { worlds } from "../world.ts";

const world = worlds();

const broken = () => new TransientError("500 for this one", { outcome: "unknown" });

describe("one object that the target answers with an error", () => {
  test("when it is read does not keep the others waiting", async () => {
    const w = world();
    w.directory.people("p", 12);
    await w.sync();
    const bad = (await w.users()).get("p0000@example.com")?.id;
    for (let n = 0; n < 3; n++) w.directory.person(`p000${n}`, { enabled: false });
    w.before = (call) => {
      if (call.method === "get" && call.id === bad) throw broken();
    };
    const report = await w.sync();
    expect(report).toMatchObject({ outcome: "failing", applied: { deactivate: 2 } });
    w.before = () => {};
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: { deactivate: 1 } });
  });

  for (const error of [broken, () => new ItemError("invalid-value", "bad filter")]) {
    test(`when it is looked up does not keep the others waiting (${error().name})`, async () => {
      const w = world({ capabilities: { concurrency: 1 } });
      w.directory.people("p", 5);
      let finds = 0;
      w.before = (call) => {
        if (call.method === "find" && ++finds === 1) throw error();
      };
      const report = await w.sync();
      expect(report.applied["create"]).toBeGreaterThanOrEqual(4);
      w.before = () => {};
      w.clock.pass(7 * 3_600_000);
      expect((await w.sync()).outcome).toBe("done");
      expect((await w.users()).size).toBe(5);
    });

    test(`when its outcome is looked for does not keep the others waiting (${error().name})`, async () => {
      const w = world({ settleMs: 1000 });
      w.directory.person("ann").people("p", 3);
      w.after = (call) => {
        if (call.method === "create") w.die();
      };
      await w.sync().catch(() => {});
      w.after = () => {};
      w.clock.pass(60_000);
      w.directory.person("new");
      let finds = 0;
      w.before = (call) => {
        if (call.method === "find" && finds++ < 1) throw error();
      };
      await w.sync();
      expect([...(await w.users()).keys()]).toContain("new@example.com");
      w.before = () => {};
      w.clock.pass(25 * 3_600_000);
      expect((await w.sync()).outcome).toBe("done");
      expect((await w.users()).size).toBe(5);
    });
  }
});

test("a target that answers nothing is not asked about everybody", async () => {
  const w = world();
  w.directory.people("p", 200);
  await w.sync();
  for (let n = 0; n < 200; n++)
    w.directory.person(`p${String(n).padStart(4, "0")}`, { title: "A", manager: "p0000" });
  w.calls.length = 0;
  w.before = () => {
    throw new TransientError("refused", { outcome: "none" });
  };
  expect((await w.sync()).outcome).toBe("failed");
  expect(w.calls.length).toBeLessThan(100);
});

test("a target that counts its accounts and shows none is not asked for everybody either", async () => {
  const w = world({ capabilities: { concurrency: 4 } });
  w.directory.people("p", 200);
  await w.sync();
  for (let n = 0; n < 200; n++) w.directory.person(`p${String(n).padStart(4, "0")}`, { title: "A" });
  w.calls.length = 0;
  w.before = (call) => {
    if (call.method === "get") throw new TransientError("refused", { outcome: "none" });
  };
  expect((await w.sync()).outcome).toBe("failed");
  expect(w.calls.length).toBeLessThan(100);
});

test("references and members stop with the first refusal of the credentials", async () => {
  const w = world({ capabilities: { concurrency: 2 } });
  w.directory.person("zoe").people("p", 60);
  for (let n = 0; n < 60; n++) w.directory.group(`g${n}`, [`p${String(n).padStart(4, "0")}`]);
  await w.sync();
  for (let n = 0; n < 60; n++) w.directory.join(`g${n}`, "zoe");
  w.calls.length = 0;
  w.before = () => {
    throw new CredentialsRefused("the target refuses the token");
  };
  expect((await w.sync()).outcome).toBe("quarantined");
  expect(w.calls.length).toBeLessThan(10);
});

test("a reference that the target refuses is retried on a schedule and counts as failing", async () => {
  const w = world();
  w.directory.person("zoe").person("ann");
  await w.sync();
  w.directory.person("ann", { manager: "zoe" });
  w.before = (call) => {
    if (call.method === "patch") throw new ItemError("mutability", "the manager cannot be set");
  };
  expect(await w.sync()).toMatchObject({ outcome: "failing" });
  w.clock.pass(40 * 60_000);
  await w.sync();
  w.clock.pass(40 * 60_000);
  w.calls.length = 0;
  expect(await w.sync()).toMatchObject({ outcome: "failing" });
  expect(w.calls).toEqual([]);
  w.before = () => {};
  w.clock.pass(25 * 3_600_000);
  expect(await w.sync()).toMatchObject({ outcome: "done", applied: { "set reference": 1 } });
});

test("somebody who matches two accounts is looked up again on a schedule, not in every cycle", async () => {
  const w = world();
  w.directory.person("zed");
  await w.sync();
  const target = await w.target();
  const { signal } = new AbortController();
  for (const userName of ["a1", "a2"])
    await target.users.create({ schemas: [], userName, externalId: "ann" } as never, { signal });
  await target.close();
  w.directory.person("ann");
  await w.sync();
  for (let n = 0; n < 3; n++) {
    w.clock.pass(40 * 60_000);
    await w.sync();
  }
  w.clock.pass(40 * 60_000);
  w.calls.length = 0;
  expect((await w.sync()).outcome).toBe("failing");
  expect(w.calls).toEqual([]);
});

test("one person whose account cannot be read keeps nobody else's manager waiting", async () => {
  const w = world();
  w.directory.person("zoe").person("ann").person("ben");
  await w.sync();
  const ids = new Map([...(await w.users())].map(([name, user]) => [name, user.id]));
  w.directory.person("ann", { manager: "zoe" }).person("ben", { manager: "zoe" });
  w.before = (call) => {
    if (call.method === "get" && call.id === ids.get("ann@example.com"))
      throw new TransientError("500", { outcome: "unknown" });
  };
  expect((await w.sync()).applied).toEqual({ "set reference": 1 });
  w.before = () => {};
  expect((await w.sync()).applied).toEqual({ "set reference": 1 });
});
