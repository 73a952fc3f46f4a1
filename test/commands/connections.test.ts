import { existsSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { TransientError } from "../../src/errors.ts";
import { renameClaims } from "../../src/store/claim-files.ts";
import { Desk } from "./desk.ts";

const desks: Desk[] = [];
afterEach(() => {
  for (const each of desks.splice(0)) each[Symbol.dispose]();
});

/** A desk whose connection "staff" has followed twelve people and a group. */
async function begun(): Promise<Desk> {
  const desk = new Desk();
  desks.push(desk);
  desk.directory.people("p", 12).group("team", ["p0001"]);
  expect((await desk.run("sync")).code).toBe(0);
  return desk;
}

const called = (name: string, more = "") => `connections:\n  ${name}:\n    source: people\n${more}`;
const names = (desk: Desk, folder = "state") => readdirSync(join(desk.folder, folder)).sort();
const active = async (desk: Desk) => {
  const target = await desk.target();
  const found: string[] = [];
  for await (const user of target.users.list(new AbortController().signal))
    if (user["active"] === true) found.push(String(user["userName"]));
  await target.close();
  return found.length;
};

describe("a connection that is missing from the configuration", () => {
  test("deactivates nobody, and status says what to do about its state file", async () => {
    const desk = await begun();
    desk.configure(called("people"));
    const { code, out } = await desk.run("status", { columns: 80, environment: { NO_COLOR: "1" } });
    expect(code).toBe(0);
    expect(out).toContain("there is a state file, but no connection is called so");
    expect(out).toContain("rollcall connection rename staff NEW");
    expect(out).toContain("rollcall connection retire staff --release");
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    const json = JSON.parse((await desk.run("status --json")).out);
    expect(json.orphans).toEqual([{ connection: "staff", activeAccounts: 12 }]);
    expect(await active(desk)).toBe(12);
    expect((await desk.run("connection")).out).toContain("staff");
  });

  test("is named also where its state file cannot be read", async () => {
    const desk = await begun();
    desk.tamper("pragma user_version = 900");
    desk.configure(called("people"));
    const { code, out } = await desk.run("status");
    expect(code).toBe(0);
    expect(out).toContain("there is a state file, but no connection is called so. Nobody");
  });
});

describe("connection rename", () => {
  test("keeps cursor, links and audit trail: the next cycle has nothing to do", async () => {
    const desk = await begun();
    desk.configure(called("people"));
    const shown = await desk.run("connection rename staff people");
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.out).toContain("dry run");
    expect(names(desk)).toContain("staff.db");
    const done = await desk.run(["connection", "rename", "staff", "people", "--yes", "--reason", "new name"]);
    expect(done).toMatchObject({ code: 0, err: "" });
    expect(names(desk).filter((name) => name.endsWith(".db"))).toEqual(["people.db"]);
    const { out, code } = await desk.run("sync people --json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ read: { type: "delta" }, applied: {} });
    expect((await desk.run("log people")).out).toContain("rename from staff");
    expect((await desk.run("log verify people")).code).toBe(0);
    expect(await active(desk)).toBe(12);
  });

  test("also where a sync under the new name came first: that found everybody taken, and wrote nothing", async () => {
    const desk = await begun();
    desk.configure(called("people"));
    expect((await desk.run("sync")).code).toBe(4);
    const { code, out } = await desk.run([
      "connection",
      "rename",
      "staff",
      "people",
      "--yes",
      "--reason",
      "x",
    ]);
    expect(code).toBe(0);
    expect(out).toContain("retired");
    expect(await desk.run("sync")).toMatchObject({ code: 0 });
    expect(await active(desk)).toBe(12);
  });

  test.each([
    ["the file was moved", () => {}],
    ["the claims were renamed", (state: string) => renameClaims(state, "staff", "people")],
  ])("is brought to its end by the same command after a process died when %s", async (_, died) => {
    const desk = await begun();
    desk.configure(called("people"));
    const state = join(desk.folder, "state");
    renameSync(join(state, "staff.db"), join(state, "people.db"));
    died(state);
    expect((await desk.run("sync people")).code).toBe(2);
    expect(await desk.run("connection rename staff people --yes --reason x")).toMatchObject({ code: 0 });
    expect(await desk.run("sync people")).toMatchObject({ code: 0 });
    expect(await active(desk)).toBe(12);
  });

  test.each([
    ["rename staff nobody", 'there is no connection "nobody"'],
    ["rename nobody people", 'there is no state of a connection "nobody"'],
    ["rename ../staff people", 'there is no state of a connection "../staff"'],
    ["retire ../staff --release", 'nothing is known of a connection "../staff"'],
  ])("%s is refused with the right names", async (line, message) => {
    const desk = await begun();
    desk.configure(called("people"));
    const { code, err } = await desk.run(`connection ${line}`);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });

  test("is refused as long as the old name is in the configuration, or somebody works on one of the two", async () => {
    const desk = await begun();
    desk.configure(`${called("staff")}  people:\n    source: people\n`);
    expect((await desk.run("connection rename staff people")).err).toContain("is still in");
    desk.configure(called("people"));
    const lock = desk.lock("people");
    expect((await desk.run("connection rename staff people")).code).toBe(75);
    lock.release();
  });

  test("is refused where the new name has accounts of its own", async () => {
    const desk = await begun();
    desk.configure(called("people"));
    desk.directory.person("new");
    await desk.run("sync");
    const { code, err } = await desk.run("connection rename staff people --yes --reason x");
    expect(code).toBe(2);
    expect(err).toContain("has a snapshot of its own, with 1 linked");
  });

  test("is refused where the new name writes to another target", async () => {
    const desk = await begun();
    desk.configure(`targets:\n  other: { type: embedded }\n${called("people", "    target: other\n")}`);
    const { code, err } = await desk.run("connection rename staff people --yes --reason x");
    expect(code).toBe(2);
    expect(err).toContain("has 13 accounts and groups at the target directory, but people writes to other");
  });
});

describe("connection retire --release", () => {
  test("leaves the accounts as they are, frees them, and keeps the audit trail in a file", async () => {
    const desk = await begun();
    desk.configure(called("people"));
    expect((await desk.run("connection retire staff --release")).out).toContain("would stay as they are");
    expect((await desk.run("connection retire staff --release --yes")).code).toBe(2);
    const { code, out } = await desk.run([
      "connection",
      "retire",
      "staff",
      "--release",
      "--yes",
      "--reason",
      "sold",
    ]);
    expect(code).toBe(0);
    expect(out).toContain("13 accounts and groups stay as they are and belong to nobody");
    expect(names(desk, "state/retired")).toHaveLength(1);
    expect(existsSync(join(desk.folder, "state", "staff.db"))).toBe(false);
    expect(await active(desk)).toBe(12);
    expect((await desk.run("status")).out).not.toContain("staff");
    // Another connection may have them now, on a person's word.
    expect((await desk.run("sync people")).code).toBe(3);
    for (const each of ["staff", "nobody"])
      expect((await desk.run(`connection retire ${each} --release`)).code).toBe(2);
  });

  test("is refused as long as the connection is in the configuration", async () => {
    const desk = await begun();
    const { code, err } = await desk.run("connection retire staff --release --yes --reason x");
    expect(code).toBe(2);
    expect(err).toContain("is still in");
  });

  test("frees what a connection claimed whose state was lost", async () => {
    const desk = await begun();
    desk.configure(called("people"));
    renameSync(join(desk.folder, "state", "staff.db"), join(desk.folder, "lost.db"));
    expect((await desk.run("connection retire staff --release --yes --reason lost")).out).toContain(
      "13 accounts",
    );
  });
});

describe("connection retire --deactivate", () => {
  test("switches off through the guards, keeps memberships, and creates nobody; then --release ends it", async () => {
    const desk = await begun();
    expect((await desk.run("connection retire staff --deactivate")).out).toContain(
      "12 active accounts would be",
    );
    expect(await active(desk)).toBe(12);
    expect(await desk.run("connection retire staff --deactivate --yes --reason over")).toMatchObject({
      code: 0,
    });
    desk.directory.person("new");
    const plan = await desk.run("plan");
    expect(plan.code).toBe(3);
    expect(plan.out).toContain("the connection is being retired");
    expect((await desk.run("sync")).code).toBe(3);
    expect(await active(desk)).toBe(12);
    expect((await desk.run("status")).out).toContain("being retired since");
    expect((await desk.run("held approve deactivations --reason over")).code).toBe(0);
    expect(await desk.run("sync")).toMatchObject({ code: 0 });
    expect(await active(desk)).toBe(0);
    const target = await desk.target();
    const signal = new AbortController().signal;
    const team = (await target.groups.find("displayName", "team", signal))[0];
    expect((await target.groups.members(team?.id ?? "", signal)).size).toBe(1);
    await target.close();
    expect((await desk.run("status")).out).toContain("nobody is on any more");
    desk.configure(called("people"));
    expect(await desk.run("connection retire staff --release --yes --reason over")).toMatchObject({
      code: 0,
    });
  });

  test("is taken back: what was pending goes at once, also where the directory cannot be read, and who was off comes back", async () => {
    const desk = await begun();
    await desk.run("connection retire staff --deactivate --yes --reason over");
    expect((await desk.run("sync")).code).toBe(3);
    await desk.run("held approve deactivations --reason over");
    expect(await desk.run("connection retire staff --cancel --yes --reason mistake")).toMatchObject({
      code: 0,
    });
    const error = new TransientError("cut", { outcome: "none" });
    desk.directory.person("another").failAfterPage = { page: 1, error };
    expect(await desk.run("sync")).toMatchObject({ code: 1 });
    expect(await active(desk)).toBe(12);
    desk.directory.remove("another").failAfterPage = undefined;
    const plan = JSON.parse((await desk.run("plan --json")).out);
    expect(plan.items).toEqual([]);
    expect(await desk.run("sync")).toMatchObject({ code: 0 });
    expect(await active(desk)).toBe(12);
  });

  test("needs the connection in the configuration, and says so", async () => {
    const desk = await begun();
    desk.configure(called("people"));
    const { code, err } = await desk.run("connection retire staff --deactivate");
    expect(code).toBe(2);
    expect(err).toContain("its source and target are described there");
  });

  test("and --release together are refused, and so is neither", async () => {
    const desk = await begun();
    expect((await desk.run("connection retire staff")).code).toBe(2);
    expect((await desk.run("connection retire staff --release --deactivate")).code).toBe(2);
  });
});

describe("reset", () => {
  test("--cursor: the next cycle reads everything, and writes nothing", async () => {
    const desk = await begun();
    expect((await desk.run("reset staff --cursor")).out).toContain("would read everything");
    expect((await desk.run("reset staff --cursor --yes")).err).toContain("this needs a reason");
    expect((await desk.run("reset staff --cursor --yes --reason doubt")).code).toBe(0);
    const report = JSON.parse((await desk.run("sync --json")).out);
    expect(report).toMatchObject({ read: { type: "full", why: "first read" }, applied: {} });
    expect((await desk.run("log staff")).out).toContain("reset cursor");
  });

  test("--links: everybody is matched anew and nothing is written before a yes; then every account is the same as before", async () => {
    const desk = await begun();
    const ids = async () => {
      const store = desk.store();
      const found = store.people.find("p0001", "user")[0]?.targetId;
      store.close();
      return found;
    };
    const before = await ids();
    desk.directory.remove("p0005");
    await desk.run("sync");
    expect((await desk.run("reset staff --links")).out).toContain("13 accounts and groups would be nobody's");
    expect((await desk.run("reset staff --links --yes --reason wrong")).code).toBe(0);
    expect(await ids()).toBeNull();
    expect((await desk.run("sync")).code).toBe(3);
    expect((await desk.run("held approve adoptions --reason checked")).code).toBe(0);
    expect(await desk.run("sync")).toMatchObject({ code: 0 });
    expect(await ids()).toBe(before);
    expect(await active(desk)).toBe(11);
    expect((await desk.run("log verify staff")).code).toBe(0);
    const report = JSON.parse((await desk.run("sync --json")).out);
    expect(report.applied).toEqual({});
  });

  test.each(["reset staff", "reset staff --cursor --links"])("%s is refused", async (line) => {
    const desk = await begun();
    const { code, err } = await desk.run(line);
    expect(code).toBe(2);
    expect(err).toContain("--cursor or --links");
  });

  test("waits for nobody: a connection that is worked on is busy", async () => {
    const desk = await begun();
    const lock = desk.lock("staff");
    expect((await desk.run("reset staff --cursor --yes --reason x")).code).toBe(75);
    lock.release();
  });
});
