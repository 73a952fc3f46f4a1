import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { whoAmI } from "../../src/connection.ts";
import { TransientError } from "../../src/errors.ts";
import { Desk } from "./desk.ts";

const signal = new AbortController().signal;

/** Somebody made accounts by hand before Rollcall came; their names are nothing like those of the directory. */
async function oldAccounts(desk: Desk, ...accounts: readonly Record<string, unknown>[]): Promise<string[]> {
  const target = await desk.target();
  const ids: string[] = [];
  for (const each of accounts) ids.push((await target.users.create(each as never, { signal })).id);
  await target.close();
  return ids;
}

async function account(desk: Desk, id: string) {
  const target = await desk.target();
  const found = await target.users.get(id, signal);
  await target.close();
  return found;
}

function owner(desk: Desk, id: string) {
  const store = desk.store();
  try {
    return store.claims.owner("user", id);
  } finally {
    store.close();
  }
}

test("a link is shown first, with what the next sync would do, and writes nothing without --yes", async () => {
  using desk = new Desk();
  desk.directory.person("ann", { name: "Ann Lee" });
  const [id = ""] = await oldAccounts(desk, { userName: "alee", displayName: "A. Lee", active: true });
  const dry = await desk.run("link ann@example.com alee", { columns: 80, environment: { NO_COLOR: "1" } });
  expect(dry).toMatchObject({ code: 0, err: "" });
  expect(dry.out).toContain(id);
  expect(dry.out).toMatch(/» rename +ann@example.com/);
  expect(dry.out).toMatch(/userName +"alee" → "ann@example.com"/);
  expect(dry.out).toContain("add: --yes");
  expect(dry.out.split("\n").every((line) => line.length <= 80)).toBe(true);
  expect(owner(desk, id)).toBeUndefined();
  expect((await desk.run("log --json")).out).not.toContain('"link"');
});

test("a link by hand makes the old account the person's: the next sync changes it and creates none", async () => {
  using desk = new Desk();
  desk.directory.person("ann", { name: "Ann Lee" }).person("bob");
  const [id = ""] = await oldAccounts(desk, { userName: "alee", displayName: "A. Lee", active: true });
  expect(await desk.run("link ann alee --yes")).toMatchObject({ code: 2 });
  const linked = await desk.run(["link", "ann", id, "--yes", "--reason", "same person, says HR", "--json"]);
  expect(linked.code).toBe(0);
  expect(JSON.parse(linked.out)).toMatchObject({
    kind: "Link",
    done: true,
    object: { kind: "user", sourceId: "ann" },
    account: { id, name: "alee" },
    next: [{ action: "rename", targetId: id }],
  });
  expect(owner(desk, id)).toEqual({ connection: "staff", sourceId: "ann" });
  const sync = await desk.run("sync");
  expect(sync.code).toBe(0);
  expect(sync.out).toContain("1 person renamed");
  expect(sync.out).toContain("1 person created");
  expect(await account(desk, id)).toMatchObject({ userName: "ann@example.com", externalId: "ann" });
  const log = (await desk.run("log --user ann --json")).out;
  expect(log).toContain('"action":"link"');
  expect(log).toContain("same person, says HR");
  expect(log).toContain(whoAmI());
  expect((await desk.run("log verify")).code).toBe(0);
  expect((await desk.run("sync")).out).toContain("0 writes");
});

test("the external id of another system stays", async () => {
  using desk = new Desk();
  desk.directory.person("ann");
  const [id = ""] = await oldAccounts(desk, { userName: "alee", externalId: "HR-7", active: true });
  await desk.run(["link", "ann", "alee", "--yes", "--reason", "x"]);
  expect((await desk.run("sync")).code).toBe(0);
  expect(await account(desk, id)).toMatchObject({ userName: "ann@example.com", externalId: "HR-7" });
});

test("the external id of another system is replaced where the policy says so", async () => {
  using desk = new Desk("    policy: { rewriteExternalId: true }\n");
  desk.directory.person("ann");
  const [id = ""] = await oldAccounts(desk, { userName: "alee", externalId: "HR-7", active: true });
  await desk.run(["link", "ann", "alee", "--yes", "--reason", "x"]);
  expect((await desk.run("sync")).code).toBe(0);
  expect(await account(desk, id)).toMatchObject({ externalId: "ann" });
});

test("an account that was switched off is linked and not switched on without a word", async () => {
  using desk = new Desk();
  desk.directory.person("ann");
  const [id = ""] = await oldAccounts(desk, { userName: "alee", active: false });
  await desk.run(["link", "ann", "alee", "--yes", "--reason", "x"]);
  expect((await desk.run("sync")).code).toBe(3);
  expect(await account(desk, id)).toMatchObject({ active: false });
});

test("whoever is to have no account has the linked one switched off", async () => {
  using desk = new Desk();
  desk.directory.person("ann", { enabled: false }).person("bob");
  const [id = ""] = await oldAccounts(desk, { userName: "alee", active: true });
  const { out } = await desk.run(["link", "ann", "alee", "--yes", "--reason", "x"]);
  expect(out).toMatch(/- deactivate +ann@example.com/);
  expect((await desk.run("sync")).code).toBe(0);
  expect(await account(desk, id)).toMatchObject({ active: false });
});

test("nobody gets a second account, and nobody somebody else's", async () => {
  using desk = new Desk();
  desk.directory.person("ann").person("bob");
  await desk.run("sync");
  const [id = ""] = await oldAccounts(desk, { userName: "alee", active: true });
  const second = await desk.run("link ann alee");
  expect(second.code).toBe(2);
  expect(second.err).toContain("has account");
  const target = await desk.target();
  const [bobs] = await target.users.find("userName", "bob@example.com", signal);
  await target.close();
  desk.directory.person("cyd");
  const others = await desk.run(["link", "cyd", bobs?.id ?? ""]);
  expect(others.code).toBe(2);
  expect(others.err).toContain(`cannot have account ${bobs?.id}: it belongs to bob`);
  expect((await desk.run("link nobody alee")).err).toContain('answers to "nobody"');
  expect((await desk.run("link ann nobody")).err).toContain('holds no account "nobody"');
  expect(owner(desk, id)).toBeUndefined();
});

test("an account of another connection is not linked, and says whose it is", async () => {
  using desk = new Desk();
  desk.configure("connections:\n  staff: { source: people }\n  other: { source: people }\n");
  desk.directory.person("ann");
  await desk.run("sync staff");
  const { code, err } = await desk.run("link ann ann@example.com other");
  expect(code).toBe(2);
  expect(err).toContain("it belongs to ann of connection staff");
});

test("whom the configuration protects is linked neither by hand nor from a file", async () => {
  using desk = new Desk("    protect: { users: [breakglass] }\n");
  desk.directory.person("ann");
  const [id = ""] = await oldAccounts(desk, { userName: "breakglass", active: true });
  const { code, err } = await desk.run("link ann breakglass --yes --reason x");
  expect(code).toBe(2);
  expect(err).toContain('is protected: protect.users names "breakglass"');
  await desk.run("plan");
  writeFileSync(`${desk.folder}/l.csv`, `source_id,target_id\nann,${id}\n`);
  const file = await desk.run(["links", "import", `${desk.folder}/l.csv`, "--yes", "--reason", "x"]);
  expect(file.err).toContain("l.csv:2: ann is protected");
  expect(owner(desk, id)).toBeUndefined();
});

test("a process that dies after the claim leaves an account with one owner, and the command can be typed again", async () => {
  using desk = new Desk();
  desk.directory.person("ann");
  const [id = ""] = await oldAccounts(desk, { userName: "alee", active: true });
  const line = ["link", "ann", "alee", "--yes", "--reason", "x"];
  await desk.run("plan");
  desk.tamper("create trigger dies before update on reference begin select 1; end;");
  desk.tamper(
    "create trigger dies2 before insert on audit begin select raise(abort, 'the process died'); end;",
  );
  expect((await desk.run(line)).code).toBe(1);
  expect(owner(desk, id)).toEqual({ connection: "staff", sourceId: "ann" });
  desk.tamper("drop trigger dies; drop trigger dies2;");
  expect((await desk.run(line)).code).toBe(0);
  expect((await desk.run("sync")).code).toBe(0);
  expect(await account(desk, id)).toMatchObject({ userName: "ann@example.com" });
});

test.each([
  ["fails over a name in place of an id", { filters: true, fails: true }],
  ["cannot look names up", { filters: false, fails: false }],
])("an account is found by name at a target that %s", async (_what, { filters, fails }) => {
  using desk = new Desk();
  desk.directory.person("ann");
  const [id = ""] = await oldAccounts(desk, { userName: "alee", active: true });
  const { definition } = await import("../../src/targets/embedded/index.ts");
  const open = definition.open;
  definition.open = async (...given) => {
    const api = await open(...given);
    const users = new Proxy(api.users, {
      get: (from, name) =>
        name === "get" && fails
          ? async (key: string) => {
              if (key === "alee") throw new TransientError("500", { outcome: "none" });
              return from.get(key, signal);
            }
          : Reflect.get(from, name).bind(from),
    });
    const filter = filters ? api.capabilities.filter : { user: [], group: [] };
    return { ...api, users, capabilities: { ...api.capabilities, filter } };
  };
  try {
    const { code, out } = await desk.run("link ann alee");
    expect(code).toBe(0);
    expect(out).toContain(id);
    expect((await desk.run("link ann nobody")).code).toBe(2);
  } finally {
    definition.open = open;
  }
});

test("groups are linked as people are", async () => {
  using desk = new Desk();
  desk.directory.person("ann").group("sales", ["ann"], { name: "Sales" });
  const target = await desk.target();
  const { id } = await target.groups.create({ displayName: "Vertrieb" } as never, { signal });
  await target.close();
  await desk.run("plan");
  expect((await desk.run(["link", "Sales", "Vertrieb", "--group", "--yes", "--reason", "x"])).code).toBe(0);
  expect((await desk.run("sync")).code).toBe(0);
  const after = await desk.target();
  expect(await after.groups.get(id, signal)).toMatchObject({ displayName: "Sales" });
  expect((await after.groups.members(id, signal)).size).toBe(1);
  expect(await after.groups.count(signal)).toBe(1);
  await after.close();
});

test("unlink leaves the account as it is, frees it, and says that the person is matched again", async () => {
  using desk = new Desk();
  desk.directory.person("ann").person("bob");
  await desk.run("sync");
  const target = await desk.target();
  const [before] = await target.users.find("userName", "ann@example.com", signal);
  await target.close();
  const id = before?.id ?? "";
  const dry = await desk.run("unlink ann", { columns: 80, environment: { NO_COLOR: "1" } });
  expect(dry.code).toBe(0);
  expect(dry.out).toContain("add: --yes");
  expect(dry.out).toContain("rollcall link");
  expect(owner(desk, id)).toBeDefined();

  expect((await desk.run(["unlink", "ann", "--yes", "--reason", "the wrong Ann"])).code).toBe(0);
  expect(owner(desk, id)).toBeUndefined();
  expect(await account(desk, id)).toEqual(before);
  expect((await desk.run("unlink ann --yes --reason x")).code).toBe(2);
  expect((await desk.run("log --user ann --json")).out).toContain("the wrong Ann");
  const held = await desk.run("sync");
  expect(held.code).toBe(3);
  expect(held.out).toContain("existing account");
  expect(await account(desk, id)).toEqual(before);
});

test("whoever left and is unlinked is nobody's work any more", async () => {
  using desk = new Desk();
  desk.directory.person("ann").person("bob").person("cyd").person("dan");
  await desk.run("sync");
  desk.directory.remove("ann");
  await desk.run("plan");
  expect((await desk.run(["unlink", "ann@example.com", "--yes", "--reason", "kept by hand"])).code).toBe(0);
  const sync = await desk.run("sync");
  expect(sync).toMatchObject({ code: 0 });
  expect(sync.out).toContain("0 writes");
});

test("a link is made and cut only while nobody else works on the connection", async () => {
  using desk = new Desk();
  desk.directory.person("ann");
  await desk.run("sync");
  const lock = desk.lock("staff");
  expect((await desk.run("unlink ann --yes --reason x")).code).toBe(75);
  expect((await desk.run("link ann x --yes --reason x")).code).toBe(75);
  lock.release();
});
