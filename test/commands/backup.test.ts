import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { adapt, closeState, decide, finishRestore, unpack } from "../../src/store/restore.ts";
import { Desk } from "./desk.ts";
import { backupOf, titleOf, worked, yes } from "./worked-desk.ts";

function database<T>(file: string, work: (db: Database.Database) => T): T {
  const db = new Database(file);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** The step at which a process dies, counted from 1; and what was asked before. */
function dying(at: number) {
  const steps: string[] = [];
  return {
    steps,
    onStep: (step: string) => {
      steps.push(step);
      if (steps.length === at) throw new Error(`died at ${step}`);
    },
  };
}

describe("rollcall backup", () => {
  test("writes one file for its owner alone, which tar can list, and never overwrites", async () => {
    using desk = await worked();
    const { code, out } = await desk.run(["backup", backupOf(desk)]);
    expect(code).toBe(0);
    expect(out).toContain("1 connection, 3 files");
    expect(statSync(backupOf(desk)).mode & 0o777).toBe(0o600);
    const list = execFileSync("tar", ["-tf", backupOf(desk)], { encoding: "utf8" });
    expect(list.trim().split("\n")).toEqual([
      "MANIFEST.json",
      "staff.db",
      "targets/directory.db",
      "targets/directory.directory.db",
    ]);
    const again = await desk.run(["backup", backupOf(desk)]);
    expect(again.code).toBe(2);
    expect(again.err).toContain("never overwrites");
    expect(readdirSync(join(desk.folder, "state")).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("is of one moment, while a cycle holds the lock and others write", async () => {
    using desk = await worked();
    const lock = desk.lock("staff");
    const { code } = await desk.run(["backup", backupOf(desk)]);
    lock.release();
    expect(code).toBe(0);
  });

  test("a file that cannot be written is said, and nothing is left", async () => {
    using desk = await worked();
    const { code, err } = await desk.run(["backup", join(desk.folder, "no", "b.tar")]);
    expect(code).toBe(2);
    expect(err).toContain("cannot write");
    expect(readdirSync(join(desk.folder, "state")).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("as JSON it names every file with its digest", async () => {
    using desk = await worked();
    const { out } = await desk.run(["backup", backupOf(desk), "--json"]);
    expect(JSON.parse(out)).toMatchObject({
      kind: "Backup",
      handover: false,
      files: [{ name: "staff.db", kind: "connection", serial: 1 }, { kind: "claims" }, { kind: "directory" }],
    });
  });
});

describe("rollcall restore", () => {
  test("puts a lost state back, and the next sync reads and compares everything and finds nothing to do", async () => {
    using desk = await worked();
    await desk.run(["backup", backupOf(desk)]);
    rmSync(join(desk.folder, "state"), { recursive: true });
    const dry = await desk.run(["restore", backupOf(desk)]);
    expect(dry.out).toContain("holds 1 connection (staff)");
    expect(dry.out).toContain("dry run");
    expect(existsSync(join(desk.folder, "state", "staff.db"))).toBe(false);
    expect((await desk.run(["restore", backupOf(desk), ...yes])).code).toBe(0);
    await desk.run("resume");
    const sync = await desk.run("sync");
    expect(sync.code).toBe(0);
    expect(sync.out).toContain("Nothing changed");
    expect((await desk.run("log verify")).code).toBe(0);
    expect((await desk.run("log")).out).toContain("the disk died");
  });

  test("of an older state is refused over a newer one, and with --replace the newer one is moved aside", async () => {
    using desk = await worked();
    await desk.run(["backup", backupOf(desk)]);
    desk.directory.person("ann", { title: "B" });
    await desk.run("sync");
    const refused = await desk.run(["restore", backupOf(desk), ...yes]);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("more was done with staff since");
    expect(await titleOf(desk)).toBe("B");
    const { code, out } = await desk.run(["restore", backupOf(desk), "--replace", ...yes]);
    expect(code).toBe(0);
    expect(out.replaceAll("\n", " ")).toContain("What was there before is in");
    expect(await titleOf(desk)).toBe("A");
    const [time = ""] = readdirSync(join(desk.folder, "state", "replaced"));
    expect(readdirSync(join(desk.folder, "state", "replaced", time)).sort()).toEqual(["staff.db", "targets"]);
    await desk.run("resume");
    expect((await desk.run("sync")).code).toBe(0);
    expect(await titleOf(desk)).toBe("B");
  });

  test("of another snapshot is refused", async () => {
    using desk = await worked();
    using other = await worked();
    await other.run(["backup", backupOf(other)]);
    const { code, err } = await desk.run(["restore", backupOf(other), ...yes]);
    expect(code).toBe(2);
    expect(err).toContain("another lineage");
  });

  test("nothing is written before everything was read and compared: not for one person, not after a read that failed", async () => {
    using desk = await worked();
    // Ann was about to be switched off when the backup was made; by now she is back.
    desk.directory.person("ann", { title: "A", enabled: false });
    await desk.run("pause --reason backup");
    await desk.run("sync");
    await desk.run("resume");
    await desk.run(["backup", backupOf(desk)]);
    desk.directory.person("ann", { title: "A", enabled: true });
    rmSync(join(desk.folder, "state"), { recursive: true });
    await desk.run(["restore", backupOf(desk), ...yes]);
    await desk.run("resume");
    const one = await desk.run("sync --user ben@example.com");
    expect(one.code).toBe(1);
    expect(`${one.out}${one.err}`).toContain("restored from a backup");
    desk.source = {
      // biome-ignore lint/correctness/useYield: the read fails before its first page
      async *poll() {
        const { TransientError } = await import("../../src/errors.ts");
        throw new TransientError("the directory does not answer", { outcome: "none" });
      },
    };
    expect((await desk.run("sync")).code).toBe(1);
    desk.source = {};
    const target = await desk.target();
    const [ann] = await target.users.find("userName", "ann@example.com", new AbortController().signal);
    await target.close();
    expect(ann?.["active"]).not.toBe(false);
    const { code, out } = await desk.run("sync");
    expect(code).toBe(0);
    expect(out).not.toContain("deactivat");
  });

  test("what was approved before the backup is asked about again", async () => {
    using desk = await worked();
    desk.tamper(
      "insert into approval (resource, class, desired, actor, reason, at, expires_at) values (1, 'deletions', x'00', 'a', 'b', 1, 9e15)",
    );
    await desk.run(["backup", backupOf(desk)]);
    await desk.run(["restore", backupOf(desk), ...yes]);
    const approvals = database(join(desk.folder, "state", "staff.db"), (db) =>
      db.prepare("select count(*) from approval").pluck().get(),
    );
    expect(approvals).toBe(0);
  });

  test("a process that dies at any step leaves the old state, or one that the same command brings to its end", async () => {
    using desk = await worked();
    await desk.run(["backup", backupOf(desk)]);
    desk.directory.person("ann", { title: "B" });
    await desk.run("sync");
    const state = join(desk.folder, "state");
    cpSync(state, join(desk.folder, "kept"), { recursive: true });
    const told = { at: desk.clock.now(), actor: "test", reason: "test", isWhole: false };
    for (let at = 1; ; at++) {
      rmSync(state, { recursive: true });
      cpSync(join(desk.folder, "kept"), state, { recursive: true });
      const { steps, onStep } = dying(at);
      let died = false;
      try {
        const head = await unpack(state, backupOf(desk), onStep);
        adapt(state, head, told);
        closeState(state);
        decide(state, head, told.at);
        finishRestore(state, onStep);
      } catch (error) {
        expect(String(error)).toContain("died at");
        died = true;
      }
      if (!died) {
        expect(steps).toEqual([
          ...["staff.db", "targets/directory.db", "targets/directory.directory.db"].map(
            (name) => `unpack ${name}`,
          ),
          ...["staff.db", "targets/directory.db", "targets/directory.directory.db"].map(
            (name) => `aside ${name}`,
          ),
          ...["staff.db", "targets/directory.db", "targets/directory.directory.db"].map(
            (name) => `install ${name}`,
          ),
          "unmark",
        ]);
        return;
      }
      if (steps.at(-1)?.startsWith("unpack") === true) expect((await desk.run("status")).code).toBe(0);
      else {
        // Between two states nothing works, and it says how to go on.
        const status = await desk.run("sync");
        expect(status.code).toBe(1);
        expect(status.err).toContain("rollcall restore FILE");
      }
      expect((await desk.run(["restore", backupOf(desk), "--replace", ...yes])).code).toBe(0);
      expect(await titleOf(desk)).toBe("A");
      expect(existsSync(join(state, ".restore"))).toBe(false);
    }
  }, 120_000);

  test("a file that was cut short or changed is refused before anything is moved", async () => {
    using desk = await worked();
    await desk.run(["backup", backupOf(desk)]);
    const whole = readFileSync(backupOf(desk));
    truncateSync(backupOf(desk), Math.floor(whole.length / 2));
    expect((await desk.run(["restore", backupOf(desk), ...yes])).err).toContain("only the beginning");
    const changed = Buffer.from(whole);
    changed[whole.length - 5_000] = (changed[whole.length - 5_000] ?? 0) ^ 1;
    writeFileSync(backupOf(desk), changed);
    const { code, err } = await desk.run(["restore", backupOf(desk), ...yes]);
    expect(code).toBe(1);
    expect(err).toContain("is not what was written");
    expect(existsSync(join(desk.folder, "state", ".restore"))).toBe(false);
    writeFileSync(backupOf(desk), "hello");
    expect((await desk.run(["restore", backupOf(desk)])).code).toBe(2);
    expect((await desk.run("sync")).code).toBe(0);
  });

  test("while somebody works with the state, or has it open, nothing is moved", async () => {
    using desk = await worked();
    await desk.run(["backup", backupOf(desk)]);
    const lock = desk.lock("staff");
    expect((await desk.run(["restore", backupOf(desk), ...yes])).code).toBe(75);
    lock.release();
    const daemon = desk.lock(".daemon");
    const busy = await desk.run(["restore", backupOf(desk), ...yes]);
    expect(busy.code).toBe(75);
    expect(busy.err).toContain("a daemon works with the state");
    const handover = await desk.run(["backup", `${backupOf(desk)}2`, "--handover", ...yes]);
    expect(handover.code).toBe(75);
    daemon.release();
    const reader = new Database(join(desk.folder, "state", "staff.db"));
    reader.prepare("select count(*) from run").get();
    const { code, err } = await desk.run(["restore", backupOf(desk), ...yes]);
    reader.close();
    expect(code).toBe(1);
    expect(err).toContain("another process has the state file");
    expect((await desk.run(["restore", backupOf(desk), ...yes])).code).toBe(0);
  });
});

describe("rollcall backup --handover", () => {
  test("the old state does nothing any more and says where it went; the new one goes on", async () => {
    using desk = await worked();
    using house = new Desk("    policy: { existingAccounts: adopt }\n");
    const dry = await desk.run(["backup", backupOf(desk), "--handover"]);
    expect(dry.out).toContain("dry run");
    expect((await desk.run("sync")).code).toBe(0);
    const { code } = await desk.run([
      "backup",
      backupOf(desk),
      "--handover",
      "--yes",
      "--reason",
      "new machine",
    ]);
    expect(code).toBe(0);
    for (const line of [
      "sync",
      "plan",
      "pause --reason x",
      "resume",
      "retry",
      "reset --cursor --yes --reason x",
    ]) {
      const refused = await desk.run(line);
      expect([line, refused.code]).toEqual([line, 2]);
      expect(refused.err).toContain("new machine");
      expect(refused.err).toContain("rollcall backup --take-back");
    }
    for (const line of ["status", "log", "log verify", "explain ann@example.com"])
      expect((await desk.run(line)).code).toBe(0);

    cpSync(join(desk.folder, "rollcall.yaml"), house.file);
    house.directory.person("ann", { title: "A" }).person("ben").group("team", ["ann"]);
    expect((await house.run(["restore", backupOf(desk), "--yes", "--reason", "new machine"])).code).toBe(0);
    expect((await house.run("log")).out).toContain("new machine");
  });

  test("is taken back by a person's word", async () => {
    using desk = await worked();
    await desk.run(["backup", backupOf(desk), "--handover", "--yes", "--reason", "new machine"]);
    expect((await desk.run("backup --take-back")).out).toContain("dry run");
    expect((await desk.run("sync")).code).toBe(2);
    expect((await desk.run(["backup", "--take-back", "--yes", "--reason", "stays"])).code).toBe(0);
    expect((await desk.run("sync")).code).toBe(0);
    expect((await desk.run("log")).out).toMatch(/handover[\s\S]*take back/);
    expect((await desk.run("backup --take-back --yes --reason x")).code).toBe(2);
  });

  test("that cannot be written leaves the state as it was", async () => {
    using desk = await worked();
    const file = join(desk.folder, "no", "b.tar");
    expect((await desk.run(["backup", file, "--handover", "--yes", "--reason", "x"])).code).toBe(2);
    expect((await desk.run("sync")).code).toBe(0);
  });
});
