import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Desk } from "./desk.ts";

function deskWith(mapping: string, connection = ""): Desk {
  const desk = new Desk(`    mapping: own.yaml\n${connection}`);
  edit(desk, mapping);
  return desk;
}

function edit(desk: Desk, rows: string): void {
  writeFileSync(join(desk.folder, "own.yaml"), `extends: default\nusers:\n  attributes:\n${rows}`);
}

/** Replaces what the connection says below its source. */
function reconfigure(desk: Desk, connection: string): void {
  const text = readFileSync(desk.file, "utf8");
  const head = text.slice(0, text.indexOf("    mapping: own.yaml"));
  writeFileSync(desk.file, `${head}    mapping: own.yaml\n${connection}`);
}

const title = "    title: user.title\n";

/** Every file of the state folder, with what is in it. */
function stateOf(desk: Desk): Record<string, string> {
  const folder = join(desk.folder, "state");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [
      name,
      createHash("sha256")
        .update(readFileSync(join(parentPath, name)))
        .digest("hex"),
    ]),
  );
}

test("an edit of the mapping is told by its impact first, then by examples with old and new", async () => {
  using desk = deskWith(title);
  desk.directory
    .people("u", 30)
    .person("ann", { title: "engineer", department: "IT" })
    .person("bob", { title: "LEAD", department: "HR" });
  await desk.run("sync");
  edit(
    desk,
    "    title: upper(user.title)\n    urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department: null\n",
  );
  const { code, out, err } = await desk.run("plan --offline");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("32 people, as read just now; nobody was asked, nothing is written");
  const [, , , sentence] = out.split("\n");
  expect(sentence).toBe("This edit changes title of 1.");
  expect(out).toMatch(/~ update +ann@example\.com\n +title +"engineer" → "ENGINEER" +upper\(user\.title\)/);
  expect(out).toContain("In all, `rollcall sync staff` would update 1 of 32 people, and whatever");
});

test("what a limit holds is held there too: it exits 3 as the sync would, and names no hold that is not there", async () => {
  using desk = deskWith(title);
  desk.directory.people("u", 40);
  await desk.run("sync");
  edit(desk, `${title}    userName: user.id + "@new.example.com"\n`);
  const { code, out } = await desk.run("plan --offline");
  expect(code).toBe(3);
  expect(out).toContain("This edit renames 40 people.");
  expect(out).toContain("... 35 more: rename (--limit 0 shows all)");
  expect(out).toMatch(/held +the edit of the configuration gives another name/);
  expect(out).not.toContain("rollcall held approve");
  expect((await desk.run("plan")).code).toBe(3);
});

test("an edit of the scope names whom it switches off, and how many of how many", async () => {
  using desk = deskWith(title);
  desk.directory.people("u", 30);
  for (let n = 0; n < 4; n++) desk.directory.person(`x${n}`, { department: "Temp" });
  await desk.run("sync");
  reconfigure(desk, `    scope: { users: 'user.department != "Temp"' }\n`);
  const { code, out } = await desk.run("plan --offline");
  expect(code).toBe(3);
  expect(out).toContain("This edit deactivates 4 of 34 people.");
  expect(out).toMatch(/- deactivate +x0@example\.com\n +out of scope/);
  const json = JSON.parse((await desk.run("plan --offline --json")).out) as Record<string, unknown>;
  expect(json).toMatchObject({
    kind: "OfflinePlan",
    offline: true,
    edit: { users: { deactivate: 4 }, groups: {}, memberships: { added: 0, ended: 0, groups: 0 } },
    plan: { actions: { deactivate: 4 } },
  });
  expect(json["items"]).toHaveLength(4);
});

test("who has no account yet is created or adopted: nobody looked", async () => {
  using desk = deskWith(title, `    scope: { users: 'user.department == "IT"' }\n`);
  desk.directory.person("ann", { department: "IT" }).person("bob", { department: "HR" });
  await desk.run("sync");
  reconfigure(desk, `    scope: { users: 'user.department in ["IT", "HR"]' }\n`);
  const { code, out } = await desk.run("plan --offline");
  expect(code).toBe(0);
  expect(out).toContain("This edit creates or adopts 1 person.");
  expect(out).toContain("+ create or adopt  bob@example.com");
  expect(out).toContain("would create or adopt 1 of 2 people");
});

test("nothing is written, neither into the snapshot nor beside it, and neither directory nor target is asked", async () => {
  using desk = deskWith(title);
  desk.directory.person("ann", { title: "a" }).group("g", ["ann"]);
  await desk.run("sync");
  const before = stateOf(desk);
  const polls = desk.directory.polls.length;
  edit(desk, "    title: upper(user.title)\n");
  expect((await desk.run("plan --offline")).out).toContain("changes title of 1");
  expect(stateOf(desk)).toEqual(before);
  expect(desk.directory.polls.length).toBe(polls);
});

test("a mapping that reads what nobody asked for is refused by the names of the attributes", async () => {
  using desk = deskWith(title);
  writeFileSync(
    join(desk.folder, "own.yaml"),
    "users:\n  match: [userName]\n  attributes: { userName: user.login }\ngroups:\n  match: [displayName]\n  attributes: { displayName: group.name }\n",
  );
  desk.directory.person("ann", { title: "a" });
  await desk.run("sync");
  edit(desk, `${title}    nickName: user.mail\n`);
  const { code, err } = await desk.run("plan --offline");
  expect(code).toBe(2);
  expect(err).toContain("the mapping reads what the snapshot does not hold: user.department, user.enabled, ");
  expect(err).toContain("user.mail");
  expect(err).toContain("rollcall plan staff");
});

test("a mapping that reads less than before is judged from what there is", async () => {
  using desk = deskWith(title);
  desk.directory.person("ann", { title: "a", mail: "ann@example.com" });
  await desk.run("sync");
  edit(desk, "    title: null\n    'emails[type eq \"work\"].value': user.login\n");
  const { code, out } = await desk.run("plan --offline");
  expect(code).toBe(0);
  expect(desk.directory.polls).toEqual(["full"]);
  expect(out).toContain("changes nothing");
});

test("it takes no lock: while a sync works, it tells what was committed", async () => {
  using desk = deskWith(title);
  desk.directory.person("ann", { title: "a" });
  await desk.run("sync");
  edit(desk, "    title: upper(user.title)\n");
  const lock = desk.lock("staff");
  const writer = desk.store();
  const { out } = writer.transaction(() => ({ out: desk.run("plan --offline") }));
  try {
    expect((await out).code).toBe(0);
    expect((await out).out).toContain("changes title of 1");
  } finally {
    writer.close();
    lock.release();
  }
});

test("a group that is not pushed any more is let be, and members who leave by the edit are counted", async () => {
  using desk = deskWith(title);
  desk.directory
    .people("u", 20)
    .group("inner", ["u0001"])
    .group("team", ["u0002", "inner"])
    .group("old", ["u0003"]);
  await desk.run("sync");
  reconfigure(
    desk,
    `    scope: { groups: 'group.name != "old"' }\n    policy: { groups: { nested: direct } }\n`,
  );
  const { out } = await desk.run("plan --offline");
  expect(out).toContain("This edit no longer looks after 1 group and ends 1 membership.");
  expect(out).toMatch(/\. let be {2}old {2}group\n +out of scope/);
});

test("what fails by the edit is said with the row that fails", async () => {
  using desk = deskWith(title);
  desk.directory.person("ann", { title: "seven" }).person("bob", { title: "7" });
  await desk.run("sync");
  edit(desk, "    title: string(int(user.title) + 1)\n");
  const { out } = await desk.run("plan --offline");
  expect(out).toMatch(/This edit can no longer be worked out for 1 person and changes title of 1\./);
  expect(out).toMatch(/! fail {2}ann@example\.com\n +title: /);
});

test("what time alone does is not told as the edit's doing", async () => {
  using desk = deskWith(title);
  const soon = new Date(desk.clock.now() + 3_600_000).toISOString();
  desk.directory.person("ann", { title: "a", expires: soon }).people("u", 5);
  await desk.run("sync");
  desk.clock.pass(2 * 3_600_000);
  edit(desk, "    title: upper(user.title)\n");
  const { out } = await desk.run("plan --offline");
  expect(out).toContain("The configuration changes nothing for anybody");
  expect(out).toContain("would deactivate 1 of 6 people");
});

test("whose time has come is told all the same where the edit alone would take them away", async () => {
  using desk = deskWith(title);
  const soon = new Date(desk.clock.now() + 3_600_000).toISOString();
  desk.directory.person("ann", { title: "a", expires: soon }).person("bob", { expires: soon }).people("u", 5);
  await desk.run("sync");
  desk.clock.pass(2 * 3_600_000);
  reconfigure(desk, "    scope:\n      users: user.title != 'a'\n");
  const scoped = await desk.run("plan --offline");
  expect(scoped.out).toContain("This edit deactivates 1 of 7 people");
  expect(scoped.out).toMatch(/deactivate +ann@example\.com/);
  expect(scoped.out).not.toContain("bob@example.com");
  reconfigure(
    desk,
    "    policy:\n      whenOutOfScope: delete\n    scope:\n      users: user.title != 'a'\n",
  );
  expect((await desk.run("plan --offline")).out).toContain("This edit deletes 1 of 7 people");
});

test("the pilot and groups that are named are found in the snapshot, or it is said that they are not", async () => {
  using desk = deskWith(title);
  desk.directory.person("ann").person("bob").group("pilots", ["ann"]);
  await desk.run("sync");
  reconfigure(desk, "    pilot: { groups: [pilots] }\n");
  const { out } = await desk.run("plan --offline");
  expect(out).toContain("This edit takes 1 person out of the pilot");
  reconfigure(desk, "    pilot: { groups: [pilot] }\n");
  const missing = await desk.run("plan --offline");
  expect(missing.code).toBe(2);
  expect(missing.err).toContain('there is no group "pilot"');
  reconfigure(desk, "    scope: { assigned: { app: some-app } }\n");
  const app = await desk.run("plan --offline");
  expect(app.code).toBe(2);
  expect(app.err).toContain("who is assigned to the application some-app does not stand in the snapshot");
});

test("assigned people are known from the snapshot as long as the rule is the same", async () => {
  using desk = deskWith(title, "    scope: { assigned: { app: ann } }\n");
  desk.directory.person("ann", { title: "a" }).person("bob", { title: "b" });
  await desk.run("sync");
  edit(desk, "    title: upper(user.title)\n");
  const { code, out } = await desk.run("plan --offline");
  expect({ code }).toEqual({ code: 0 });
  expect(out).toContain("This edit changes title of 1.");
});

test("without a snapshot there is nothing to judge, and options that ask somebody are refused", async () => {
  using desk = deskWith(title);
  const never = await desk.run("plan --offline");
  expect(never.code).toBe(2);
  expect(never.err).toContain("staff never ran: there is no snapshot to work from");
  expect(existsSync(join(desk.folder, "state", "staff.db"))).toBe(false);
  const both = await desk.run("plan --offline --full");
  expect(both.code).toBe(2);
  expect(both.err).toContain("--full asks the directory or the target: it does not go with --offline");
});

test("on 80 columns no line is longer", async () => {
  using desk = deskWith(title);
  desk.directory.people("u", 40);
  await desk.run("sync");
  edit(desk, `${title}    userName: user.id + "@a.very.long.domain.name.that.goes.on.example.com"\n`);
  const { out } = await desk.run("plan --offline", { columns: 80, environment: { NO_COLOR: "1" } });
  expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("a JSON document that is longer than a pipe holds is whole", async () => {
  using desk = deskWith(title);
  desk.directory.people("u", 600);
  await desk.run("sync");
  edit(desk, `${title}    nickName: user.id\n`);
  const { out } = await desk.run("plan --offline --json");
  expect(out.length).toBeGreaterThan(100_000);
  expect((JSON.parse(out) as { items: unknown[] }).items).toHaveLength(600);
});
