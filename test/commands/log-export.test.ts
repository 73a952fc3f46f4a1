import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { csvRecords } from "../../src/commands/output/csv.ts";
import { Desk } from "./desk.ts";

async function worked(): Promise<Desk> {
  const desk = new Desk("    policy: { existingAccounts: adopt }\n");
  desk.directory.person("ann", { title: "=1+1" }).person("ben");
  await desk.run("sync");
  desk.directory.person("ann", { title: "Boss\u001b[31m" });
  await desk.run("sync");
  return desk;
}

describe("rollcall log, as a file", () => {
  test("--csv holds every attempt with values before and after, and no cell is a formula", async () => {
    using desk = await worked();
    const file = join(desk.folder, "log.csv");
    const { code, err } = await desk.run(["log", "--csv", file]);
    expect(code).toBe(0);
    expect(err).toContain("3 entries written to");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const text = readFileSync(file, "utf8");
    expect(text).not.toContain("\u001b");
    const [head, ...rows] = [...csvRecords(text)].map(({ cells }) => cells);
    const at = (name: string) => head?.indexOf(name) ?? -1;
    expect(rows.map((row) => [row[at("action")], row[at("outcome")]])).toEqual([
      ["create", "done"],
      ["create", "done"],
      ["update", "done"],
    ]);
    expect(rows[2]?.[at("before")]).toContain("=1+1");
    expect(rows[2]?.[at("after")]).toContain("Boss");
    expect(rows.every((row) => row[at("configuration")]?.length === 64)).toBe(true);
    expect(text.split("\r\n").some((line) => /(^|,)"?[=+@]/.test(line))).toBe(false);
  });

  test("--json-lines is one document a line, as --json has them, without a limit", async () => {
    using desk = await worked();
    const lines = (await desk.run("log --json-lines -")).out;
    const { out } = await desk.run("log --json");
    expect(lines).toBe(out);
    expect(lines.trim().split("\n")).toHaveLength(3);
    const { out: one } = await desk.run("log --json-lines - --user ann@example.com --run 2");
    expect(one.trim().split("\n")).toHaveLength(1);
  });

  test("a file that cannot be written is said, and nothing is left of it", async () => {
    using desk = await worked();
    const { code, err } = await desk.run(["log", "--csv", join(desk.folder, "no", "log.csv")]);
    expect(code).toBe(2);
    expect(err).toContain("cannot write");
    expect(existsSync(join(desk.folder, "no"))).toBe(false);
    expect((await desk.run(["log", "--csv", "a", "--json-lines", "b"])).code).toBe(2);
  });
});

describe("rollcall log --configuration", () => {
  test("tells who worked first with which configuration, and what changed in it", async () => {
    using desk = await worked();
    expect((await desk.run("log --configuration")).out).toContain("no change since the first run");
    desk.configure(
      "connections:\n  staff:\n    source: people\n    policy: { existingAccounts: adopt, whenDisabled: keep }\n",
    );
    await desk.run("sync");
    const { out } = await desk.run("log --configuration");
    expect(out).toContain('policy.whenDisabled  "deactivate" → "keep"');
    expect(out).toMatch(/run 3 {2}[0-9a-f]{12}/);
    const { out: json } = await desk.run("log --configuration --json");
    expect(JSON.parse(json)).toMatchObject({
      connection: "staff",
      changes: [{ run: 3, settings: [{ path: "policy.whenDisabled", before: "deactivate", after: "keep" }] }],
    });
    expect((await desk.run("log verify")).code).toBe(0);
  });

  test("a comment that is edited is no change of it", async () => {
    using desk = await worked();
    desk.configure(
      "connections:\n  staff:\n    source: people\n    policy: { existingAccounts: adopt } # as agreed\n",
    );
    await desk.run("sync");
    expect((await desk.run("log --configuration")).out).toContain("no change since the first run");
  });
});
