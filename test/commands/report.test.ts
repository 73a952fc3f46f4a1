import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { csvRecords } from "../../src/commands/output/csv.ts";
import { whoAmI } from "../../src/connection.ts";
import { ItemError } from "../../src/errors.ts";
import { worlds } from "../world.ts";
import { Desk } from "./desk.ts";

const hour = 3_600_000;
const world = worlds();
const terminal = { columns: 80, environment: { NO_COLOR: "1" } };

/** Forty people, some of whom leave in every way there is. */
async function leavers(): Promise<Desk> {
  const desk = new Desk();
  desk.directory.people("u", 40).person("ann").person("bob").group("g", ["ann", "bob"], { name: "app-all" });
  await desk.run("sync");
  desk.clock.pass(hour);
  desk.directory.person("ann", { enabled: false }).remove("u0001").person("bob", { department: "Temp" });
  await desk.run("sync");
  return desk;
}

function json(text: string): { connections: Record<string, unknown>[]; items: Record<string, unknown>[] } {
  return JSON.parse(text) as ReturnType<typeof json>;
}

function table(text: string): Record<string, string>[] {
  const [head, ...rows] = [...csvRecords(text)].map(({ cells }) => cells);
  return rows.map((cells) => Object.fromEntries((head ?? []).map((name, at) => [name, cells[at] ?? ""])));
}

describe("leavers", () => {
  test("who was disabled or deleted is there with the times from our first sight to the target's yes", async () => {
    using desk = await leavers();
    const { code, out } = await desk.run("report leavers", terminal);
    expect(code).toBe(0);
    expect(out).toContain("2 departures; 2 switched off or deleted at the target: median ");
    expect(out).toContain("nobody who left still has access");
    expect(out).toMatch(/\d+ ms +ann@example\.com +2026-11-01 09:00 +done\n +disabled in the directory\n/);
    expect(out).toMatch(/u0001@example\.com .* done\n +deleted in the directory\n/);
    expect(out.split("\n").every((line) => line.length <= 80)).toBe(true);

    const { connections, items } = json((await desk.run("report --json")).out);
    expect(connections).toMatchObject([{ connection: "staff", left: 2, done: 2, waiting: 0 }]);
    expect(items.map((each) => [each["user"], each["state"]])).toEqual(
      expect.arrayContaining([
        ["ann@example.com", "done"],
        ["u0001@example.com", "done"],
      ]),
    );
    const seen = Date.parse(String(items[0]?.["seenAt"]));
    const accepted = Date.parse(String(items[0]?.["acceptedAt"]));
    expect(items[0]?.["tookMs"]).toBe(accepted - seen);
    expect(accepted).toBeGreaterThan(seen);
  });

  test("where the directory tells when it happened, the time counts from there", async () => {
    using desk = new Desk();
    const expires = new Date(desk.clock.time + hour).toISOString();
    desk.directory.people("u", 40).person("ann", { expires });
    await desk.run("sync");
    desk.clock.pass(3 * hour);
    await desk.run("sync");
    const { items } = json((await desk.run("report leavers --json")).out);
    expect(items).toMatchObject([
      { user: "ann@example.com", why: "account expired", directorySaidAt: expires },
    ]);
    expect(Number(items[0]?.["tookMs"])).toBeGreaterThanOrEqual(2 * hour);
  });

  test("who still has access says what it waits for, and comes first", async () => {
    using desk = await leavers();
    for (let n = 2; n < 20; n++)
      desk.directory.person(`u00${String(n).padStart(2, "0")}`, { enabled: false });
    await desk.run("sync");
    desk.clock.pass(5 * hour);
    const { out } = await desk.run("report leavers --limit 1", terminal);
    expect(out).toMatch(/18 people still have access, the first since 5 h/);
    expect(out).toMatch(/5 h +u00\d\d@example\.com .*waits\n/);
    expect(out).toContain("disabled in the directory; waits: held for approval: deactivations");
    expect(out).toContain("... 19 more (--limit 0 shows all)");
    const rows = table((await desk.run("report leavers --csv -")).out);
    expect(rows.map((row) => row["state"])).toEqual([
      ...Array.from({ length: 18 }, () => "waits"),
      "done",
      "done",
    ]);
    expect(rows[0]).toMatchObject({ connection: "staff", waits_for: "held for approval: deactivations" });
  });

  test("who comes back before anything was done lost nothing; who leaves again is there twice", async () => {
    const w = world();
    w.directory.people("u", 40).person("ann");
    await w.sync();
    w.directory.person("ann", { enabled: false });
    await w.plan();
    w.directory.person("ann", { enabled: true });
    await w.sync();
    w.clock.pass(hour);
    w.directory.person("ann", { enabled: false });
    await w.sync();
    const store = w.store();
    const found = [...store.reports.leavers(0, w.clock.now())];
    store.close();
    expect(found.map(({ returnedAt, acceptedAt }) => [returnedAt !== null, acceptedAt !== null])).toEqual([
      [false, true],
      [true, false],
    ]);
  });

  test("a deactivation of the second time is none of the first", async () => {
    const w = world();
    w.directory.people("u", 40).person("ann");
    await w.sync();
    for (const enabled of [false, true, false]) {
      w.clock.pass(hour);
      w.directory.person("ann", { enabled });
      await w.sync();
    }
    const store = w.store();
    const found = [...store.reports.leavers(0, w.clock.now())].toSorted((a, b) => a.seenAt - b.seenAt);
    store.close();
    expect(found).toHaveLength(2);
    for (const { seenAt, acceptedAt } of found) expect((acceptedAt ?? 0) - seenAt).toBeLessThan(hour);
    expect(found[0]?.returnedAt).not.toBeNull();
    expect(found[1]?.returnedAt).toBeNull();
  });

  test("a refused deactivation is named with the refusal, and one that never had an account with that", async () => {
    const w = world();
    w.directory.people("u", 40).person("ann").person("new", { enabled: true });
    w.before = (call) => {
      if (call.method === "create" && w.calls.filter(({ method }) => method === "create").length > 41)
        throw new ItemError("invalid-value", "no");
    };
    await w.sync();
    w.before = (call) => {
      if (call.method === "patch") throw new ItemError("invalid-value", "locked by legal hold");
    };
    w.directory.person("ann", { enabled: false }).person("new", { enabled: false });
    await w.sync();
    const store = w.store();
    const found = new Map([...store.reports.leavers(0, w.clock.now())].map((each) => [each.sourceId, each]));
    store.close();
    expect(found.get("ann")).toMatchObject({ error: "locked by legal hold", appliedIntent: "active" });
    expect(found.get("new")).toMatchObject({ appliedIntent: null, tookMs: null });
  });

  test("somebody whom the first read shows as disabled never left", async () => {
    using desk = new Desk();
    desk.directory.people("u", 40).person("old", { enabled: false });
    await desk.run("sync");
    expect((await desk.run("report leavers")).out).toContain("nobody left");
  });

  test("the look back can be made longer or shorter", async () => {
    using desk = await leavers();
    desk.clock.pass(31 * 24 * hour);
    expect(json((await desk.run("report leavers --json")).out).items).toEqual([]);
    expect(json((await desk.run("report leavers --since 60d --json")).out).items).toHaveLength(2);
    expect((await desk.run("report leavers --since soon")).code).toBe(2);
  });
});

describe("access", () => {
  test("who has an account, since when, by which rule, and in which groups through us", async () => {
    using desk = await leavers();
    const { out } = await desk.run("report access --limit 0", terminal);
    expect(out).toContain("42 accounts, 40 active; 2 memberships of groups; nothing changed by hand");
    expect(out).toMatch(
      / {2}bob@example\.com .*active\n {6}account created since 2026-11-01; in scope: .*\n {6}in app-all \(since 2026-11-01\)\n/,
    );
    expect(out).toMatch(/ann@example\.com .*switched off/);
    expect(out.split("\n").every((line) => line.length <= 80)).toBe(true);
    const rows = table((await desk.run("report access --csv -")).out);
    expect(rows.find((row) => row["user"] === "bob@example.com")).toMatchObject({
      account: "active",
      account_came_by: "created",
      group: "app-all",
      group_source_id: "g",
    });
    expect(rows.find((row) => row["user"] === "u0003@example.com")).toMatchObject({ group: "" });
  });

  test("with --since only what began then or later is there", async () => {
    using desk = await leavers();
    desk.clock.pass(10 * 24 * hour);
    desk.directory.person("eve").join("g", "u0003");
    await desk.run("sync");
    const { items } = json((await desk.run("report access --since 1d --json")).out);
    expect(items.map((each) => each["user"])).toEqual(["eve@example.com", "u0003@example.com"]);
  });

  test("what somebody changed at the target stands beside the account and the membership", async () => {
    const w = world();
    w.directory.people("u", 40).person("ann").group("g", ["ann"], { name: "app-all" });
    await w.sync();
    const target = await w.target();
    const signal = new AbortController().signal;
    const users = await w.users();
    const groups: string[] = [];
    for await (const each of target.groups.list(signal)) groups.push(each.id);
    const id = (name: string) => users.get(name)?.id ?? "";
    await target.users.patch(id("ann@example.com"), [{ op: "replace", path: "active", value: false }], {
      signal,
    });
    await target.groups.changeMembers(
      groups[0] ?? "",
      { add: [id("u0001@example.com")], remove: [] },
      { signal },
    );
    await target.close();
    await w.plan({ reconcile: true });
    const store = w.store();
    const found = [...store.reports.access()];
    store.close();
    expect(found.find((each) => each.sourceId === "ann")?.switchedOff).not.toBeNull();
    const added = found.find((each) => each.sourceId === "u0001");
    expect(added).toMatchObject({ group: "app-all", memberDesired: 0, memberSince: null });
    expect(added?.memberDrifted).not.toBeNull();
  });
});

describe("approvals", () => {
  async function held(): Promise<Desk> {
    const desk = new Desk();
    desk.directory.people("u", 40);
    await desk.run("sync");
    for (let n = 0; n < 12; n++)
      desk.directory.person(`u00${String(n).padStart(2, "0")}`, { enabled: false });
    await desk.run("sync");
    await desk.run(["held", "approve", "deactivations", "--reason", "office closed"]);
    return desk;
  }

  test("a yes is open until it is used, and says what it led to", async () => {
    using desk = await held();
    const open = (await desk.run("report approvals", terminal)).out;
    expect(open).toMatch(
      /approve deactivations {2}12 changes {2}\S+\n {8}"office closed"\n {8}u0000@example\.com, /,
    );
    expect(open).toMatch(/12 of 12 still open until 2026-11-04 08:00/);
    await desk.run("sync");
    const used = (await desk.run("report approvals", terminal)).out;
    expect(used).toMatch(/12 of 12 used: deactivate, 2026-11-01 08:00 in run 3/);
    expect(used.split("\n").every((line) => line.length <= 80)).toBe(true);
    const { connections, items } = json((await desk.run("report approvals --json")).out);
    expect(connections).toMatchObject([{ words: 12, used: 12, open: 0 }]);
    expect(items[0]).toMatchObject({
      actor: whoAmI(),
      action: "approve deactivations",
      label: "u0000@example.com",
      reason: "office closed",
      state: "used",
      ledTo: { action: "deactivate", run: 3 },
    });
  });

  test("a yes that nobody used in time has expired", async () => {
    using desk = await held();
    desk.clock.pass(73 * hour);
    expect((await desk.run("report approvals")).out).toContain("12 of 12 expired without being used");
  });

  test("a removal from a group is told by the call on the group", async () => {
    using desk = new Desk();
    desk.directory.people("u", 40).group("g", ["u0001", "u0002", "u0003", "u0004"], { name: "app-all" });
    await desk.run("sync");
    desk.directory.leave("g", "u0001", "u0002", "u0003");
    await desk.run("sync");
    await desk.run(["held", "approve", "member-removals", "--reason", "moved on"]);
    await desk.run("sync");
    const { items } = json((await desk.run("report approvals --json")).out);
    expect(items).toHaveLength(3);
    expect(items[0]).toMatchObject({ group: "app-all", state: "used", ledTo: { action: "remove members" } });
  });
});

describe("the forms of a report", () => {
  test("a file is written whole, for its owner alone, and takes the place of the one before", async () => {
    using desk = await leavers();
    const file = join(desk.folder, "leavers.csv");
    for (let n = 0; n < 2; n++) {
      const { code, out, err } = await desk.run(["report", "leavers", "--csv", file]);
      expect({ code, out, err }).toEqual({ code: 0, out: "", err: `2 rows written to ${file}\n` });
    }
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(table(desk.read("leavers.csv"))).toHaveLength(2);
    expect(readdirSync(desk.folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("a file that cannot be written is named, and nothing is left behind", async () => {
    using desk = await leavers();
    const file = join(desk.folder, "nowhere", "leavers.csv");
    const { code, err } = await desk.run(["report", "leavers", "--csv", file]);
    expect(code).toBe(2);
    expect(err).toContain(`cannot write ${file}`);
  });

  test("a name that a spreadsheet would calculate, or that hides text, is harmless", async () => {
    using desk = new Desk();
    desk.directory.people("u", 40).person("eve", { login: "=cmd|'/c calc'!A0", name: "Eve\u200bgnp" });
    await desk.run("sync");
    const { out } = await desk.run("report access --csv -");
    expect(out).toContain(`'=cmd|'/c calc'!A0,Eve\\u{200b}gnp,eve,`);
    expect((await desk.run("report access", terminal)).out).not.toContain("\u200b");
  });

  test("two forms at once are refused, and a connection that never ran has nothing to report", async () => {
    using desk = new Desk();
    expect((await desk.run("report leavers --csv - --json")).code).toBe(2);
    const { code, err } = await desk.run("report access");
    expect(code).toBe(0);
    expect(err).toContain("no connection has run yet");
  });
});
