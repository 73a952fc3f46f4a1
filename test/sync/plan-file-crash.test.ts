import { expect, test } from "vitest";
import { cycle } from "../../src/cycle.ts";
import { ConnectionError } from "../../src/errors.ts";
import { openPlan, planFileText } from "../../src/sync/plan-file.ts";
import { plannedStates } from "../../src/sync/planned-states.ts";
import type { Report } from "../../src/sync/report.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();
const configuration = "test";

/** A plan cycle, and the text of its file. */
async function planText(w: World): Promise<string> {
  const connection = await w.open();
  try {
    const report = await cycle(connection, { purpose: "plan", trigger: "on demand" });
    const { store } = connection;
    const changes = plannedStates({ ...connection, clock: w.clock }, { touchedUpTo: report.run });
    const about = { kind: "PlanFile", version: 1 } as const;
    const lineage = store.meta.get("lineage") ?? "";
    return [
      ...planFileText(store, JSON.stringify, {
        ...about,
        connection: "staff",
        lineage,
        configuration,
        run: report.run,
        madeAt: "",
        madeBy: "ann",
        changes,
      }),
    ].join("");
  } finally {
    await connection.close();
  }
}

async function apply(w: World, text: string): Promise<Report> {
  const connection = await w.open();
  try {
    const plan = openPlan(connection.store, text, { connection: "staff", configuration });
    return await cycle(connection, { purpose: "sync", trigger: plan.name, plan });
  } finally {
    await connection.close();
  }
}

/** New people with managers, changes, leavers, and a group. */
async function changed(): Promise<World> {
  const w = world();
  w.directory.people("p", 8).group("team", ["p0000", "p0001"]);
  await w.sync();
  w.directory.person("ann", { manager: "ben" }).person("ben", { manager: "p0000" });
  w.directory.person("p0002", { title: "A" }).person("p0003", { login: "zoe@example.com" });
  w.directory.person("p0004", { enabled: false }).leave("team", "p0001").join("team", "ann", "p0005");
  return w;
}

test("a plan that a process died over is gone on with at every call, by the same file, and nothing is done twice", async () => {
  const whole = await changed();
  await apply(whole, await planText(whole));
  const wanted = await snapshotOf(whole);
  const calls = whole.written.filter(({ method }) => method === "create").length;
  // Before every other call, and after the others.
  for (const [when, first] of [
    ["before", 1],
    ["after", 2],
  ] as const) {
    for (let at = first; ; at += 2) {
      const w = await changed();
      const text = await planText(w);
      w.calls.length = 0;
      let n = 0;
      w[when] = (call) => {
        if (["create", "patch", "replace", "delete", "changeMembers"].includes(call.method) && ++n === at)
          w.die();
      };
      const died = await apply(w, text).then(
        () => false,
        () => true,
      );
      w[when] = () => {};
      if (!died) break;
      w.clock.pass(10_000);
      expect(await apply(w, text), `${when} call ${at}`).toMatchObject({ outcome: "done" });
      expect(await snapshotOf(w), `${when} call ${at}`).toEqual(wanted);
      const creations = w.written.filter(({ method }) => method === "create").length;
      expect(creations - (when === "before" && at <= calls ? 1 : 0)).toBeLessThanOrEqual(calls);
      expect((await apply(w, text)).listed).toMatchObject({ all: expect.any(Number) as number });
      expect(await w.sync()).toMatchObject({ outcome: "done", applied: {} });
    }
  }
}, 60_000);

test("a row that another run touched after the process died is not as listed", async () => {
  const w = await changed();
  const text = await planText(w);
  w.after = (call) => {
    if (call.method === "patch") w.die();
  };
  await apply(w, text).catch(() => {});
  w.after = () => {};
  w.clock.pass(10_000);
  w.directory.person("p0002", { title: "B" });
  await w.sync();
  await expect(apply(w, text)).resolves.toMatchObject({ outcome: "failed" });
});

test("a row of which another run's call got no answer is not as listed, and nothing of the plan is done", async () => {
  const w = await changed();
  const text = await planText(w);
  w.before = (call) => {
    if (call.method === "patch") w.die();
  };
  await w.sync({ user: "p0002" }).catch(() => {});
  w.before = () => {};
  w.clock.pass(10_000);
  w.calls.length = 0;
  const report = await apply(w, text);
  expect(report).toMatchObject({ outcome: "failed", applied: {} });
  expect(report.problem?.message).toContain("p0002 (a call without an answer)");
  expect(w.written).toEqual([]);
});

test("a plan of another snapshot, of other settings, or with another seal is refused before a run begins", async () => {
  const w = await changed();
  const text = await planText(w);
  const other = await changed();
  const connection = await other.open();
  const about = { connection: "staff", configuration };
  expect(() => openPlan(connection.store, text, about)).toThrow(ConnectionError);
  await connection.close();
  const own = await w.open();
  expect(() => openPlan(own.store, text, { ...about, configuration: "edited" })).toThrow("edited");
  expect(() => openPlan(own.store, text.replace('"madeBy":"ann"', '"madeBy":"bob"'), about)).toThrow(
    "altered",
  );
  expect(openPlan(own.store, text, about).name).toMatch(/^plan file [0-9a-f]{12}$/);
  await own.close();
});

async function snapshotOf(w: World) {
  const users = [...(await w.users())].map(([name, user]) => [name, user["active"], user["title"] ?? null]);
  return {
    users: users.toSorted((a, b) => String(a[0]).localeCompare(String(b[0]))),
    groups: await w.groups(),
  };
}
