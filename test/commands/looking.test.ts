import { describe, expect, test } from "vitest";
import { Desk } from "./desk.ts";

/** A company with a disabled person, a hostile name, one whom the mapping cannot map, and something held. */
async function lived(): Promise<Desk> {
  const desk = new Desk();
  desk.directory
    .people("u", 30)
    .person("ann", { name: "Ann Lee", title: "Engineer", manager: "u0000" })
    .person("eve", { name: "Eve\u202e\u200bgnp", title: "x\u2028y" })
    .group("g", ["ann", "eve"], { name: "app-all" });
  await desk.run("sync");
  desk.clock.pass(3_600_000);
  desk.directory
    .person("ann", { title: "Lead" })
    .person("eve", { login: "" })
    .person("u0001", { enabled: false });
  await desk.run("sync");
  return desk;
}

describe("status", () => {
  test("a connection that never ran says so, and what to type", async () => {
    using desk = new Desk();
    const { code, out } = await desk.run("status");
    expect(code).toBe(0);
    expect(out).toMatch(/staff +never run/);
    expect(out).toContain("rollcall test staff");
  });

  test("it shows counts, who is failing and why, and the next command", async () => {
    using desk = await lived();
    const { code, out } = await desk.run("status");
    expect(code).toBe(0);
    expect(out).toMatch(/staff +failing +just now +31\/32 +1\/1 +0 +0 +1/);
    expect(out).toContain("the mapping fails: userName");
    expect(out).toContain("rollcall log staff --failed");
  });

  test("as JSON it has times in UTC and every number", async () => {
    using desk = await lived();
    const { out } = await desk.run("status --json");
    expect(JSON.parse(out)).toMatchObject({
      version: 1,
      kind: "Status",
      connections: [
        {
          connection: "staff",
          state: "failing",
          users: { present: 32, managedActive: 31 },
          failing: 1,
          held: 0,
          quarantine: null,
          lastRun: { outcome: "failing", purpose: "sync" },
        },
      ],
    });
    expect(out).toMatch(/"finishedAt":"2026-11-01T\d\d:\d\d:\d\d/);
  });

  test("a test of the connection does not count as its last run", async () => {
    using desk = await lived();
    const before = JSON.parse((await desk.run("status --json")).out) as {
      connections: { lastRun: { id: number } }[];
    };
    await desk.run("test");
    const after = JSON.parse((await desk.run("status --json")).out) as {
      connections: { lastRun: { id: number } }[];
    };
    expect(after.connections[0]?.lastRun.id).toBe(before.connections[0]?.lastRun.id);
  });
});

describe("explain", () => {
  test("it tells one person from the record to what comes next", async () => {
    using desk = await lived();
    const { code, out } = await desk.run("explain ann@example.com");
    expect(code).toBe(0);
    expect(out).toMatch(/^Ann Lee {2}ann@example\.com/);
    expect(out).toMatch(/1 import +in the directory, id ann/);
    expect(out).toMatch(/2 scope +in scope: no scope rule/);
    expect(out).toMatch(/3 match +linked to account \S+, created by us 1 h ago/);
    expect(out).toMatch(/title +"Lead" += +user\.title/);
    expect(out).toMatch(/manager +u0000@example\.com += +user\.manager/);
    expect(out).toMatch(/5 groups +app-all/);
    expect(out).toMatch(/6 next +nothing: everything is as it should be/);
    expect(out).toMatch(/~ update +done\n.*title +"Engineer" → "Lead"/);
  });

  test("a value that waits shows what the target has, and the plan for it", async () => {
    using desk = await lived();
    desk.directory.person("ann", { title: "Boss" });
    await desk.run("plan");
    const { out } = await desk.run("explain ann@example.com");
    expect(out).toMatch(/title +"Boss" +≠ "Lead" +user\.title/);
    expect(out).toMatch(/6 next +the next sync would do this:\n +~ update/);
  });

  test("nothing in a hostile record reaches the terminal raw", async () => {
    using desk = await lived();
    for (const line of [
      "explain eve --verbose",
      "log --user eve",
      "log --verbose",
      "plan --verbose",
      "status --verbose",
    ]) {
      const { out } = await desk.run(line);
      expect(out.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }
    expect((await desk.run("explain eve")).out).toContain("\\u{202e}");
  });

  test("a disabled person is explained by the reason", async () => {
    using desk = await lived();
    const { out } = await desk.run("explain u0001@example.com");
    expect(out).toContain("the account is to be inactive, disabled in the directory");
    expect(out).toMatch(/- deactivate +done/);
  });

  test("nobody, or several people, is an error that says how to go on", async () => {
    using desk = await lived();
    const nobody = await desk.run("explain nobody@example.com");
    expect(nobody.code).toBe(2);
    expect(nobody.err).toContain("staff: 32 people and 1 group, as of");
    expect(nobody.err).toContain("rollcall plan staff --user nobody@example.com");
    expect((await desk.run("explain anne@example.com")).err).toContain('did you mean "ann@example.com"?');
    const several = await desk.run("explain Lead");
    expect(several.code).toBe(0);
    desk.directory.person("u0002", { title: "Lead" });
    await desk.run("sync");
    const two = await desk.run("explain Lead");
    expect(two.code).toBe(2);
    expect(two.err).toContain("2 people answer to that name");
  });

  test("as JSON it has values before and after", async () => {
    using desk = await lived();
    const { found } = JSON.parse((await desk.run("explain ann --json")).out) as {
      found: Record<string, unknown>[];
    };
    expect(found[0]).toMatchObject({
      connection: "staff",
      object: { sourceId: "ann", scope: { inScope: true }, account: { origin: "created" }, failing: null },
      groups: [{ label: "app-all", desired: true, applied: true }],
      next: [],
    });
    expect(found[0]?.["history"]).toContainEqual(
      expect.objectContaining({
        action: "update",
        outcome: "done",
        before: expect.objectContaining({ title: "Engineer" }),
        after: expect.objectContaining({ title: "Lead" }),
      }),
    );
  });
});

describe("log", () => {
  test("there is a line for each attempt, oldest first, and one JSON document each", async () => {
    using desk = await lived();
    const { code, out } = await desk.run("log --since 30m");
    expect(code).toBe(0);
    expect(out.trimEnd().split("\n")).toHaveLength(2);
    expect(out).toMatch(
      /run 2 +- deactivate +u0001@example\.com +done\n.*run 2 +~ update +ann@example\.com +done/,
    );
    const entries = (await desk.run("log --since 30m --json")).out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    expect(entries).toMatchObject([
      {
        kind: "LogEntry",
        object: "user",
        connection: "staff",
        run: 2,
        action: "deactivate",
        outcome: "done",
        before: { active: true },
        after: { active: false },
      },
      { action: "update" },
    ]);
  });

  test("--user shows values before and after, --run one run, --limit the newest", async () => {
    using desk = await lived();
    expect((await desk.run("log --user ann")).out).toContain('"Engineer" → "Lead"');
    expect((await desk.run("log --run 2")).out.match(/run 2/g)).toHaveLength(2);
    const newest = await desk.run("log --limit 1");
    expect(newest.out).toContain("the newest 1 are shown");
    expect(newest.out.match(/run \d+/g)).toHaveLength(1);
  });

  test("--failed shows what the target refused and its sentence", async () => {
    using desk = await lived();
    expect(await desk.run("log --failed")).toMatchObject({
      code: 0,
      out: "",
      err: "nothing in the log answers to that\n",
    });
    desk.store().close();
    const target = await desk.target();
    await target.users.create({ userName: "taken@example.com" }, { signal: new AbortController().signal });
    await target.close();
    desk.directory.person("ann", { login: "taken@example.com" });
    const sync = await desk.run("sync");
    expect(sync.code).toBe(4);
    expect(sync.out).toContain("taken@example.com, rename:");
    const failed = await desk.run("log --failed");
    expect(failed.out).toMatch(/» rename +taken@example\.com +failed \(409\)\n +\S/);
  });

  test("verify finds an entry that somebody changed, and exits 1", async () => {
    using desk = await lived();
    expect(await desk.run("log verify")).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^✓ staff: the audit trail is whole: \d+ events from number 1 of /),
    });
    desk.tamper("drop trigger audit_is_never_changed; update audit set reason = 'another' where seq = 3;");
    const { code, out } = await desk.run("log verify");
    expect(code).toBe(1);
    expect(out).toContain("entry 3 does not fit");
    expect(JSON.parse((await desk.run("log verify --json")).out)).toMatchObject({
      kind: "LogVerification",
      holds: false,
    });
  });
});
