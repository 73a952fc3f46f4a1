import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { Desk } from "./desk.ts";

const policy = "    policy: { existingAccounts: adopt }\n    limits: { neverHoldBelow: 100 }\n";

/** Lee left; of those who stay one is called alike, and one had Lee as manager. */
async function afterLee(): Promise<Desk> {
  const desk = new Desk(policy);
  desk.directory
    .person("lee-0001", { login: "lee@example.com", mail: "lee@example.com", name: "Ann Lee" })
    .person("mary-0002", {
      login: "ann.lee@example.com",
      mail: "ann.lee@example.com",
      name: "Mary Ann Lee",
      title: "beside lee@example.com",
    })
    .person("ben-0003", { login: "ben@example.com" });
  await desk.run("sync");
  desk.directory.remove("lee-0001");
  await desk.run("sync");
  await desk.run("sync");
  return desk;
}

function ask(desk: Desk, sql: string): unknown[] {
  const db = new Database(join(desk.folder, "state", "staff.db"), { readonly: true });
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

const others =
  "select r.source_id, r.target_id, r.label, w.record, w.body, w.on_create, w.applied from resource r join wide w on w.id = r.id where r.source_id <> 'lee-0001' order by r.id";
const forgetLee = ["forget", "lee-0001", "--yes", "--reason", "request 17"];

describe("rollcall forget and everybody else", () => {
  test("names, logins and addresses of others stay as they are, where one contains the other or speaks of it", async () => {
    using desk = await afterLee();
    const before = ask(desk, others);
    const events = (await desk.run("log --user mary-0002 --json")).out;
    expect((await desk.run(forgetLee)).code).toBe(0);
    expect(ask(desk, others)).toEqual(before);
    expect((await desk.run("log --user mary-0002 --json")).out).toEqual(events);
    expect(ask(desk, "select 1 from cursor")).toHaveLength(1);
    const sync = await desk.run("sync --full --reconcile");
    expect(sync).toMatchObject({ code: 0 });
    expect(sync.out).toContain("Nothing changed");
  });

  test("whose record named the person is read again before anything is made of it", async () => {
    using desk = await afterLee();
    desk.tamper(
      "update wide set record = json_set(record, '$.manager', 'lee-0001', '$.title', 'lee-0001 and others') where id = (select id from resource where source_id = 'ben-0003')",
    );
    expect((await desk.run(forgetLee)).code).toBe(0);
    const record =
      "select record ->> 'manager' as manager, record ->> 'title' as title from wide w join resource r on r.id = w.id where source_id = 'ben-0003'";
    expect(ask(desk, record)).toEqual([{ manager: "forgotten", title: "lee-0001 and others" }]);
    expect(ask(desk, "select 1 from cursor")).toEqual([]);
    expect((await desk.run("sync --reconcile")).out).toContain("Nothing changed");
    expect(ask(desk, record)).toEqual([{ manager: null, title: null }]);
  });

  test("what another's account is to hold is not changed, so that nothing of it is sent", async () => {
    using desk = await afterLee();
    desk.tamper(
      "update wide set body = json_set(body, '$.title', 'lee-0001'), applied = json_set(applied, '$.title', 'lee-0001') where id = (select id from resource where source_id = 'ben-0003')",
    );
    const before = ask(desk, others);
    expect((await desk.run(forgetLee)).code).toBe(0);
    expect(ask(desk, others)).toEqual(before);
  });

  test("messages of others lose the person, and nobody whose address or name is a longer one", async () => {
    using desk = await afterLee();
    const message =
      "lee@example.com is taken, ann.lee@example.com and lee@example.com.au are not; see 'lee-0001' or lee@example.com. It is lee@example.com's";
    desk.tamper(
      `update resource set error = '${message.replaceAll("'", "''")}' where source_id = 'ben-0003'`,
    );
    expect((await desk.run(forgetLee)).code).toBe(0);
    expect(ask(desk, "select error from resource where source_id = 'ben-0003'")).toEqual([
      {
        error:
          "forgotten is taken, ann.lee@example.com and lee@example.com.au are not; see 'forgotten' or forgotten. It is forgotten's",
      },
    ]);
  });
});
