import { describe, expect, test } from "vitest";
import { TransientError } from "../../src/errors.ts";
import { worlds } from "../world.ts";

const world = worlds();

describe("one person on demand", () => {
  test("does not wait for the calls of others", { timeout: 3000 }, async () => {
    const w = world({ settleMs: 1000 });
    w.directory.people("p", 3).person("ann");
    await w.sync();
    w.directory.person("p0001", { title: "A" });
    w.before = (call) => {
      if (call.method === "patch") w.die();
    };
    await w.sync().catch(() => {});
    w.before = () => {};
    w.clock.pass(5000);
    let sleeps = 0;
    const sleep = w.clock.sleep.bind(w.clock);
    w.clock.sleep = async (ms, signal) => {
      if (++sleeps > 20) throw new Error("spins");
      await sleep(ms, signal);
    };
    w.directory.person("ann", { title: "B" });
    expect(await w.sync({ user: "ann@example.com" })).toMatchObject({
      outcome: "done",
      applied: { update: 1 },
    });
  });

  test("is not switched off because the connection names another directory now", async () => {
    const w = world();
    w.directory.people("p", 3).person("ann");
    await w.sync();
    w.directory.remove("ann");
    const source = w.directory.source.bind(w.directory);
    w.directory.source = () => ({ ...source(), identity: async () => "another-directory" });
    await expect(w.sync({ user: "ann@example.com" })).rejects.toThrow("this snapshot belongs to the source");
    expect((await w.users()).get("ann@example.com")).toMatchObject({ active: true });
  });

  test("leaves what is held for others held", async () => {
    const w = world();
    w.directory.people("p", 50);
    await w.sync();
    for (let n = 0; n < 20; n++) w.directory.remove(`p${String(n).padStart(4, "0")}`);
    const before = await w.sync();
    w.directory.person("p0030", { title: "A" });
    const report = await w.sync({ user: "p0030@example.com" });
    expect(report.applied).toEqual({ update: 1 });
    expect(report.holds).toMatchObject([{ id: before.holds[0]?.id, waiting: 20 }]);
  });

  test("who is held stays held", async () => {
    const w = world();
    w.directory.people("p", 50);
    await w.sync();
    for (let n = 0; n < 20; n++) w.directory.remove(`p${String(n).padStart(4, "0")}`);
    await w.sync();
    expect(await w.sync({ user: "p0001@example.com" })).toMatchObject({ outcome: "held", applied: {} });
    expect((await w.users()).get("p0001@example.com")).toMatchObject({ active: true });
  });

  test("brings no memberships of a read that was not finished", async () => {
    const w = world();
    w.directory.people("p", 5).group("team", ["p0001", "p0002"]);
    await w.sync();
    // Moved out and in again: the read ends between the two.
    w.directory.leave("team", "p0001").join("team", "p0001");
    w.directory.pageSize = 1;
    w.directory.failAfterPage = { page: 1, error: new TransientError("cut", { outcome: "none" }) };
    await w.sync();
    expect((await w.sync({ user: "p0001@example.com" })).applied).toEqual({});
    await w.sync({ user: "p0003@example.com" });
    expect((await w.sync()).applied).toEqual({});
    expect((await w.groups())["team"]).toEqual(["p0001@example.com", "p0002@example.com"]);
    w.directory.failAfterPage = undefined;
    expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
  });
});
