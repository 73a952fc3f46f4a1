import { expect, test } from "vitest";
import { whoAmI } from "../../src/connection.ts";
import { Desk } from "./desk.ts";

const terminal = { columns: 80, environment: { NO_COLOR: "1" } };

/** A day later three of sixty leave, one is renamed, and run 2 did it. */
async function dayAfter(connection = ""): Promise<Desk> {
  const desk = new Desk(connection);
  desk.directory
    .people("u", 60)
    .person("ann", { title: "Engineer", name: "Ann Lee" })
    .person("bob", { manager: "u0010" })
    .group("g", ["ann", "u0001"], { name: "app-all" });
  await desk.run("sync");
  desk.clock.pass(25 * 3_600_000);
  for (const id of ["u0000", "u0001"]) desk.directory.person(id, { enabled: false });
  desk.directory.person("bob", { manager: "u0011" });
  desk.directory.person("ann", { title: "Lead", login: "anna@example.com" }).leave("g", "ann");
  expect((await desk.run("sync")).code).toBe(0);
  return desk;
}

async function logins(desk: Desk): Promise<string[]> {
  const target = await desk.target();
  const found: string[] = [];
  for await (const user of target.users.list(new AbortController().signal))
    if (user["active"] !== false) found.push(String(user["userName"]));
  await target.close();
  return found;
}

test("without --yes it is shown, nothing is written, and what to type is said", async () => {
  using desk = await dayAfter();
  const { code, out } = await desk.run("undo 2");
  expect(code).toBe(0);
  expect(out).toContain("↺ reactivate  u0000@example.com");
  expect(out).toContain('userName  "anna@example.com" → "ann@example.com"');
  expect(out).toContain('manager  "u0011@example.com" → "u0010@example.com"');
  expect(out).toMatch(/\* members +app-all {2}\+1 of 1\n +\+ anna@example\.com\n/);
  const wrapped = out.replaceAll(/\s+/g, " ");
  expect(wrapped).toContain(
    "An undo would reactivate 2 people, rename 1 person, set a reference of 1 person and",
  );
  expect(wrapped).toContain("change members of 1 group (+1 -0).");
  expect(out).toContain('Nothing was written. To do it: rollcall undo 2 staff --yes --reason "..."');
  expect(await logins(desk)).not.toContain("u0000@example.com");
  expect((await desk.run("log --run 3")).out).toBe("");
});

test("with --yes it is done, audited with who and why, and the next sync does not do it again", async () => {
  using desk = await dayAfter();
  const { code, out } = await desk.run(["undo", "2", "--yes", "--reason", "wrong import"]);
  expect(code).toBe(0);
  expect(out).toContain(
    "applied    2 people reactivated\n             1 person renamed\n             1 reference set or cleared\n             1 membership added\n",
  );
  const now = await logins(desk);
  expect(now).toContain("u0000@example.com");
  expect(now).toContain("ann@example.com");
  const sync = await desk.run("sync");
  expect(sync.code).toBe(0);
  expect(sync.out).toContain("0 writes");
  expect(await logins(desk)).toEqual(now);
  const plan = (await desk.run("plan")).out;
  expect(plan).toContain(`undone by ${whoAmI()} on 2026-11-02 (run 2): wrong import`);
  expect((await desk.run("explain anna@example.com")).out).toContain("undone by");
  const status = (await desk.run("status")).out;
  expect(status).toContain("last run:");
  expect(status).not.toContain("oldest pending deactivation");
  const log = (await desk.run("log --run 3")).out;
  expect(log).toMatch(/• undo run 2 +everything\n +wrong import/);
  expect((await desk.run("log --user u0000")).out).toContain("why: undo of run 2: wrong import");
  expect((await desk.run("log verify")).code).toBe(0);
});

test("what was undone can be let through after all", async () => {
  using desk = await dayAfter();
  await desk.run(["undo", "2", "--yes", "--reason", "wrong import"]);
  const approved = await desk.run([
    "held",
    "approve",
    "--only",
    "u0000@example.com",
    "--reason",
    "she did leave",
  ]);
  expect(approved.code).toBe(0);
  await desk.run("sync");
  const now = await logins(desk);
  expect(now).not.toContain("u0000@example.com");
  expect(now).toContain("u0001@example.com");
});

test("on a terminal the reason is asked for, and none leaves everything as it is", async () => {
  using desk = await dayAfter();
  const asked: string[] = [];
  const answer = (text: string) => async (question: string) => {
    asked.push(question);
    return text;
  };
  await desk.run("undo 2", { ...terminal, ask: answer("") });
  expect(asked).toEqual(["Why is run 2 undone? (nothing: leave it as it is) "]);
  expect(await logins(desk)).not.toContain("u0000@example.com");
  await desk.run(["undo", "2", "--reason", "wrong import"], { ...terminal, ask: answer("no") });
  expect(await logins(desk)).not.toContain("u0000@example.com");
  expect(desk.screen.split("\n").every((line) => line.replace(/^\r.*\r/, "").length <= 200)).toBe(true);
  await desk.run("undo 2", { ...terminal, ask: answer("wrong import") });
  expect(await logins(desk)).toContain("u0000@example.com");
});

test("what is over its limit says so, and goes with a word of its own that the auditor finds", async () => {
  using desk = await dayAfter();
  desk.clock.pass(25 * 3_600_000);
  desk.directory.people("q", 12);
  await desk.run("sync");
  const first = await desk.run(["undo", "3", "--yes", "--reason", "wrong scope"]);
  expect(first.code).toBe(3);
  expect(first.out).toContain("12 of 72 people would be deactivated");
  expect(first.out).toContain("--let-through deactivations");
  const line = ["undo", "3", "--yes", "--reason", "wrong scope", "--let-through", "deactivations"];
  const second = await desk.run(line);
  expect(second.code).toBe(0);
  expect(second.out).toContain("12 people deactivated");
  const report = (await desk.run("report approvals", terminal)).out;
  expect(report).toMatch(/approve deactivations {2}12 changes/);
  expect(report).toMatch(/12 of 12 used: deactivate/);
  expect((await desk.run(["undo", "3", "--let-through", "creation"])).code).toBe(2);
});

test("one person is named by whatever they are known by", async () => {
  using desk = await dayAfter();
  const { out } = await desk.run("undo 2 --user u0000");
  expect(out).toContain("An undo would reactivate 1 person.");
  expect((await desk.run("undo 2 --user nobody")).code).toBe(2);
});

test("as JSON it is one document with every value, and never asks", async () => {
  using desk = await dayAfter();
  const { out } = await desk.run("undo 2 --json", { ask: () => Promise.reject(new Error("asked")) });
  const document = JSON.parse(out) as { items: { label: string; action: string; values: unknown[] }[] };
  expect(document).toMatchObject({ kind: "Undo", connection: "staff", undone: 2, done: false });
  expect(document.items.find(({ action }) => action === "rename")?.values).toContainEqual({
    path: "title",
    before: "Lead",
    after: "Engineer",
  });
});

test("a run that does not exist, wrote nothing, or is no number is answered", async () => {
  using desk = await dayAfter();
  const unknown = await desk.run("undo 99");
  expect(unknown.code).toBe(2);
  expect(unknown.err).toContain("staff: there is no run 99");
  expect(unknown.err).toContain("the last runs that wrote something: 2, 1");
  expect((await desk.run("undo two")).code).toBe(2);
  await desk.run("plan");
  const nothing = await desk.run("undo 3");
  expect(nothing).toMatchObject({ code: 0 });
  expect(nothing.out).toContain("Run 3 left nothing at the target that could be put back.");
});

test("a reason is needed, a busy connection is left to whoever has it, and where nothing is written nothing is undone", async () => {
  using desk = await dayAfter();
  expect((await desk.run("undo 2 --yes")).code).toBe(2);
  const lock = desk.lock("staff");
  expect((await desk.run(["undo", "2", "--yes", "--reason", "x"])).code).toBe(75);
  lock.release();
  desk.configure("connections:\n  staff: { source: people, mode: dry-run }\n");
  expect((await desk.run(["undo", "2", "--yes", "--reason", "x"])).code).toBe(2);
});

test("in a pause that was there before, an undo writes and a sync does not", async () => {
  using desk = await dayAfter();
  await desk.run(["pause", "staff", "--reason", "wait"]);
  const undone = await desk.run(["undo", "2", "--yes", "--reason", "wrong import"]);
  expect(undone.code).toBe(0);
  expect(await logins(desk)).toContain("u0000@example.com");
  await desk.run("sync");
  await desk.run("resume staff");
  await desk.run("sync");
  expect(await logins(desk)).toContain("u0000@example.com");
});

test("while somebody thinks about the question the connection is free, and what changed meanwhile is not undone", async () => {
  using desk = await dayAfter();
  const ask = async () => {
    desk.directory.person("u0002", { title: "Lead" });
    expect((await desk.run("sync")).code).toBe(0);
    return "wrong import";
  };
  expect((await desk.run("undo 2", { ...terminal, ask })).code).toBe(0);
  expect(await logins(desk)).toContain("u0000@example.com");

  using other = await dayAfter();
  const mended = async () => {
    other.directory.person("u0000", { enabled: true });
    expect((await other.run("sync")).code).toBe(0);
    return "wrong import";
  };
  const { code, err } = await other.run("undo 2", { ...terminal, ask: mended });
  expect(code).toBe(1);
  expect(err).toContain("is not what you looked at any more. Nothing was written");
  expect(err).toContain("look again: rollcall undo 2 staff");
  expect(await logins(other)).not.toContain("u0001@example.com");
});
