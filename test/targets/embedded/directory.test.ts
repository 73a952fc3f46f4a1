import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConnectionError, ItemError } from "../../../src/errors.ts";
import { silent } from "../../../src/log.ts";
import type { ScimApi } from "../../../src/scim/api.ts";
import { buildResource } from "../../../src/scim/build.ts";
import { definition } from "../../../src/targets/embedded/index.ts";
import { realClock } from "../open-scim.ts";

const signal = new AbortController().signal;
let folder: string;
let file: string;
const opened: ScimApi[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "directory-"));
  file = join(folder, "targets", "people.directory.db");
});

afterEach(async () => {
  for (const api of opened.splice(0)) await api.close();
  rmSync(folder, { recursive: true, force: true });
});

const context = () => ({ name: "people", folder: join(folder, "targets"), clock: realClock, log: silent });

async function open(): Promise<ScimApi> {
  const api = await definition.open({}, context());
  opened.push(api);
  return api;
}

const user = (name: string) => buildResource("user", { userName: name, externalId: name }, { active: true });

test("the file is made with its folder, and its owner alone may read it", async () => {
  await open();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, "targets")).mode & 0o777).toBe(0o700);
});

test("the same file is the same target, another file is another one", async () => {
  const [first, again] = [definition.identity({}, context()), definition.identity({}, context())];
  expect(again).toBe(first);
  rmSync(file);
  expect(definition.identity({}, context())).not.toBe(first);
});

test("commits are durable, and what was answered is there for the next process", async () => {
  const api = await open();
  const { id } = await api.users.create(user("ann"), { signal });
  const other = new Database(file);
  expect(other.pragma("journal_mode", { simple: true })).toBe("wal");
  expect(other.prepare("select id from resource").all()).toEqual([{ id }]);
  other.close();
  expect((await (await open()).users.get(id, signal))?.["userName"]).toBe("ann");
});

test("writes that arrive together share a transaction, and one that is refused takes nobody with it", async () => {
  const api = await open();
  const results = await Promise.allSettled(
    ["ann", "bob", "ANN", "cy"].map((name) => api.users.create(user(name), { signal })),
  );
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  expect((results[2] as PromiseRejectedResult).reason).toMatchObject({ code: "uniqueness" });
  expect(await api.users.count(signal)).toBe(3);
});

test("a write that was stopped before its turn is not done", async () => {
  const api = await open();
  const stop = new AbortController();
  const [kept, stopped] = [
    api.users.create(user("ann"), { signal }),
    api.users.create(user("bob"), { signal: stop.signal }),
  ];
  stop.abort(new Error("stopping"));
  await expect(stopped).rejects.toThrow("stopping");
  await kept;
  expect(await api.users.count(signal)).toBe(1);
});

test("closing writes what is waiting", async () => {
  const api = await open();
  const creating = api.users.create(user("ann"), { signal });
  await api.close();
  opened.length = 0;
  await creating;
  expect(await (await open()).users.count(signal)).toBe(1);
});

test("two processes write at once without losing or doubling anything", async () => {
  const script = `
    import { definition } from ${JSON.stringify(new URL("../../../src/targets/embedded/index.ts", import.meta.url).href)};
    const silent = () => {};
    const log = { debug: silent, info: silent, warn: silent, error: silent };
    const api = await definition.open({}, { name: "people", folder: ${JSON.stringify(join(folder, "targets"))}, clock: { now: Date.now }, log });
    const signal = new AbortController().signal;
    let taken = 0;
    for (let each = 0; each < 100; each++)
      await api.users.create({ userName: "p" + each }, { signal }).catch((error) => {
        if (error.code !== "uniqueness") throw error;
        taken += 1;
      });
    await api.close();
    console.log(100 - taken);
  `;
  await open();
  const run = async () =>
    Number((await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script])).stdout);
  const made = await Promise.all([run(), run()]);
  const api = await open();
  expect(await api.users.count(signal)).toBe(100);
  expect((made[0] ?? 0) + (made[1] ?? 0)).toBe(100);
});

test("whoever is killed in mid-write has kept everything that was answered", async () => {
  const script = `
    import { definition } from ${JSON.stringify(new URL("../../../src/targets/embedded/index.ts", import.meta.url).href)};
    const silent = () => {};
    const log = { debug: silent, info: silent, warn: silent, error: silent };
    const api = await definition.open({}, { name: "people", folder: ${JSON.stringify(join(folder, "targets"))}, clock: { now: Date.now }, log });
    const signal = new AbortController().signal;
    let next = 0;
    const writer = async () => {
      for (;;) console.log((await api.users.create({ userName: "p" + next++ }, { signal })).id);
    };
    await Promise.all(Array.from({ length: 8 }, writer));
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const answered: string[] = [];
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      answered.push(line);
      if (answered.length === 200) break;
    }
  } finally {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  const api = await open();
  for (const id of answered) expect(await api.users.get(id, signal)).toBeDefined();
  expect(await api.probe(signal)).toMatchObject([{ ok: true }]);
});

describe("a file that cannot be used", () => {
  test.each([
    [
      "is no database",
      () => writeFileSync(file, "hello, I am not a database at all, but long enough to look at".repeat(20)),
      /damaged or not a directory/,
    ],
    [
      "belongs to something else",
      () => makeDatabase((database) => database.exec("create table other (x)")),
      /is not an embedded directory/,
    ],
    [
      "is of a newer version",
      () =>
        makeDatabase((database) =>
          database.exec(
            "pragma application_id = 1383033964; create table other (x); pragma user_version = 99",
          ),
        ),
      /newer version \(format 99/,
    ],
  ])("is refused and left alone: it %s", async (_title, prepare, message) => {
    await open();
    await opened.pop()?.close();
    rmSync(file);
    for (const suffix of ["-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
    prepare();
    const before = readFileSync(file);
    const error = await definition.open({}, context()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as ConnectionError).message).toMatch(message);
    expect((error as ConnectionError).hint).toMatch(/\w/);
    expect(readFileSync(file)).toEqual(before);
  });

  function makeDatabase(work: (database: Database.Database) => void): void {
    const database = new Database(file);
    work(database);
    database.close();
  }
});

describe("changes", () => {
  test("of what is not there to change are refused whole", async () => {
    const api = await open();
    const { id } = await api.users.create(user("ann"), { signal });
    const operations = [
      { op: "replace", path: "title", value: "Captain" },
      { op: "replace", path: 'emails[type eq "work"].value', value: "a@x" },
    ] as const;
    await expect(api.users.patch(id, operations, { signal })).rejects.toMatchObject({
      code: "invalid-value",
    });
    expect((await api.users.get(id, signal))?.["title"]).toBeUndefined();
  });

  test.each([
    [{ op: "replace", path: "active", value: "False" }, "invalid-value"],
    [{ op: "replace", path: "id", value: "1" }, "mutability"],
    [{ op: "remove", path: "userName" }, "invalid-value"],
    [{ op: "replace", path: "__proto__.polluted", value: "1" }, "invalid-value"],
  ] as const)("that make no sense are refused: %j", async (operation, code) => {
    const api = await open();
    const { id } = await api.users.create(user("ann"), { signal });
    const error = await api.users.patch(id, [operation], { signal }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ItemError);
    expect((error as ItemError).code).toBe(code);
  });

  test("of members by PATCH are the same as by the call for them", async () => {
    const api = await open();
    const ids = await Promise.all(
      ["a", "b", "c"].map(async (name) => (await api.users.create(user(name), { signal })).id),
    );
    const group = await api.groups.create(buildResource("group", { displayName: "Team" }), { signal });
    const value = ids.map((id) => ({ value: id }));
    await api.groups.patch(group.id, [{ op: "add", path: "members", value }], { signal });
    await api.groups.patch(group.id, [{ op: "remove", path: `members[value eq "${ids[0]}"]` }], { signal });
    expect(await api.groups.members(group.id, signal)).toEqual(new Set(ids.slice(1)));
  });

  test("give a new version, and none when nothing changed", async () => {
    const api = await open();
    const { id, meta } = await api.users.create(user("ann"), { signal });
    const same = await api.users.patch(id, [{ op: "replace", path: "userName", value: "ann" }], { signal });
    expect(same?.meta?.version).toBe(meta?.version);
    const changed = await api.users.patch(id, [{ op: "replace", path: "title", value: "x" }], { signal });
    expect(changed?.meta?.version).not.toBe(meta?.version);
  });
});

test("every look-up uses an index", async () => {
  await open();
  const database = new Database(file, { readonly: true });
  const plans = [
    "select * from resource where id = 'x' and kind = 'user'",
    "select * from resource where kind = 'user' and external_id = 'x'",
    "select * from resource where kind = 'user' and name = 'x'",
    "select * from resource where seq in (select seq from searchable where attribute = 'a' and value = 'x') and kind = 'user'",
    "select * from resource where kind = 'user' and seq > 5 order by seq limit 10",
    "select resource.id from membership join resource on resource.seq = membership.member where grp = 1",
    "select grp from membership where member = 1",
  ].flatMap((sql) =>
    database
      .prepare<[], { detail: string }>(`explain query plan ${sql}`)
      .all()
      .map(({ detail }) => detail),
  );
  database.close();
  expect(plans.filter((detail) => /^SCAN|TEMP B-TREE/.test(detail))).toEqual([]);
});
