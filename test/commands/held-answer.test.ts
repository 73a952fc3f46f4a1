import { describe, expect, test } from "vitest";
import { whoAmI } from "../../src/connection.ts";
import { boundTo } from "../../src/store/approval.ts";
import { Desk } from "./desk.ts";

const leavers = Array.from({ length: 12 }, (_, n) => `u${String(n).padStart(4, "0")}`);

/** Twelve of forty people are disabled at once. */
async function held(): Promise<Desk> {
  const desk = new Desk();
  desk.directory.people("u", 40);
  await desk.run("sync");
  for (const id of leavers) desk.directory.person(id, { enabled: false });
  expect((await desk.run("sync")).code).toBe(3);
  return desk;
}

async function activeIn(desk: Desk): Promise<readonly string[]> {
  const target = await desk.target();
  const names: string[] = [];
  for await (const each of target.users.list(new AbortController().signal))
    if (each["active"] === true) names.push(String(each["userName"]).slice(0, 5));
  await target.close();
  return names.sort();
}

function digestIn(text: string): string {
  return / --expect ([0-9a-f]{10}) /.exec(text)?.[1] ?? "";
}

const events = async (desk: Desk, event: string) =>
  (await desk.run("log --json")).out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((entry) => entry["event"] === event);

describe("held show", () => {
  test("tells who, what, why, since when, what it costs to wait, and how to answer exactly that", async () => {
    using desk = await held();
    const { code, out } = await desk.run("held show deactivations --limit 2");
    expect(code).toBe(0);
    expect(out).toContain("staff  hold 1  deactivations");
    expect(out).toContain("While these wait: they keep their access at the target, also who really left.");
    expect(out).toContain('- deactivate  u0000@example.com  "u0000"');
    expect(out).toContain("disabled in the directory");
    expect(out).toMatch(/linked to account \S+, created by us .*; wanted since\s+run 2/);
    expect(out).toContain("... 10 more (--limit 0 shows all)");
    expect(out).toMatch(/→ rollcall held approve deactivations --expect [0-9a-f]{10} --reason "\.\.\."/);
    expect(out).toMatch(/→ rollcall held reject deactivations --expect [0-9a-f]{10} --reason "\.\.\."/);
    const json = JSON.parse((await desk.run("held show 1 --json")).out) as { changes: unknown[] };
    expect(json).toMatchObject({ kind: "HeldChanges", connection: "staff", digest: digestIn(out) });
    expect(json.changes).toHaveLength(12);
    expect(json.changes[0]).toMatchObject({
      class: "deactivations",
      label: "u0000@example.com",
      change: { action: "deactivate" },
      scope: { inScope: true },
    });
  });

  test("finds a person by name and an old and a new value, and says what is not held", async () => {
    using desk = await held();
    const { out } = await desk.run("held show u0003@example.com");
    expect(out).toContain("u0003@example.com");
    expect(out).not.toContain("u0004@example.com");
    expect(out).toContain("rollcall held approve --only u0003@example.com --expect");
    const { code, err } = await desk.run("held show u0023@example.com");
    expect(code).toBe(2);
    expect(err).toContain('nothing of "u0023@example.com" is held there');
  });

  test("fits into 80 columns", async () => {
    using desk = await held();
    const { out } = await desk.run("held show deactivations", {
      columns: 80,
      environment: { NO_COLOR: "1" },
    });
    const long = out.split("\n").filter((line) => line.length > 80 && !line.includes("rollcall held"));
    expect(long).toEqual([]);
  });
});

describe("held reject", () => {
  test("keeps a change from being sent, exits 0 afterwards, and is told by plan, status, list and explain", async () => {
    using desk = await held();
    const { code, out } = await desk.run(["held", "reject", "deactivations", "--reason", "wrong export"]);
    expect(code).toBe(0);
    expect(out).toContain(`12 changes of class deactivations rejected by ${whoAmI()}.`);
    expect(await events(desk, "decision")).toHaveLength(12);
    expect((await events(desk, "decision"))[0]).toMatchObject({
      action: "reject deactivations",
      reason: "wrong export",
      actor: whoAmI(),
    });
    const sync = await desk.run("sync");
    expect(sync.code).toBe(0);
    expect(sync.out).toContain("12 changes that a person rejected");
    expect(await activeIn(desk)).toHaveLength(40);
    const plan = await desk.run("plan");
    expect(plan.code).toBe(0);
    expect(plan.out).toContain(`rejected by ${whoAmI()} on 2026-11-01: wrong export`);
    expect((await desk.run("status")).out).toContain("12 changes are rejected");
    expect((await desk.run("held")).out).toContain("12 changes rejected (rollcall held list --rejected)");
    expect((await desk.run("held list --rejected --limit 1")).out).toContain("wrong export");
    const explained = await desk.run("explain u0001@example.com");
    expect(explained.out).toContain(`rejected by ${whoAmI()} on 2026-11-01: wrong export`);
  });

  test("of some people leaves the others waiting, and a later approval of one of them takes it back", async () => {
    using desk = await held();
    const some = ["u0001@example.com", "u0002@example.com"];
    expect((await desk.run(["held", "reject", "--only", ...some, "--reason", "stay"])).code).toBe(0);
    expect((await desk.run("sync")).code).toBe(3);
    expect((await desk.run(["held", "approve", "all", "--reason", "left"])).code).toBe(0);
    expect((await desk.run("sync")).code).toBe(0);
    expect(await activeIn(desk)).toEqual(expect.arrayContaining(["u0001", "u0002"]));
    expect(await activeIn(desk)).toHaveLength(30);
    const back = await desk.run(["held", "approve", "--only", "u0001@example.com", "--reason", "left too"]);
    expect(back.code).toBe(0);
    expect((await desk.run("sync")).out).toContain("1 person deactivated");
    expect(await activeIn(desk)).toHaveLength(29);
    expect((await desk.run("log verify")).code).toBe(0);
  });

  test("of something that no guard limits is taken back by name, without an approval", async () => {
    using desk = new Desk();
    desk.directory.people("u", 3);
    await desk.run("sync");
    desk.directory.person("u0001", { title: "Boss" });
    await desk.run("plan");
    const store = desk.store();
    const [row] = store.people.find("u0001", "user");
    const no = { actor: "ann", reason: "undone", at: desk.clock.now() };
    store.transaction(() =>
      store.holds.reject(
        [{ resource: row?.id ?? 0, class: "changes", bound: boundTo(row ?? { id: 0, desired: null }) }],
        no,
      ),
    );
    store.close();
    expect((await desk.run("sync")).out).toContain("1 change that a person rejected is not sent");
    const { code, out } = await desk.run("held approve --only u0001 --reason fine");
    expect(code).toBe(0);
    expect(out).toContain(`1 change is no longer rejected, by the word of ${whoAmI()}.`);
    expect(await events(desk, "approval")).toEqual([]);
    expect(await events(desk, "decision")).toMatchObject([{ action: "take back reject", reason: "fine" }]);
    expect((await desk.run("sync")).out).toContain("1 person updated");
  });

  test("asks for a reason, and does nothing while somebody works on the connection", async () => {
    using desk = await held();
    expect(await desk.run("held reject deactivations")).toMatchObject({
      code: 2,
      err: expect.stringContaining("a rejection needs a reason") as string,
    });
    expect((await desk.run("held reject --reason x")).err).toContain("say what to reject");
    const lock = desk.lock("staff");
    expect((await desk.run(["held", "reject", "all", "--reason", "x"])).code).toBe(75);
    lock.release();
    expect(await events(desk, "decision")).toEqual([]);
  });
});

describe("an answer to what was shown", () => {
  test("is refused when the list is another one meanwhile, and nothing is written", async () => {
    using desk = await held();
    const digest = digestIn((await desk.run("held show deactivations")).out);
    desk.directory.person("u0020", { enabled: false });
    await desk.run("sync");
    const line = ["held", "approve", "deactivations", "--expect", digest, "--reason", "shop closes"];
    const { code, err } = await desk.run(line);
    expect(code).toBe(1);
    expect(err).toContain(
      "what is held is not what you looked at; now it is 13 changes of class deactivations",
    );
    expect(err).toContain("rollcall held show deactivations");
    expect(await events(desk, "approval")).toEqual([]);
    const again = digestIn((await desk.run("held show deactivations")).out);
    expect((await desk.run(line.map((word) => (word === digest ? again : word)))).code).toBe(0);
  });

  test("that is asked for on a terminal is the answer to the list above the question", async () => {
    using desk = await held();
    const { code, err } = await desk.run("held approve deactivations", {
      columns: 80,
      ask: async () => {
        desk.directory.person("u0020", { enabled: false });
        await desk.run("sync");
        return "shop closes";
      },
    });
    expect(code).toBe(1);
    expect(err).toContain("what is held is not what you looked at");
  });

  test("names one of two who answer to the same name by id", async () => {
    using desk = await held();
    desk.tamper("update resource set label = 'twin' where source_id in ('u0001', 'u0002')");
    const { code, err } = await desk.run("held approve --only twin --reason x");
    expect(code).toBe(2);
    expect(err).toContain("name one by id: u0001 (twin), u0002 (twin)");
    expect((await desk.run("held approve --only u0002 --reason x")).code).toBe(0);
    expect(await events(desk, "approval")).toHaveLength(1);
  });

  test("to a group's name is the answer to its memberships", async () => {
    using desk = new Desk();
    desk.directory.people("u", 12).group("team", leavers).group("other", leavers);
    await desk.run("sync");
    for (const id of leavers.slice(0, 8)) desk.directory.leave("team", id).leave("other", id);
    expect((await desk.run("sync")).code).toBe(3);
    const { code, out } = await desk.run("held approve --only team --reason known");
    expect(code).toBe(0);
    expect(out).toContain("8 changes of class member-removals approved");
    const sync = await desk.run("sync");
    expect(sync.out).toContain("8 memberships removed");
    expect(sync.code).toBe(3);
  });
});

test("where several connections hold the same, one has to be named, or somebody whom only one of them holds", async () => {
  using desk = new Desk();
  desk.configure(
    "targets:\n  second: { type: embedded }\nconnections:\n  staff: { source: people }\n  other: { source: people, target: second }\n",
  );
  desk.directory.people("u", 40);
  await desk.run("sync");
  for (const id of leavers) desk.directory.person(id, { enabled: false });
  await desk.run("sync");
  desk.directory.person("u0030", { enabled: false });
  await desk.run("sync other");
  const { code, err } = await desk.run("held approve deactivations --reason x");
  expect(code).toBe(2);
  expect(err).toContain('several connections hold "deactivations": say which with --connection');
  expect((await desk.run("held show deactivations")).err).toContain("say which with --connection");
  const one = await desk.run("held approve --only u0030 --reason x --json");
  expect(JSON.parse(one.out)).toMatchObject({ kind: "Approval", connection: "other", objects: 1 });
  const shown = await desk.run("held show deactivations --connection staff");
  expect(shown.out).toContain("rollcall held approve deactivations --connection staff --expect");
  expect((await desk.run("held reject all --connection staff --reason x")).code).toBe(0);
  expect(JSON.parse((await desk.run("held --json")).out)).toMatchObject({
    holds: [{ connection: "other", waiting: 12 }],
  });
});

test("a group's members who wait are shown with the group", async () => {
  using desk = new Desk();
  desk.directory.people("u", 12).group("team", leavers, { name: "Team" });
  await desk.run("sync");
  for (const id of leavers.slice(0, 8)) desk.directory.leave("team", id);
  await desk.run("sync");
  const { out } = await desk.run("held show Team", { columns: 80, environment: { NO_COLOR: "1" } });
  expect(out).toContain("* u0000@example.com  leaves the group Team");
  expect(out).toContain("While these wait: they stay members, with the access that this gives.");
  expect(out).toContain("rollcall held approve --only Team --expect");
  expect(await desk.run("held show 7")).toMatchObject({ code: 2 });
});

test("what was approved is listed until it is applied, and told when it expired before", async () => {
  using desk = await held();
  await desk.run(["held", "approve", "deactivations", "--reason", "known"]);
  expect((await desk.run("held")).out).toContain("approved and not applied yet, good until 2026-11-04");
  expect((await desk.run("status")).out).toContain("12 changes of class deactivations");
  desk.clock.pass(73 * 3_600_000);
  expect((await desk.run("held")).out).toContain("an approval expired");
  expect((await desk.run("sync")).code).toBe(3);
  expect((await desk.run("status")).out).toContain("an approval expired");
  const json = JSON.parse((await desk.run("held --json")).out) as { approvals: unknown[] };
  expect(json.approvals).toHaveLength(12);
  expect(json.approvals[0]).toMatchObject({ expired: true, reason: "known", class: "deactivations" });
  await desk.run(["held", "approve", "deactivations", "--reason", "again"]);
  expect((await desk.run("sync")).code).toBe(0);
  expect((await desk.run("held")).out).toBe("Nothing is held.\n");
});
