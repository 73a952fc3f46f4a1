import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TransientError } from "../../src/errors.ts";
import { Desk } from "./desk.ts";

/** Six people and a group; then one is new, one is renamed, one left, and the group has other members. */
async function planned(): Promise<Desk> {
  const desk = new Desk();
  desk.directory.people("u", 6).group("team", ["u0000", "u0001"], { name: "Team" });
  await desk.run("sync");
  desk.directory
    .person("new", { manager: "u0002" })
    .person("u0003", { title: "Boss" })
    .person("u0004", { enabled: false })
    .join("team", "u0002", "new")
    .leave("team", "u0001");
  expect(await desk.run(["plan", "--out", file(desk)])).toMatchObject({ code: 0 });
  return desk;
}

const file = (desk: Desk) => join(desk.folder, "plan.json");

/** userName -> title and whether active. */
async function accounts(desk: Desk): Promise<Record<string, string>> {
  const target = await desk.target();
  const found: Record<string, string> = {};
  for await (const each of target.users.list(new AbortController().signal))
    found[String(each["userName"]).split("@")[0] ?? ""] =
      `${each["active"] === true ? "on" : "off"} ${String(each["title"] ?? "")}`.trim();
  await target.close();
  return found;
}

async function team(desk: Desk): Promise<number> {
  const target = await desk.target();
  const [group] = await target.groups.find("displayName", "Team", new AbortController().signal);
  const { size } = await target.groups.members(group?.id ?? "", new AbortController().signal);
  await target.close();
  return size;
}

const apply = (desk: Desk) => desk.run(["sync", "--plan", file(desk)]);

describe("a plan file", () => {
  test("is for its owner alone, lists every change with old and new, and is never written over a file", async () => {
    using desk = await planned();
    expect(statSync(file(desk)).mode & 0o777).toBe(0o600);
    const plan = JSON.parse(readFileSync(file(desk), "utf8")) as { changes: { item: { action: string } }[] };
    expect(plan).toMatchObject({ kind: "PlanFile", version: 1, connection: "staff", run: 2 });
    expect(plan.changes.map(({ item }) => item.action).toSorted()).toEqual([
      "create",
      "deactivate",
      "members",
      "update",
    ]);
    const again = await desk.run(["plan", "--out", file(desk)]);
    expect(again).toMatchObject({ code: 2 });
    expect(again.err).toContain("exists already");
    expect((await desk.run(["plan", "--out", join(desk.folder, "no", "such", "folder")])).code).toBe(2);
  });

  test("is applied exactly: nothing that became pending since, and without asking the directory", async () => {
    using desk = await planned();
    desk.directory.person("late").person("u0005", { title: "Later", manager: "u0001" }).join("team", "u0005");
    await desk.run("plan");
    desk.source = {
      poll: () => {
        throw new Error("the directory was polled");
      },
      read: () => Promise.reject(new Error("the directory was read")),
    };
    const { code, out } = await apply(desk);
    expect(code).toBe(0);
    expect(out).toContain("exactly the plan of run 2");
    expect(await accounts(desk)).toEqual({
      u0000: "on",
      u0001: "on",
      u0002: "on",
      u0003: "on Boss",
      u0004: "off",
      u0005: "on",
      new: "on",
    });
    expect(await team(desk)).toBe(3);
    expect((await desk.run("explain new@example.com")).out).toMatch(/manager +u0002@example.com +=/);
    desk.source = {};
    const rest = JSON.parse((await desk.run("plan --json")).out) as { items: { action: string }[] };
    expect(rest.items.map(({ action }) => action).toSorted()).toEqual([
      "create",
      "members",
      "reference",
      "update",
    ]);
    await desk.run("sync");
    expect(await accounts(desk)).toMatchObject({ u0005: "on Later", late: "on" });
    expect(await team(desk)).toBe(4);
  });

  test("does nothing the second time, and says so", async () => {
    using desk = await planned();
    await apply(desk);
    const { code, out } = await apply(desk);
    expect(code).toBe(0);
    expect(out).toContain("all that the plan of run 2 lists was applied before. 0 writes");
  });

  test("of which a sync did the rest meanwhile is done, too", async () => {
    using desk = await planned();
    await desk.run("sync");
    expect((await apply(desk)).out).toContain("was applied before");
  });

  test("is refused as a whole when one listed row is not as it was, and says which", async () => {
    using desk = await planned();
    desk.directory.person("u0003", { title: "Queen" });
    await desk.run("plan");
    const { code, out } = await apply(desk);
    expect(code).toBe(1);
    expect(out.replaceAll(/\s+/g, " ")).toContain(
      "1 of its 6 changes is not as listed any more: u0003 (something else is wanted)",
    );
    expect(await accounts(desk)).toMatchObject({ u0003: "on", u0004: "on" });
    expect(await team(desk)).toBe(2);
  });

  test("is refused when a membership is wanted otherwise, or an account is another one", async () => {
    using desk = await planned();
    desk.directory.join("team", "u0001");
    await desk.run("plan");
    expect((await apply(desk)).out.replaceAll(/\s+/g, " ")).toContain("team (member u0001)");
    desk.directory.leave("team", "u0001");
    await desk.run("plan");
    desk.tamper("update resource set target_id = 'other' where source_id = 'u0003'");
    expect((await apply(desk)).out.replaceAll(/\s+/g, " ")).toContain("u0003 (another account)");
    expect(await team(desk)).toBe(2);
  });

  test("that somebody altered is refused, however little", async () => {
    using desk = await planned();
    const text = readFileSync(file(desk), "utf8");
    for (const altered of [
      text.replace("Boss", "Bass"),
      text.replace('"run":2', '"run":1'),
      `${text.slice(0, -70)}${"0".repeat(66)}"}\n`,
    ]) {
      writeFileSync(file(desk), altered);
      const { code, err } = await apply(desk);
      expect(err).toMatch(/altered since it was written|no plan file/);
      expect([1, 2]).toContain(code);
    }
    writeFileSync(file(desk), "{}");
    expect(await apply(desk)).toMatchObject({
      code: 2,
      err: expect.stringContaining("no plan file") as string,
    });
    expect(await accounts(desk)).toMatchObject({ u0003: "on", u0004: "on" });
  });

  test("is refused after an edit of the configuration, and for another connection or state", async () => {
    using desk = await planned();
    desk.configure("connections:\n  staff: { source: people, limits: { deactivations: 50% } }\n");
    expect(await apply(desk)).toMatchObject({
      code: 1,
      err: expect.stringContaining("was edited since") as string,
    });
    desk.configure("connections:\n  other: { source: people }\n");
    expect((await apply(desk)).code).toBe(2);
    expect((await desk.run(["sync", "other", "--plan", file(desk)])).err).toContain(
      "of the connection staff",
    );
    using elsewhere = new Desk();
    elsewhere.directory.people("u", 6);
    await elsewhere.run("sync");
    const { code, err } = await elsewhere.run(["sync", "--plan", file(desk)]);
    expect(code).toBe(1);
    expect(err).toContain("another state folder");
  });

  test("goes with nothing else on the command line", async () => {
    using desk = await planned();
    for (const other of ["--full", "--reconcile"])
      expect((await desk.run(["sync", "--plan", file(desk), other])).code).toBe(2);
    expect((await desk.run(["sync", "--plan", file(desk), "--user", "u0003"])).code).toBe(2);
    expect((await desk.run(["sync", "--plan", join(desk.folder, "none")])).code).toBe(2);
  });

  test("is no approval: what is held stays held, and goes when it is approved", async () => {
    using desk = new Desk();
    desk.directory.people("u", 40);
    await desk.run("sync");
    for (let n = 0; n < 12; n++)
      desk.directory.person(`u00${String(n).padStart(2, "0")}`, { enabled: false });
    desk.directory.person("u0020", { title: "Boss" });
    expect(await desk.run(["plan", "--out", file(desk)])).toMatchObject({ code: 3 });
    expect(await apply(desk)).toMatchObject({ code: 3 });
    expect(await accounts(desk)).toMatchObject({ u0001: "on", u0020: "on Boss" });
    await desk.run(["held", "approve", "deactivations", "--reason", "known"]);
    expect(await apply(desk)).toMatchObject({ code: 0 });
    expect(await accounts(desk)).toMatchObject({ u0001: "off" });
  });

  test("of a read that failed is not written", async () => {
    using desk = new Desk();
    desk.directory.people("u", 3);
    await desk.run("sync");
    desk.directory.person("u0001", { title: "Boss" });
    desk.directory.pageSize = 1;
    desk.directory.failAfterPage = { page: 1, error: new TransientError("cut", { outcome: "none" }) };
    expect((await desk.run(["plan", "--full", "--out", file(desk)])).code).toBe(1);
    expect(() => statSync(file(desk))).toThrow();
  });
});
