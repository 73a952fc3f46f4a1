import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Desk } from "./desk.ts";

const signal = new AbortController().signal;

async function accounts(desk: Desk): Promise<Record<string, string>> {
  const target = await desk.target();
  const found: Record<string, string> = {};
  for await (const each of target.users.list(signal)) found[String(each["userName"])] = each.id;
  await target.close();
  return found;
}

/** What Rollcall remembers is lost; what the embedded directory holds stays. */
function loseState(desk: Desk): void {
  const state = join(desk.folder, "state");
  for (const end of ["", "-wal", "-shm"]) {
    rmSync(join(state, `staff.db${end}`), { force: true });
    rmSync(join(state, "targets", `directory.db${end}`), { force: true });
  }
}

async function company(): Promise<Desk> {
  const desk = new Desk();
  desk.directory
    .person("ann", { name: "Ann" })
    .person("bob", { manager: "ann" })
    .person("cyd")
    .group("g1", ["ann", "bob"], { name: "Sales" });
  expect((await desk.run("sync")).code).toBe(0);
  return desk;
}

const path = (desk: Desk, name: string) => join(desk.folder, name);

test("after a loss of the state the exported links are imported, and the next sync has nothing to write", async () => {
  using desk = await company();
  const file = path(desk, "links.csv");
  expect((await desk.run(["links", "export", file])).out).toContain("3 people and 1 group");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const before = await accounts(desk);
  loseState(desk);
  expect((await desk.run(["links", "import", file])).err).toContain("has not read its directory yet");
  expect((await desk.run("plan")).code).toBe(3);
  const dry = await desk.run(["links", "import", file]);
  expect(dry).toMatchObject({ code: 0, err: "" });
  expect(dry.out).toContain("3 people and 1 group would be linked");
  const done = await desk.run(["links", "import", file, "--yes", "--reason", "the disk died"]);
  expect(done).toMatchObject({ code: 0, err: "" });
  const sync = await desk.run("sync --json");
  expect(sync.code).toBe(0);
  expect(JSON.parse(sync.out)).toMatchObject({ outcome: "done", applied: {} });
  expect(await accounts(desk)).toEqual(before);
  const again = await desk.run(["links", "import", file]);
  expect(again.out).toContain("4 links stood already");
  expect((await desk.run("log verify")).code).toBe(0);
});

test("an import is all or nothing, and names every problem with its line", async () => {
  using desk = await company();
  const ids = await accounts(desk);
  await desk.run(["links", "export", path(desk, "old.csv")]);
  loseState(desk);
  await desk.run("plan");
  const file = path(desk, "links.csv");
  writeFileSync(
    file,
    [
      "kind,source_id,name,target_id",
      `user,ann,Ann,${ids["ann@example.com"]}`,
      `user,zoe,Zoe,${ids["cyd@example.com"]}`,
      `robot,bob,Bob,${ids["bob@example.com"]}`,
      `user,ann,Ann again,${ids["bob@example.com"]}`,
      "user,bob,,",
      "user,cyd,Cyd,gone",
    ].join("\n"),
  );
  const { code, err } = await desk.run(["links", "import", file, "--yes", "--reason", "x"]);
  expect(code).toBe(2);
  expect(err.split("\n").map((line) => line.replace(file, "f"))).toEqual([
    "f:3: no person zoe in the directory",
    'f:4: kind is "robot": expected user or group',
    "f:5: the same person as in line 2",
    "f:7: directory holds no account gone",
    "4 problems: nothing was imported",
    "  2 of them only because somebody is no longer there: --skip-missing leaves these lines out",
    "",
  ]);
  const store = desk.store();
  expect([...store.bindings.all()]).toEqual([]);
  expect(store.claims.owner("user", ids["ann@example.com"] ?? "")).toBeUndefined();
  store.close();
});

test("people who are gone can be left out, and are listed", async () => {
  using desk = await company();
  const file = path(desk, "links.csv");
  await desk.run(["links", "export", file]);
  loseState(desk);
  desk.directory.remove("cyd");
  await desk.run("plan");
  const line = ["links", "import", file, "--skip-missing", "--yes", "--reason", "x"];
  const { code, out } = await desk.run(line);
  expect(code).toBe(0);
  expect(out).toContain("2 people and 1 group linked");
  expect(out).toContain("line 4: no person cyd in the directory");
});

test("a link of somebody else is not taken over", async () => {
  using desk = await company();
  const ids = await accounts(desk);
  const file = path(desk, "links.csv");
  writeFileSync(file, `source_id,target_id\ncyd,${ids["ann@example.com"]}\n`);
  const { code, err } = await desk.run(["links", "import", file, "--yes", "--reason", "x"]);
  expect(code).toBe(2);
  expect(err).toContain(":2: cyd has account");
  desk.directory.person("dan");
  await desk.run("plan");
  writeFileSync(file, `source_id,target_id\ndan,${ids["ann@example.com"]}\n`);
  const other = await desk.run(["links", "import", file, "--yes", "--reason", "x"]);
  expect(other.err).toContain(`:2: dan cannot have account ${ids["ann@example.com"]}: it belongs to ann`);
});

test("a process that dies between claims and links leaves one owner, and the file can be imported again", async () => {
  using desk = await company();
  const file = path(desk, "links.csv");
  await desk.run(["links", "export", file]);
  const ids = await accounts(desk);
  loseState(desk);
  await desk.run("plan");
  desk.tamper(
    "create trigger dies before insert on audit when new.source_id = 'cyd' begin select raise(abort, 'x'); end;",
  );
  const line = ["links", "import", file, "--yes", "--reason", "x"];
  expect((await desk.run(line)).code).toBe(1);
  const store = desk.store();
  expect([...store.bindings.all()]).toEqual([]);
  expect(store.claims.owner("user", ids["ann@example.com"] ?? "")?.sourceId).toBe("ann");
  store.close();
  desk.tamper("drop trigger dies");
  expect((await desk.run(line)).code).toBe(0);
  expect((await desk.run("sync --json")).out).toContain('"outcome":"done"');
  expect(await accounts(desk)).toEqual(ids);
});

test("names that a spreadsheet would calculate, or a terminal obey, are harmless in the file", async () => {
  using desk = new Desk();
  desk.directory.person("=cmd()", { login: "=1+1@\u200bexample.com" });
  await desk.run("sync");
  const { out } = await desk.run("links export -");
  expect(out.split("\r\n")[1]).toMatch(/^user,'=cmd\(\),'=1\+1@\\u\{200b\}example\.com,/);
});

test("a file that is none is refused in a sentence", async () => {
  using desk = await company();
  expect((await desk.run("links import /no/such/file")).err).toContain("cannot read /no/such/file (ENOENT)");
  const file = path(desk, "f.csv");
  writeFileSync(file, "a,b\n1,2\n");
  expect((await desk.run(["links", "import", file])).err).toContain("source_id and target_id are missing");
  writeFileSync(file, "");
  expect((await desk.run(["links", "import", file])).err).toContain("empty");
  expect((await desk.run("links")).code).toBe(2);
  expect((await desk.run("links export /no/such/folder/f.csv")).err).toContain("cannot write");
});
