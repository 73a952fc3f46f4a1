import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { Desk } from "./desk.ts";

const policy = "    policy: { existingAccounts: adopt }\n    limits: { neverHoldBelow: 100 }\n";

/** Zora, whose values stand nowhere else, left; Ben stays, and Zora was his manager. */
async function afterZora(): Promise<Desk> {
  const desk = new Desk(policy);
  desk.directory
    .person("zora-7f3a", {
      login: "zora.quill@example.com",
      mail: "zora.quill@example.com",
      name: "Zora Quill",
      title: "Quillmaster",
    })
    .person("ben", { manager: "zora-7f3a", title: "Clerk" })
    .person("zoltan", { name: "Zoltan Quill", title: "Clerk" })
    .group("team", ["zora-7f3a", "ben"]);
  await desk.run("sync");
  desk.directory.person("zora-7f3a", {
    login: "zora.quill@example.com",
    mail: "zora.quill@example.com",
    name: "Zora Quill-Marked",
    title: "Quillmaster",
  });
  await desk.run("sync");
  desk.directory.remove("zora-7f3a");
  await desk.run("sync");
  await desk.run("sync");
  return desk;
}

const marks = ["zora-7f3a", "zora.quill", "zora quill", "quillmaster", "quill-marked"];

/** Where in the state folder one of her values stands, byte by byte. */
function traces(desk: Desk): string[] {
  const folder = join(desk.folder, "state");
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .flatMap((each) => {
      const text = readFileSync(join(each.parentPath, each.name), "latin1").toLowerCase();
      return marks.filter((mark) => text.includes(mark)).map((mark) => `${each.name}: ${mark}`);
    });
}

describe("rollcall forget", () => {
  test("leaves no byte of the person in any file, and the audit trail still verifies", async () => {
    using desk = await afterZora();
    expect(traces(desk).length).toBeGreaterThan(4);
    const plan = JSON.parse((await desk.run("forget zora-7f3a --json")).out) as unknown;
    expect(plan).toMatchObject({ done: false, connections: [{ connection: "staff", scrubbed: false }] });
    const dry = await desk.run("forget zora.quill@example.com");
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.out).toContain("would be forgotten");
    expect(dry.out).toContain("this was a dry run");
    expect(traces(desk).length).toBeGreaterThan(4);

    const { code, out, err } = await desk.run(["forget", "zora-7f3a", "--yes", "--reason", "request 17"]);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toContain("✓ staff: forgotten");
    expect(out).not.toMatch(/zora/i);
    expect(traces(desk)).toEqual([]);

    const verify = await desk.run("log verify");
    expect(verify.code).toBe(0);
    expect(verify.out).toContain("because somebody was forgotten");
    const log = await desk.run("log --limit 0 --verbose");
    expect(log.out).toContain("request 17");
    expect(log.out).not.toMatch(/zora\.|quillmaster/i);
    // That they existed, and that access was taken away, is still told.
    expect(log.out).toMatch(/deactivate +\(forgotten\) +done/);
  });

  test("others are as they were, and nothing is sent because of it", async () => {
    using desk = await afterZora();
    await desk.run(["forget", "zora-7f3a", "--yes", "--reason", "request 17"]);
    const sync = await desk.run("sync --full --reconcile");
    expect(sync.code).toBe(0);
    expect(sync.out).toContain("Nothing changed");
    const ben = await desk.run("explain ben");
    expect(ben.out).toContain("Clerk");
    expect((await desk.run("log --user ben@example.com")).out).toContain("create");
  });

  test("whoever was matched with the account is matched anew, and a retired snapshot loses the person too", async () => {
    using desk = await afterZora();
    const retired = join(desk.folder, "state", "retired");
    mkdirSync(retired);
    desk.tamper("pragma wal_checkpoint(truncate)");
    cpSync(join(desk.folder, "state", "staff.db"), join(retired, "old.20250101T000000.db"));
    desk.tamper(
      "update resource set match_at = 1, match_by = 'userName', match_id = (select target_id from resource where source_id = 'zora-7f3a') where source_id = 'zoltan'",
    );
    const { out } = await desk.run(["forget", "zora-7f3a", "--yes", "--reason", "request 17"]);
    expect(out.replaceAll(/\s+/g, " ")).toContain("old.20250101T000000.db as well");
    expect(traces(desk)).toEqual([]);
    const db = new Database(join(desk.folder, "state", "staff.db"));
    const match = db.prepare("select match_id from resource where source_id = 'zoltan'").pluck().get();
    db.close();
    expect(match).toBeNull();
  });

  test("a namesake gets an account of their own, and a newcomer never gets the number of the one who was forgotten", async () => {
    using desk = await afterZora();
    await desk.run(["forget", "zora-7f3a", "--yes", "--reason", "request 17"]);
    desk.directory.person("other", { login: "zora.quill@example.com", name: "Zora Quill" });
    expect((await desk.run("sync")).code).toBe(0);
    const { out } = await desk.run("log --user zora.quill@example.com");
    expect(out).toContain("create");
    expect(out).not.toContain("deactivate");
  });

  test("refuses whom the directory still has, whose account is on, and whoever is no person", async () => {
    using desk = new Desk(policy.replace("adopt }", "adopt, whenDeleted: keep }"));
    desk.directory.person("ann").person("ben").group("team", ["ann"]);
    await desk.run("sync");
    const present = await desk.run("forget ann --yes --reason x");
    expect(present.code).toBe(2);
    expect(present.err).toContain("the directory still has ann@example.com");
    expect((await desk.run("forget team --yes --reason x")).err).toContain("only people are forgotten");
    desk.directory.remove("ann");
    await desk.run("sync");
    const on = await desk.run("forget ann --yes --reason x");
    expect(on.code).toBe(2);
    expect(on.err).toContain("is on");
    expect((await desk.run("forget nobody --yes --reason x")).code).toBe(2);
  });

  test("a reason that names the person is refused: it would be kept", async () => {
    using desk = await afterZora();
    const { code, err } = await desk.run([
      "forget",
      "zora-7f3a",
      "--yes",
      "--reason",
      "Zora Quill-Marked asked",
    ]);
    expect(code).toBe(2);
    expect(err).toContain("names the person");
    expect(traces(desk).length).toBeGreaterThan(4);
  });

  test("while another process reads the files, it says that bytes are left, and the same command brings it to its end", async () => {
    using desk = await afterZora();
    const reader = new Database(join(desk.folder, "state", "staff.db"));
    reader.exec("begin");
    reader.prepare("select count(*) from audit").get();
    const first = await desk.run(["forget", "zora-7f3a", "--yes", "--reason", "request 17"]);
    expect(first.code).toBe(1);
    expect(first.out).toContain("Another process keeps old pages");
    reader.close();
    const second = await desk.run(["forget", "zora-7f3a", "--yes", "--reason", "request 17", "--json"]);
    expect(second.code).toBe(0);
    expect(JSON.parse(second.out)).toMatchObject({ kind: "Forget", done: true });
    expect(traces(desk)).toEqual([]);
  });
});
