import { expect, test } from "vitest";
import { whoAmI } from "../../src/connection.ts";
import { Desk } from "./desk.ts";

/** Twelve of forty people are disabled at once. */
async function held(): Promise<Desk> {
  const desk = new Desk();
  desk.directory.people("u", 40);
  await desk.run("sync");
  for (let n = 0; n < 12; n++) desk.directory.person(`u00${String(n).padStart(2, "0")}`, { enabled: false });
  expect((await desk.run("sync")).code).toBe(3);
  return desk;
}

test("nothing held is said plainly", async () => {
  using desk = new Desk();
  expect(await desk.run("held")).toMatchObject({ code: 0, out: "Nothing is held.\n" });
  expect(await desk.run("held approve deactivations --reason x")).toMatchObject({ code: 2 });
});

test("the list names what waits, why, and what to type; at most as many as asked for", async () => {
  using desk = await held();
  const { code, out } = await desk.run("held list --limit 5");
  expect(code).toBe(0);
  expect(out).toContain("12 of 40 people would be deactivated");
  expect(out.match(/disabled in the directory/g)).toHaveLength(5);
  expect(out).toContain("... 7 more (rollcall held list --limit 0 shows all)");
  expect(out).toContain('→ rollcall held approve deactivations --reason "..."\n');
  const json = JSON.parse((await desk.run("held --json")).out) as { holds: { objects: unknown[] }[] };
  expect(json).toMatchObject({ kind: "Holds", holds: [{ class: "deactivations", waiting: 12 }] });
  expect(json.holds[0]?.objects).toHaveLength(12);
});

test("an approval needs a reason, is written into the audit trail, and lets exactly those through", async () => {
  using desk = await held();
  expect((await desk.run("held approve deactivations")).code).toBe(2);
  expect((await desk.run(["held", "approve", "deactivations", "--reason", "  "])).code).toBe(2);
  const approved = await desk.run(["held", "approve", "deactivations", "--reason", "office closed"]);
  expect(approved.code).toBe(0);
  expect(approved.out).toContain(`12 changes of class deactivations approved by ${whoAmI()}`);

  const entries = (await desk.run("log --json")).out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const approvals = entries.filter((entry) => entry["event"] === "approval");
  expect(approvals).toHaveLength(12);
  expect(approvals[0]).toMatchObject({
    action: "approve deactivations",
    reason: "office closed",
    actor: whoAmI(),
  });
  expect((await desk.run("log verify")).code).toBe(0);

  const sync = await desk.run("sync");
  expect(sync).toMatchObject({ code: 0 });
  expect(sync.out).toContain("12 people deactivated");
});

test("the printed command is whole: with a reason, and with the connection where there are several", async () => {
  using desk = await held();
  const one = '→ rollcall held list staff   then: rollcall held approve deactivations --reason "..."';
  expect((await desk.run("status")).out).toContain(one);
  expect((await desk.run("sync")).out).toContain('rollcall held approve deactivations --reason "..."\n');
  desk.configure("connections:\n  staff: { source: people }\n  other: { source: people, mode: dry-run }\n");
  const several = 'rollcall held approve deactivations --connection staff --reason "..."\n';
  for (const line of ["status", "sync staff", "plan staff", "held"])
    expect((await desk.run(line, { columns: 200, environment: { NO_COLOR: "1" } })).out).toContain(several);
});

test("a number that is no longer a hold says why, and what is held now", async () => {
  using desk = await held();
  const { code, err } = await desk.run("held approve 7 --reason x");
  expect(code).toBe(2);
  expect(err).toContain("a hold gets another number when what it holds was approved or changed");
  expect(err).toContain("held are: deactivations (1); see `rollcall held list staff` first");
});

test("the reason is asked for on a terminal, and a hold can be named by its number", async () => {
  using desk = await held();
  const { code, out } = await desk.run("held approve 1", { columns: 80, answers: ["known"] });
  expect(code).toBe(0);
  expect(out).toContain("12 changes");
});

test("an approval is good for 72 hours and not longer", async () => {
  using desk = await held();
  await desk.run(["held", "approve", "deactivations", "--reason", "known"]);
  desk.clock.pass(73 * 3_600_000);
  expect((await desk.run("sync")).code).toBe(3);
});

test("while somebody works on the connection nothing is approved", async () => {
  using desk = await held();
  const lock = desk.lock("staff");
  expect((await desk.run(["held", "approve", "deactivations", "--reason", "known"])).code).toBe(75);
  lock.release();
  expect((await desk.run("sync")).code).toBe(3);
});

test("a class that is not held is answered with those that are", async () => {
  using desk = await held();
  const { code, err } = await desk.run("held approve deletions --reason x");
  expect(code).toBe(2);
  expect(err).toContain("held are: deactivations (1)");
});
