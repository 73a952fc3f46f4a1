import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { csvRecords } from "../../src/commands/output/csv.ts";
import { ItemError } from "../../src/errors.ts";
import { Desk } from "./desk.ts";

const signal = new AbortController().signal;

/** An application that was kept by hand, and a directory that does not quite agree with it. */
async function oldApplication(desk: Desk): Promise<Record<string, string>> {
  const target = await desk.target();
  const ids: Record<string, string> = {};
  const make = async (userName: string, more: Record<string, unknown> = {}) => {
    const made = await target.users.create({ userName, active: true, ...more } as never, { signal });
    ids[userName] = made.id;
  };
  await make("ANN@Example.com");
  await make("b.old", { externalId: "bob" });
  await make("cyd@example.com", { active: false });
  await make("nobody@example.com");
  await make("twin-1", { externalId: "dan" });
  await make("twin-2", { externalId: "dan" });
  await make("eve@example.com", { externalId: "fay" });
  await make("off@example.com");
  await target.groups.create({ displayName: "Sales" } as never, { signal });
  await target.close();
  desk.directory
    .person("ann")
    .person("bob")
    .person("cyd")
    .person("dan")
    .person("eve")
    .person("fay")
    .person("off", { enabled: false })
    .person("robot", { excluded: true })
    .person("zoe")
    .group("g1", ["ann", "bob"], { name: "Sales" })
    .group("g2", ["ann"], { name: "Marketing" });
  return ids;
}

test("a survey says of everybody what a sync would find, and writes nothing", async () => {
  using desk = new Desk();
  const ids = await oldApplication(desk);
  const { code, out, err } = await desk.run("survey staff --csv -");
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const [head = [], ...rows] = [...csvRecords(out)].map(({ cells }) => cells);
  const lines = rows.map((cells) => Object.fromEntries(head.map((name, at) => [name, cells[at] ?? ""])));
  const of = (id: string) => lines.filter((line) => line["source_id"] === id);
  for (const id of ["ann", "bob", "cyd", "dan", "eve", "fay", "off", "robot", "zoe", "g1", "g2"])
    expect(of(id)).toHaveLength(1);
  expect(of("ann")[0]).toMatchObject({
    status: "matched",
    matched_by: "userName",
    target_id: ids["ANN@Example.com"],
    pushed_groups: "2",
  });
  expect(of("bob")[0]).toMatchObject({
    status: "matched",
    matched_by: "externalId",
    target_id: ids["b.old"],
  });
  expect(of("cyd")[0]).toMatchObject({ status: "matched", account_active: "no" });
  expect(of("dan")[0]).toMatchObject({ status: "ambiguous", target_id: "" });
  expect(of("dan")[0]?.["note"]).toContain("2 accounts have the same externalId");
  expect(of("fay")[0]).toMatchObject({ status: "matched", target_id: ids["eve@example.com"] });
  expect(of("eve")[0]).toMatchObject({ status: "ambiguous", target_id: "" });
  expect(of("off")[0]).toMatchObject({ status: "disabled", target_id: "", account_active: "yes" });
  expect(of("robot")[0]).toMatchObject({ status: "left out", note: "a service account" });
  expect(of("zoe")[0]).toMatchObject({ status: "new", pushed_groups: "0" });
  expect(of("g1")[0]).toMatchObject({ kind: "group", status: "matched", matched_by: "displayName" });
  expect(of("g2")[0]).toMatchObject({ kind: "group", status: "new" });
  expect(of("").map((line) => line["account"])).toEqual(["nobody@example.com"]);
  expect((await desk.run("log")).out).toBe("");
  const target = await desk.target();
  expect(await target.users.get(ids["b.old"] ?? "", signal)).toMatchObject({ userName: "b.old" });
  await target.close();
});

test("the page fits 80 columns, begins with numbers and ends with what to type", async () => {
  using desk = new Desk();
  await oldApplication(desk);
  const { out } = await desk.run("survey", { columns: 80, environment: { NO_COLOR: "1" } });
  expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  expect(out.split("\n").length).toBeLessThan(50);
  expect(out).toContain("People of the directory: 9");
  expect(out).toMatch(/4 {2}have an account \(2 by userName and 2 by externalId\)/);
  expect(out).toMatch(/1 {2}people have an account that is switched off/);
  expect(out).toMatch(/1 {2}disabled people have an account that is active/);
  expect(out).toContain("rollcall plan staff");
  const json = JSON.parse((await desk.run("survey --json")).out) as Record<string, unknown>;
  expect(json).toMatchObject({
    kind: "Survey",
    users: { inDirectory: 9, atTarget: 8, statuses: { matched: { n: 4 }, ambiguous: { n: 2 } } },
    seatsNeeded: 5,
    seatsTaken: 3,
  });
});

test("what the survey matched can be imported as it is: ambiguous people and accounts of nobody are left out", async () => {
  using desk = new Desk();
  await oldApplication(desk);
  const file = join(desk.folder, "survey.csv");
  await desk.run(["survey", "--csv", file]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const imported = await desk.run(["links", "import", file, "--yes", "--reason", "looked through"]);
  expect(imported).toMatchObject({ code: 0 });
  expect(imported.out).toContain("4 people and 1 group linked");
  const after = await desk.run(["survey", "--csv", file]);
  expect(after.code).toBe(0);
  expect(readFileSync(file, "utf8").match(/,linked,/g)).toHaveLength(5);
});

test("accounts of another connection are named as such", async () => {
  using desk = new Desk();
  desk.configure("connections:\n  staff: { source: people }\n  other: { source: people }\n");
  desk.directory.person("ann");
  await desk.run("sync staff");
  const { out } = await desk.run("survey other --csv -");
  expect(out).toContain("belongs to ann of connection staff");
  desk.directory.person("ann", { enabled: false });
  const off = await desk.run("survey other --csv -");
  expect(off.out).toMatch(/,disabled,,,,.*belongs to connection staff/);
  expect((await desk.run("survey other")).out).not.toContain("link it to have it switched off");
  desk.directory.person("ann", { enabled: true });
  expect(out).toMatch(/user,ann,ann@example.com,,ann@example.com,claimed,externalId/);
});

test("a target without a list is asked for one person after the other, and the page says so", async () => {
  using desk = new Desk();
  await oldApplication(desk);
  const { definition } = await import("../../src/targets/embedded/index.ts");
  const open = definition.open;
  definition.open = async (...given) => {
    const api = await open(...given);
    const refuse = (inner: typeof api.users) =>
      new Proxy(inner, {
        get: (from, name) =>
          name === "list"
            ? () => {
                throw new ItemError("mutability", "no list");
              }
            : name === "find"
              ? async (path: string, value: string) => {
                  if (value === "zoe") throw new ItemError("invalid-value", "no such letter");
                  return from.find(path, value, signal);
                }
              : Reflect.get(from, name).bind(from),
      });
    return { ...api, users: refuse(api.users), groups: refuse(api.groups) as typeof api.groups };
  };
  try {
    const { code, out } = await desk.run("survey staff", { columns: 80, environment: { NO_COLOR: "1" } });
    expect(code).toBe(0);
    expect(out).toContain("does not list its accounts");
    expect(out).toMatch(/4 {2}have an account/);
    expect(out).not.toContain("accounts of nobody: never");
    expect(out).toContain("zoe@example.com: cannot be looked up: no such letter");
  } finally {
    definition.open = open;
  }
});

test("a directory with nobody in it is an error, not a survey", async () => {
  using desk = new Desk();
  desk.directory.answersNobody = true;
  expect((await desk.run("survey")).code).toBe(1);
});
