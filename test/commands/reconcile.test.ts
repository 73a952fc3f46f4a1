import { expect, test } from "vitest";
import { byHand, createByHand, day, membersByHand, set } from "../sync/by-hand.ts";
import { Desk } from "./desk.ts";

const ann = "ann@example.com";

async function deskInSync(): Promise<Desk> {
  const desk = new Desk();
  desk.directory.people("u", 9).person("ann", { title: "Engineer" }).group("team", ["ann", "u0001"]);
  expect((await desk.run("sync")).code).toBe(0);
  return desk;
}

test("a plan shows drift with old and new and writes nothing, a sync puts it right, and then all is well", async () => {
  using desk = await deskInSync();
  await byHand(desk, "user", ann, set("title", "Boss"));
  await membersByHand(desk, "team", { add: ["u0002@example.com"] });
  await createByHand(desk, "user", { userName: "root" });
  const plan = await desk.run("plan --reconcile");
  expect(plan.code).toBe(0);
  for (const text of [
    "drift      11 accounts and 1 group at the target compared",
    '1 value changed by hand\n               ann@example.com  title "Engineer" → "Boss"',
    "1 member added by hand\n               u0002@example.com  added to the group team",
    "1 account that nobody manages (root)",
    '"Boss" → "Engineer"',
    "changed at the target by hand",
    "`rollcall sync staff` would update 1 of 10 people and change members of 1 group (-1)",
  ])
    expect(plan.out).toContain(text);
  expect((await desk.run("sync")).out).toContain("1 person updated");
  const again = await desk.run("sync --reconcile");
  expect(again.code).toBe(0);
  expect(again.out).toMatch(/11 accounts and 1 group at the target compared, \d+ ms: no drift/);
  expect(again.out).toContain("0 writes");
});

test("--json holds the drift, in sync, plan, status and explain", async () => {
  using desk = await deskInSync();
  await byHand(desk, "user", ann, set("title", "Boss"));
  const plan = JSON.parse((await desk.run("plan --reconcile --json")).out);
  expect(plan.reconcile).toMatchObject({
    users: { seen: 10, ours: 10, unmanaged: 0, examples: [] },
    found: { changed: 1 },
    examples: [{ type: "changed", label: ann, path: "title", ours: "Engineer", theirs: "Boss", times: 1 }],
    problem: null,
  });
  const status = JSON.parse((await desk.run("status --json")).out);
  expect(status.connections[0].drift).toMatchObject({
    open: { changed: 1 },
    findings: [{ type: "changed", label: ann, path: "title", ours: "Engineer", theirs: "Boss", open: true }],
  });
  const sync = JSON.parse((await desk.run("sync --json")).out);
  expect(sync.reconcile).toBeNull();
  const explained = JSON.parse((await desk.run("explain ann --json")).out);
  expect(explained.found[0].drift).toMatchObject([{ type: "changed", path: "title", open: false }]);
});

test("status says when the target was last compared and what is open; explain tells it of one person", async () => {
  using desk = await deskInSync();
  expect((await desk.run("status")).out).not.toContain("target compared");
  await byHand(desk, "user", ann, set("active", false));
  expect((await desk.run("sync --reconcile")).code).toBe(3);
  desk.clock.pass(2 * 3_600_000);
  const status = await desk.run("status");
  expect(status.out).toContain(
    "target compared 2 h ago: 1 account switched off by somebody else: it waits for a person's word",
  );
  expect(status.out).toContain("! ann@example.com: switched off at the target");
  expect(status.out).toContain('rollcall held approve switched-off --reason "..."');
  expect((await desk.run("held list")).out).toContain("switched off at the target");
  const explained = await desk.run("explain ann");
  expect(explained.out).toContain("drift      switched off at the target (open, found 2 h ago)");
  expect((await desk.run(["held", "approve", "switched-off", "--reason", "back from leave"])).code).toBe(0);
  expect((await desk.run("sync")).out).toContain("1 person reactivated");
  expect((await desk.run("explain ann")).out).toContain(
    "switched off at the target (put right, found 2 h ago)",
  );
});

test("what only a person can mend is said also when little is to be said", async () => {
  using desk = await deskInSync();
  expect(await desk.run("sync --reconcile --quiet")).toMatchObject({ code: 0, out: "" });
  await createByHand(desk, "user", { userName: "ann.lee@example.com", externalId: "ann" });
  const quiet = await desk.run("sync --reconcile --quiet");
  expect(quiet.code).toBe(0);
  expect(quiet.out).toContain("1 second account of somebody of ours");
  expect(quiet.out).toContain("ann@example.com  also has the account");
  expect((await desk.run("plan --reconcile")).out).not.toContain("are as they should be");
});

test("a value that another system writes too is told as such, until a retry", async () => {
  using desk = await deskInSync();
  for (let times = 1; times <= 3; times++) {
    await byHand(desk, "user", ann, set("title", "Boss"));
    await desk.run("sync --reconcile");
  }
  expect((await desk.run("status")).out).toContain(
    '! ann@example.com: title "Engineer" → "Boss", found 3 times, no longer put right',
  );
  expect((await desk.run("retry ann")).out).toContain(
    "ann: 1 value that another system writes too is tried again",
  );
  expect((await desk.run("sync")).out).toContain("1 person updated");
});

test("the whole target is compared once a day by itself, and never by a run for one person", async () => {
  using desk = await deskInSync();
  desk.clock.pass(day);
  expect((await desk.run("sync --user ann")).out).not.toContain("at the target compared");
  expect((await desk.run("sync")).out).toContain("at the target compared");
  expect((await desk.run("sync")).out).not.toContain("at the target compared");
  for (const command of ["sync", "plan"]) {
    const { code, err } = await desk.run(`${command} --reconcile --user ann`);
    expect(code).toBe(2);
    expect(err).toContain("--reconcile compares everything at the target: it does not go with --user");
  }
});

test("values of a hostile account reach no terminal as they are", async () => {
  using desk = await deskInSync();
  await byHand(desk, "user", ann, set("title", "\u001b[31mBoss\u202e"));
  await createByHand(desk, "user", { userName: "\u001b]0;root\u0007" });
  const { out } = await desk.run("plan --reconcile");
  expect(out.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(out).toContain("\\u{1b}[31mBoss");
});
