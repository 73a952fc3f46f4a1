import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Desk } from "./desk.ts";

async function worked(): Promise<Desk> {
  const desk = new Desk("    policy: { existingAccounts: adopt }\n");
  desk.directory.person("ann", { title: "A" }).person("ben").group("team", ["ann"]);
  await desk.run("sync");
  return desk;
}

function fileOf(desk: Desk): string {
  return join(desk.folder, "backup.tar");
}

const yes = ["--yes", "--reason", "the disk died"];

describe("who else works with the accounts", () => {
  test("a restore where the state was handed over is refused; with --replace it takes it back, warns, and the trail says so", async () => {
    using desk = await worked();
    await desk.run(["backup", fileOf(desk), "--handover", "--yes", "--reason", "new machine"]);
    const dry = await desk.run(["restore", fileOf(desk)]);
    expect(dry.out).toContain("was handed over");
    const refused = await desk.run(["restore", fileOf(desk), ...yes]);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("was handed over");
    expect((await desk.run("sync")).code).toBe(2);
    const { code, out } = await desk.run(["restore", fileOf(desk), "--replace", ...yes]);
    expect(code).toBe(0);
    expect(out.replaceAll(/\s+/g, " ")).toContain("See to it that nobody works with what was restored from");
    expect((await desk.run("log")).out).toContain("take back");
    expect((await desk.run("plan")).code).toBe(0);
  });

  test("a backup of another host that was no handover says that the state there must no longer be worked with", async () => {
    using desk = await worked();
    await desk.run(["backup", fileOf(desk)]);
    expect((await desk.run(["restore", fileOf(desk)])).out).not.toContain("must no longer be worked with");
    const host = JSON.stringify(hostname());
    const other = JSON.stringify("z".repeat(hostname().length));
    const bytes = readFileSync(fileOf(desk))
      .toString("latin1")
      .replace(`"host": ${host}`, `"host": ${other}`);
    writeFileSync(fileOf(desk), Buffer.from(bytes, "latin1"));
    for (const more of [[], yes]) {
      const { code, out } = await desk.run(["restore", fileOf(desk), ...more]);
      expect(code).toBe(0);
      expect(out.replaceAll(/\s+/g, " ")).toContain(
        `the state on ${"z".repeat(hostname().length)} must no longer be worked with`,
      );
    }
  });
});
