import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { Desk } from "./desk.ts";

interface Validation {
  readonly valid: boolean;
  readonly warnings: readonly { readonly path: string; readonly line: number; readonly message: string }[];
}

async function warningsOf(desk: Desk): Promise<readonly string[]> {
  const { out } = await desk.run("validate --json");
  const { warnings } = JSON.parse(out) as Validation;
  return warnings.map(({ path, message }) => `${path.replace("connections.staff.", "")}: ${message}`);
}

/** A connection with these settings, and one without any to compare with. */
function reconfigure(desk: Desk, settings: string, rest = ""): void {
  desk.configure(`${rest}connections:\n  staff:\n    source: people\n${settings}`);
}

test("a warning stands in the form of a problem, with its frame, and leaves the configuration valid", async () => {
  using desk = new Desk("    limits: { deletions: 100% }");
  const { code, out } = await desk.run("validate");
  expect(code).toBe(0);
  expect(out).toMatch(
    /^.*rollcall\.yaml:\d+:26: warning: connections\.staff\.limits\.deletions: a limit of 100% is none/,
  );
  expect(out).toContain("    limits: { deletions: 100% }\n");
  expect(out).toContain("^^^^");
  expect(out).toMatch(/valid: .*; 1 mapping test passed; 1\s+warning\n$/);
  const strict = await desk.run("validate --strict");
  expect(strict.code).toBe(2);
  expect(strict.out).toContain("1 warning, and --strict takes none");
});

test("a scope that matches nobody, or that most would leave, is told before a cycle finds out", async () => {
  using desk = new Desk();
  for (let n = 0; n < 10; n++) desk.directory.person(`p${n}`, { department: n < 7 ? "Sales" : "IT" });
  await desk.run("sync");
  expect(await warningsOf(desk)).toEqual([]);
  reconfigure(desk, "    scope: { users: 'user.department == \"sales\"' }\n");
  expect(await warningsOf(desk)).toEqual([
    "scope.users: none of the 10 people in the snapshot is in the scope; 10 were",
  ]);
  reconfigure(desk, "    scope: { users: 'user.department == \"IT\"' }\n");
  expect(await warningsOf(desk)).toEqual([
    "scope.users: 7 of the 10 people in the scope would leave it; `rollcall plan --offline staff` shows what becomes of them",
  ]);
  reconfigure(desk, "    scope: { users: 'user.department == \"Sales\"' }\n");
  expect(await warningsOf(desk)).toEqual([]);
});

test("what the mapping would do to the people of the snapshot is told: who fails, who shares a name, what is empty", async () => {
  using desk = new Desk();
  desk.directory.people("p", 25).person("ann", { title: "x" });
  for (let n = 0; n < 25; n++)
    desk.directory.person(`p${String(n).padStart(4, "0")}`, { title: String(n % 5) });
  await desk.run("sync");
  reconfigure(desk, "    mapping: own.yaml\n");
  const own = (rows: string) =>
    writeFileSync(join(desk.folder, "own.yaml"), `extends: default\nusers:\n  attributes:\n${rows}`);
  own("    title: string(int(user.title))\n    nickName: user.mail\n");
  expect(await warningsOf(desk)).toEqual([
    expect.stringMatching(/^nickName: it is empty for each of the 25 people in the scope$/),
    expect.stringMatching(/^mapping: it fails for 1 of 26 people: title: .*own\.yaml:4:12/),
  ]);
  own('    userName: user.title + "@example.com"\n');
  expect(await warningsOf(desk)).toEqual([
    'mapping: 20 people would get a userName that another one gets too, such as "0@example.com": at most one of each can have it',
  ]);
});

test("names that mean nobody are found with one look at everybody, in whatever attribute they stand", async () => {
  using desk = new Desk();
  const names =
    "    protect: { users: [ann@example.com, mail@example.com, nobody@example.com], groups: [Ghosts] }\n    canary: { user: gone }\n";
  desk.directory.person("ann", { mail: "Mail@example.com" }).group("g", []);
  reconfigure(desk, names);
  expect(await warningsOf(desk)).toEqual([]);
  reconfigure(desk, "");
  await desk.run("plan");
  reconfigure(desk, names);
  expect(await warningsOf(desk)).toEqual([
    'protect.users.2: nobody in the snapshot answers to "nobody@example.com"; it only keeps what has that name at the target from being taken over',
    'protect.groups.0: no group in the snapshot answers to "Ghosts"; it only keeps what has that name at the target from being taken over',
    'canary.user: nobody in the snapshot answers to "gone"',
  ]);
});

test("a pilot of nobody, a privileged group that is not pushed, a group that is named by its name", async () => {
  using desk = new Desk(
    "    pilot: { groups: [Pilots] }\n    privilegedGroups: [Admins]\n    scope: { groups: 'group.name == \"Pilots\"', assigned: { groups: [Pilots] } }\n",
  );
  desk.directory.person("ann").group("g-1", [], { name: "Pilots" }).group("g-2", [], { name: "Admins" });
  await desk.run("sync");
  expect(await warningsOf(desk)).toEqual([
    "pilot: nobody in the snapshot is in the pilot: nothing is written for anybody",
    'privilegedGroups.0: the group "Admins" is not in the scope of groups that are pushed: nobody is asked about its members',
    "scope: none of the 1 person in the snapshot is in the scope",
    "scope.groups: single groups are named by name: whoever renames one in the directory takes it out of the scope; compare its id instead",
    'scope.assigned.groups.0: "Pilots" is a name, and names change: a new snapshot takes whatever is called so by then; its id is "g-1"',
  ]);
});

test("accounts are matched by what the target can look up, and by what only one person has", async () => {
  using desk = new Desk();
  const targets =
    "targets:\n  app: { type: scim, baseUrl: 'https://app.example.com/scim', token: { env: T }, quirks: { filter: { user: [userName], group: [displayName] } } }\n";
  reconfigure(desk, "    target: app\n    mapping: own.yaml\n", targets);
  const own = (match: string) =>
    writeFileSync(join(desk.folder, "own.yaml"), `extends: default\nusers: { match: [${match}] }\n`);
  own("externalId, userName, displayName");
  expect(await warningsOf(desk)).toEqual([
    "target: app: the target cannot look accounts up by externalId or displayName (users.match): those that exist are found by userName alone",
    "target: app: the target cannot look groups up by externalId (groups.match): those that exist are found by displayName alone",
    "mapping: people are matched by displayName, which several may share: whoever is found so may be somebody else",
  ]);
  own("externalId");
  expect((await warningsOf(desk))[0]).toBe(
    "target: app: the target cannot look accounts up by externalId (users.match), only by userName: to find those that exist, all of them are read",
  );
});

test("two connections that would have the same people at one target are told, also from two directories", async () => {
  using desk = new Desk();
  desk.configure("connections:\n  staff: { source: people }\n  again: { source: people }\n");
  desk.directory.person("ann").person("bob");
  await desk.run("plan staff");
  await desk.run("plan again");
  expect(await warningsOf(desk)).toContain(
    'connections.again.target: 2 of its people are called as people of "staff" at the target directory, such as "ann@example.com": an account belongs to whichever connection came first',
  );
});

test("a mapping file that no connection uses is named, and other files beside it are not", async () => {
  using desk = new Desk("    mapping: mappings/used.yaml\n");
  mkdirSync(join(desk.folder, "mappings"));
  const write = (name: string, text: string) => writeFileSync(join(desk.folder, "mappings", name), text);
  write("used.yaml", "extends: default\n");
  write("forgotten.yaml", "extends: default\nusers: {}\n");
  write("broken.yaml", "users: [\n");
  write("other.yml", "- 1\n");
  const { out } = await desk.run("validate");
  expect(out).toMatch(/mappings\/forgotten\.yaml:1:1: warning: no connection uses this mapping\n/);
  expect(out.match(/warning: /g)).toHaveLength(1);
  desk.place = relative(process.cwd(), desk.file);
  expect((await desk.run("validate")).out.match(/warning: /g)).toHaveLength(1);
});

test("a cycle that takes longer than the time to the next, and a mapping that reads what nobody asked for", async () => {
  using desk = new Desk("    every: 1m\n    mapping: own.yaml\n");
  writeFileSync(
    join(desk.folder, "own.yaml"),
    "users: { match: [userName], attributes: { userName: user.login } }\ngroups: { match: [displayName], attributes: { displayName: group.name } }\n",
  );
  desk.directory.people("p", 3);
  await desk.run("sync");
  desk.tamper("update run set finished_at = started_at + 300000");
  writeFileSync(join(desk.folder, "own.yaml"), "extends: default\n");
  expect(await warningsOf(desk)).toEqual([
    "every: the last cycle took 5 min, longer than the 1 min to the next one",
    expect.stringContaining(
      "mapping: not checked against the snapshot: nobody asked the directory for user.department",
    ),
  ]);
});

test("a snapshot that cannot be read keeps nobody from checking the file", async () => {
  using desk = new Desk();
  desk.directory.person("ann");
  await desk.run("sync");
  desk.tamper("pragma user_version = 9000");
  const { code, out } = await desk.run("validate");
  expect(code).toBe(0);
  expect(out).toContain("connections.staff: not checked against its snapshot: the state file");
});
