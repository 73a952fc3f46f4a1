import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { backupOf, titleOf, worked, yes } from "./worked-desk.ts";

test("status says of a restored state that it was not read and compared yet, until it was", async () => {
  using desk = await worked();
  const say = async () => (await desk.run("status")).out.replaceAll(/\s+/g, " ");
  const told = "nothing is written before everything was read and compared once";
  expect(await say()).not.toContain(told);
  await desk.run(["backup", backupOf(desk)]);
  await desk.run(["restore", backupOf(desk), ...yes]);
  expect(await say()).toContain(told);
  expect((await desk.run("status --json")).out).toContain('"restored":true');
  await desk.run("plan");
  expect(await say()).not.toContain(told);
});

describe("who else works with the accounts", () => {
  test("a restore where the state was handed over is refused; with --replace it takes it back, warns, and the trail says so", async () => {
    using desk = await worked();
    await desk.run(["backup", backupOf(desk), "--handover", "--yes", "--reason", "new machine"]);
    const dry = await desk.run(["restore", backupOf(desk)]);
    expect(dry.out).toContain("was handed over");
    const refused = await desk.run(["restore", backupOf(desk), ...yes]);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("was handed over");
    expect((await desk.run("sync")).code).toBe(2);
    const { code, out } = await desk.run(["restore", backupOf(desk), "--replace", ...yes]);
    expect(code).toBe(0);
    expect(out.replaceAll(/\s+/g, " ")).toContain("See to it that nobody works with what was restored from");
    expect((await desk.run("log")).out).toContain("take back");
    expect((await desk.run("plan")).code).toBe(0);
  });

  test("a backup of another host that was no handover says that the state there must no longer be worked with", async () => {
    using desk = await worked();
    await desk.run(["backup", backupOf(desk)]);
    expect((await desk.run(["restore", backupOf(desk)])).out).not.toContain("must no longer be worked with");
    const host = JSON.stringify(hostname());
    const other = JSON.stringify("z".repeat(hostname().length));
    const bytes = readFileSync(backupOf(desk))
      .toString("latin1")
      .replace(`"host": ${host}`, `"host": ${other}`);
    writeFileSync(backupOf(desk), Buffer.from(bytes, "latin1"));
    for (const more of [[], yes]) {
      const { code, out } = await desk.run(["restore", backupOf(desk), ...more]);
      expect(code).toBe(0);
      expect(out.replaceAll(/\s+/g, " ")).toContain(
        `the state on ${"z".repeat(hostname().length)} must no longer be worked with`,
      );
    }
  });
});

describe("what persons said since the backup", () => {
  test("a restored state writes nothing until a person ends its pause, and what it read and compared before counts", async () => {
    using desk = await worked();
    await desk.run(["backup", backupOf(desk)]);
    rmSync(join(desk.folder, "state", "staff.db"));
    desk.directory.person("ann", { title: "B" });
    expect((await desk.run(["restore", backupOf(desk)])).out).toContain("Every connection would be paused");
    const { out } = await desk.run(["restore", backupOf(desk), ...yes]);
    expect(out.replaceAll(/\s+/g, " ")).toContain("rollcall resume");
    await desk.run("sync");
    expect(await titleOf(desk)).toBe("A");
    expect((await desk.run("status")).out.replaceAll(/\s+/g, " ")).toContain("restored from the backup of");
    await desk.run("resume");
    const sync = await desk.run("sync");
    expect(sync.code).toBe(0);
    expect(await titleOf(desk)).toBe("B");
  });

  test("a handover where nothing stands in the way goes on as it was, and a pause in it stays", async () => {
    using desk = await worked();
    await desk.run(["backup", backupOf(desk), "--handover", "--yes", "--reason", "new machine"]);
    rmSync(join(desk.folder, "state"), { recursive: true });
    const { out } = await desk.run(["restore", backupOf(desk), "--yes", "--reason", "new machine"]);
    expect(out).not.toContain("paused");
    expect((await desk.run("sync")).code).toBe(0);
    await desk.run(["pause", "--reason", "the target moves"]);
    await desk.run(["backup", `${backupOf(desk)}2`, "--handover", "--yes", "--reason", "new machine"]);
    rmSync(join(desk.folder, "state"), { recursive: true });
    await desk.run(["restore", `${backupOf(desk)}2`, "--yes", "--reason", "new machine"]);
    expect((await desk.run("status")).out).toContain("the target moves");
  });

  test("a pause given since the backup survives the restore, with its reason", async () => {
    using desk = await worked();
    await desk.run(["backup", backupOf(desk)]);
    await desk.run(["pause", "--reason", "the target moves"]);
    expect((await desk.run(["restore", backupOf(desk), "--replace", ...yes])).code).toBe(0);
    expect((await desk.run("status")).out).toContain("the target moves");
  });

  test("a no given since the backup is named in the dry run and in the result; one from before is not, because it is in it", async () => {
    using desk = await worked();
    const no = (id: number, reason: string) =>
      desk.tamper(
        `insert into rejection (resource, class, bound, actor, reason, at)
           values ((select id from resource where kind = 'user' order by id limit 1 offset ${id}), 'changes', x'00', 'eve', '${reason}', ${desk.clock.now()})`,
      );
    no(0, "long ago");
    await desk.clock.sleep(60_000, new AbortController().signal);
    await desk.run(["backup", backupOf(desk)]);
    no(1, "works here still");
    for (const more of [[], ["--replace", ...yes]]) {
      const { out } = await desk.run(["restore", backupOf(desk), ...more]);
      expect(out.replaceAll(/\s+/g, " ")).toMatch(/Rejections since the backup .*by eve: works here still/);
      expect(out).not.toContain("long ago");
    }
    expect((await desk.run(["restore", backupOf(desk)])).out).not.toContain("Rejections");
  });
});
