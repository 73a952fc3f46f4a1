import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { displayWidth } from "../../src/commands/output/table.ts";
import { Desk } from "./desk.ts";

const scope = `    mapping: ./mapping.yaml
    scope:
      users: user.enabled && (user.department == "Sales" || user.department == "IT")
`;

const mapping = `users:
  match: [externalId, userName]
  attributes:
    userName: lower(user.login)
    externalId: user.id
    displayName: { value: user.name, ifEmpty: user.login }
    nickName: { value: user.name, write: onCreate }
    title: user.title
    profileUrl: { value: user.title, write: ifPresent }
    timezone: { value: guid(), write: onCreate }
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager': user.manager
    active: user.enabled
groups:
  match: [displayName]
  attributes:
    displayName: group.name
    externalId: group.id
`;

async function company(): Promise<Desk> {
  const desk = new Desk(scope);
  writeFileSync(join(desk.folder, "mapping.yaml"), mapping);
  for (let n = 0; n < 30; n++)
    desk.directory.person(`u00${String(n).padStart(2, "0")}`, { department: n % 2 === 0 ? "Sales" : "IT" });
  desk.directory
    .person("ann", {
      login: "Ann@example.com",
      name: "Ann Lee",
      title: "Lead",
      department: "IT",
      manager: "boss",
    })
    .person("zoe", { login: "Zoe@example.com", name: "", department: "Sales" })
    .person("boss", { name: "The Boss", department: "Legal" })
    .group("g", ["ann", "zoe", "boss"], { name: "app-all" });
  await desk.run("sync");
  return desk;
}

/** Without the wrapping. */
const flat = (text: string) => text.replaceAll(/\s+/g, " ");

test("the parts of the scope rule say whether they hold and what they read", async () => {
  using desk = await company();
  const { out } = await desk.run("explain ann", { columns: 120, environment: { NO_COLOR: "1" } });
  expect(out).toMatch(/✓ user\.enabled +enabled = true/);
  expect(out).toMatch(/✗ user\.department == "Sales" +department = "IT"/);
  expect(out).toMatch(/✓ user\.department == "IT" +department = "IT"/);
  const coloured = await desk.run("explain ann", { columns: 120, environment: { FORCE_COLOR: "1" } });
  // What decided stands out: the second department, not the first.
  const strong = (text: string) => coloured.out.includes(`\u001b[1m${text}`);
  expect([strong('user.department == "IT"'), strong('user.department == "Sales"')]).toEqual([true, false]);
  const { found } = JSON.parse((await desk.run("explain ann --json")).out);
  expect(found[0].object.scope.parts).toMatchObject([
    { text: "user.enabled", holds: true, decides: true, reads: { enabled: true } },
    { holds: false, decides: false },
    { holds: true, decides: true },
  ]);
});

test("who is not in scope sees which part kept them out", async () => {
  using desk = await company();
  const { out } = await desk.run("explain boss");
  expect(out).toContain("not in scope: user.enabled &&");
  expect(out).toMatch(/✗ user\.department == "IT" +department = "Legal"/);
  expect(out).toContain("there is to be no account");
});

test("a rule that was edited since says what it says now", async () => {
  using desk = await company();
  desk.configure(`connections:\n  staff:\n    source: people\n${scope.replace('"IT"', '"Legal"')}`);
  const out = flat((await desk.run("explain boss")).out);
  expect(out).toContain("the rule was edited since the last cycle; now it says: in scope, user.enabled");
});

test("what is left alone at the target is as it should be, and what chance gave is shown as it was sent", async () => {
  using desk = await company();
  desk.directory.person("ann", { login: "Ann@example.com", name: "Ann Lee", title: null, department: "IT" });
  await desk.run("sync");
  const { out } = await desk.run("explain ann --verbose", { columns: 140, environment: { NO_COLOR: "1" } });
  expect(out).toMatch(/profileUrl +\S+ += +user\.title \(only if present\)/);
  expect(out).toMatch(/timezone +"[0-9a-f-]{36}" += +guid\(\) \(at creation only\)/);
});

test("each row of the mapping says what it read, and where ifEmpty gave the value", async () => {
  using desk = await company();
  const ann = (await desk.run("explain ann", { columns: 140, environment: { NO_COLOR: "1" } })).out;
  expect(ann).toMatch(/userName +"ann@example\.com" += +lower\(user\.login\) +← login = "Ann@example\.com"/);
  expect(ann).toMatch(/nickName +"Ann Lee" += +user\.name \(at creation only\)/);
  // What an attribute alone read is its value.
  expect(ann).toMatch(/title +"Lead" += +user\.title$/m);
  const zoe = (await desk.run("explain zoe", { columns: 140, environment: { NO_COLOR: "1" } })).out;
  expect(zoe).toMatch(
    /displayName +"Zoe@example\.com" += +user\.name \(if empty: user\.login\) \(used: the second\)/,
  );
  const { found } = JSON.parse((await desk.run("explain zoe --json")).out);
  const row = (path: string) => found[0].mapping.find((each: { path: string }) => each.path === path);
  expect(row("displayName")).toMatchObject({ by: "ifEmpty", reads: { name: "", login: "Zoe@example.com" } });
  expect(row("title")).toMatchObject({ by: "nothing", reads: { title: null }, value: null });
});

test("what is held names the hold and the command to see it, and waits for whom is said", async () => {
  using desk = await company();
  for (let n = 0; n < 14; n++)
    desk.directory.person(`u00${String(n).padStart(2, "0")}`, { department: "Legal" });
  await desk.run("sync");
  const { out } = await desk.run("explain u0003");
  expect(flat(out)).toMatch(/waits for a person's word since .*: hold 1, deactivations/);
  expect(out).toContain("rollcall held show u0003@example.com");
  expect(out).toContain("wanted, and waits:");
  expect(out).toMatch(/active +false +≠ true/);
  expect(flat((await desk.run("explain ann")).out)).toContain(
    "manager waits until boss@example.com, who is not in scope now, has an account",
  );
});

test("a group is explained like a person, with who is left out and why", async () => {
  using desk = await company();
  const { code, out } = await desk.run("explain app-all");
  expect(code).toBe(0);
  expect(out).toMatch(/^app-all {2}group/);
  expect(out).toContain("5 members  3 in the directory, 2 wanted at the target, 2 there by our doing");
  expect(out).toContain("boss@example.com: out of scope");
  expect(out).toMatch(/\* add members/);
});

test("who was found nowhere is told where was looked, and who may be meant", async () => {
  using desk = await company();
  desk.configure(
    "targets: { directory: { type: embedded }, other: { type: embedded } }\nconnections:\n  staff: { source: people }\n  later: { source: people, target: other }\n",
  );
  const { code, err } = await desk.run("explain zoey");
  expect(code).toBe(2);
  expect(err).toContain(
    'nobody in the snapshot of staff, later answers to "zoey", did you mean "zoe@example.com"?',
  );
  expect(err).toMatch(/staff: 33 people and 1 group, as of/);
  expect(err).toContain("later: never read its directory");
  expect((await desk.run("explain u00")).err).toContain('did you mean "u0000@example.com"?');
});

test("several who answer to a name are listed with the command for each", async () => {
  using desk = await company();
  desk.directory.person("u0001", { title: "Lead" }).person("u0002", { title: "Lead" });
  await desk.run("sync");
  const { code, err } = await desk.run("explain Lead");
  expect(code).toBe(2);
  expect(err).toContain("3 people answer to that name");
  expect(err).toMatch(/rollcall explain u0001 {3}u0001@example\.com, linked to \S+/);
});

test("one person in two connections is explained twice", async () => {
  using desk = new Desk();
  desk.configure(
    "targets: { directory: { type: embedded }, other: { type: embedded } }\nconnections:\n  staff: { source: people }\n  later: { source: people, target: other }\n",
  );
  desk.directory.person("ann");
  await desk.run("sync");
  const { out } = await desk.run("explain ann");
  expect(out).toMatch(/staff: people[\s\S]*later: people/);
  expect((await desk.run("explain ann --connection later")).out).not.toContain("staff: people");
});

test("at 80 columns no line of an explanation is broken by the window", async () => {
  using desk = await company();
  for (const line of ["explain ann --verbose", "explain zoe", "explain boss", "explain app-all"]) {
    const { out } = await desk.run(line, { columns: 80, environment: { NO_COLOR: "1" } });
    const wide = out.split("\n").filter((each) => displayWidth(each) > 80 && !each.includes("/"));
    expect([line, wide]).toEqual([line, []]);
  }
});
