import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { Desk } from "./desk.ts";

const policy = "    policy: { existingAccounts: adopt }\n    limits: { neverHoldBelow: 100 }\n";

/** Zora and Mia left. */
async function afterBoth(): Promise<Desk> {
  const desk = new Desk(policy);
  desk.directory
    .person("zora-7f3a", { login: "zora.quill@example.com", name: "Zora Quill" })
    .person("mia-55c1", { login: "mia.marsh@example.com", name: "Mia Marsh" })
    .person("ben-0003", { login: "ben@example.com" });
  await desk.run("sync");
  desk.directory.remove("zora-7f3a");
  desk.directory.remove("mia-55c1");
  await desk.run("sync");
  await desk.run("sync");
  return desk;
}

function change(desk: Desk, file: string, sql: string): void {
  const db = new Database(join(desk.folder, "state", file));
  try {
    db.exec(sql);
  } finally {
    db.close();
  }
}

function accounts(desk: Desk): unknown[] {
  const db = new Database(join(desk.folder, "state", "targets", "directory.directory.db"), {
    readonly: true,
  });
  try {
    return db.prepare("select name from resource where kind = 'user' order by 1").pluck().all();
  } finally {
    db.close();
  }
}

const forgetZora = ["forget", "zora-7f3a", "--yes", "--reason", "request 17"];
const withoutZora = ["ben@example.com", "mia.marsh@example.com"];
const withZora = [...withoutZora, "zora.quill@example.com"];

describe("the account of somebody who is forgotten", () => {
  test.each([
    ["of another connection", "connection = 'other', released_at = null"],
    ["of somebody else", "source_id = 'namesake', released_at = null"],
    ["last another connection's", "connection = 'other', released_at = 5"],
  ])("stays where it is %s: only the link goes", async (_, claim) => {
    using desk = await afterBoth();
    change(desk, "targets/directory.db", `update claim set ${claim} where source_id = 'zora-7f3a'`);
    const dry = await desk.run("forget zora-7f3a");
    expect(dry.out.replaceAll(/\s+/g, " ")).toContain("which belongs to somebody else; only the link goes");
    expect(dry.out).not.toContain("and the account in");
    const { code, out } = await desk.run([...forgetZora, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ done: true, connections: [{ accountDeleted: false }] });
    expect(accounts(desk)).toEqual(withZora);
    expect((await desk.run("explain zora-7f3a")).code).toBe(2);
  });

  test("of whoever is protected stays, and so do they", async () => {
    using desk = await afterBoth();
    const text = desk.read("rollcall.yaml");
    desk.configure(
      `${text.slice(text.indexOf("connections:"))}    protect: { users: [zora.quill@example.com] }\n`,
    );
    const { code, err } = await desk.run(forgetZora);
    expect(code).toBe(2);
    expect(err).toContain('protected: protect.users names "zora.quill@example.com"');
    expect(accounts(desk)).toEqual(withZora);
  });

  test("is deleted with a trace that is there before, and outlives the person", async () => {
    using desk = await afterBoth();
    const file = "targets/directory.directory.db";
    change(
      desk,
      file,
      "create trigger kept before delete on resource begin select raise(abort, 'not now'); end",
    );
    expect((await desk.run(forgetZora)).code).not.toBe(0);
    expect(accounts(desk)).toEqual(withZora);
    expect((await desk.run("log --user zora-7f3a")).out).toMatch(/delete +zora\.quill@example\.com +failed/);

    change(desk, file, "drop trigger kept");
    expect((await desk.run(forgetZora)).code).toBe(0);
    expect(accounts(desk)).toEqual(withoutZora);
    const { out } = await desk.run("log --limit 0 --json");
    const events = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { action: string; outcome: string; after: unknown });
    expect(events.filter(({ action }) => action === "delete").map(({ outcome }) => outcome)).toEqual([
      "failed",
      "done",
    ]);
    expect(events.at(-1)).toMatchObject({ action: "forget", after: { accountDeleted: true } });
    expect((await desk.run("log verify")).code).toBe(0);
  });
});

test("a word about somebody who was forgotten may name one who is forgotten later: the trail verifies", async () => {
  using desk = await afterBoth();
  await desk.run(["forget", "zora-7f3a", "--yes", "--reason", "mia.marsh@example.com asked for it"]);
  expect((await desk.run(["forget", "mia-55c1", "--yes", "--reason", "request 18"])).code).toBe(0);
  const verify = await desk.run("log verify");
  expect(verify).toMatchObject({ code: 0 });
  const log = await desk.run("log --limit 0 --verbose");
  expect(log.out).not.toMatch(/mia\.marsh/);
  expect(log.out.match(/forget /g)).toHaveLength(2);
});
