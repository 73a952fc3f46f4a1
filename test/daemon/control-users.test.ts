/** Real users of this machine, made for these tests and taken away again; without root, or the tools of Debian's passwd package, they are skipped. */
import { execFile, execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { groupId, userName } from "../../src/daemon/control-accounts.ts";
import { Desk, type Result } from "../commands/desk.ts";
import { Serving } from "./serving.ts";

const main = fileURLToPath(new URL("../../bin/rollcall.js", import.meta.url));
const tag = `rc${process.pid.toString(36)}`;
const groups = { view: `${tag}v`, operate: `${tag}o` };
const people = { viewer: `${tag}-eve`, operator: `${tag}-ann`, stranger: `${tag}-mal` };

const missing = ["useradd", "groupadd", "userdel", "groupdel", "setpriv"].filter(
  (tool) => !["/usr/sbin", "/usr/bin", "/sbin", "/bin"].some((folder) => existsSync(join(folder, tool))),
);
const why =
  process.geteuid?.() !== 0
    ? "this is not root"
    : missing.length > 0
      ? `${missing.join(", ")} missing`
      : undefined;

describe.skipIf(why !== undefined)(
  `other users of the machine${why === undefined ? "" : ` [left out: ${why}]`}`,
  () => {
    const made: (readonly [tool: string, name: string])[] = [];
    const make = (tool: "user" | "group", name: string, ...options: readonly string[]) => {
      execFileSync(`/usr/sbin/${tool}add`, [...options, name], { stdio: "pipe" });
      made.push([`/usr/sbin/${tool}del`, name]);
    };
    let gids: { readonly view: number | undefined; readonly operate: number | undefined };
    let desk: Desk;
    let runtime: string;

    beforeAll(async () => {
      make("group", groups.view);
      make("group", groups.operate);
      make("user", people.viewer, "--no-create-home", "--groups", groups.view);
      make("user", people.operator, "--no-create-home", "--groups", groups.operate);
      make("user", people.stranger, "--no-create-home");
      gids = { view: await groupId(groups.view), operate: await groupId(groups.operate) };
    });
    afterAll(() => {
      for (const [tool, name] of made.toReversed()) execFileSync(tool, [name], { stdio: "pipe" });
    });
    beforeEach(() => {
      desk = new Desk();
      desk.directory.person("ann").person("ben").group("team", ["ann"]);
      runtime = mkdtempSync(join(tmpdir(), "rollcall-run-"));
      chmodSync(runtime, 0o755);
      writeFileSync(
        desk.file,
        `control: ${join(runtime, "control.sock")}\n${readFileSync(desk.file, "utf8")}`,
      );
    });
    afterEach(() => {
      desk[Symbol.dispose]();
      rmSync(runtime, { recursive: true, force: true });
    });

    /** A command line in a process of that user, who may read neither configuration nor state. */
    function as(
      user: string,
      line: readonly string[],
      more: Readonly<Record<string, string>> = {},
    ): Promise<Result> {
      const options = ["--reuid", user, "--regid", user, "--init-groups", process.execPath, main];
      const environment = { PATH: "/usr/bin:/bin", NO_COLOR: "1", RUNTIME_DIRECTORY: runtime, ...more };
      return new Promise((resolve) => {
        const done = (error: Error | null, out: string, err: string) =>
          resolve({
            code: error === null ? 0 : Number((error as { readonly code?: number }).code ?? -1),
            out,
            err,
          });
        execFile("setpriv", [...options, ...line], { cwd: "/", env: environment, timeout: 60_000 }, done);
      });
    }

    async function pauseActor(): Promise<string> {
      return JSON.parse((await desk.run("status --json")).out).connections[0].pause.actor;
    }

    test("a number has its name, and a name its number", async () => {
      expect(await userName(0)).toBe("root");
      expect(await userName(4_000_000_000)).toBeUndefined();
      expect(await groupId("root")).toBe(0);
      expect(await groupId("no:such")).toBeUndefined();
    });

    test("whoever may look sees, and may not operate", { timeout: 60_000 }, async () => {
      await using _serving = await Serving.of(desk, { groups: gids });
      const seen = await as(people.viewer, ["status"]);
      expect(seen).toMatchObject({ code: 0, err: "" });
      expect(seen.out).toContain("staff");
      const refused = await as(people.viewer, ["sync"]);
      expect(refused).toMatchObject({ code: 1, out: "" });
      expect(refused.err).toContain("`sync` is for members of the group rollcall-operate; you may only look");
    });

    test("whoever may operate does everything without reading configuration or state, and is named for it", {
      timeout: 60_000,
    }, async () => {
      await using _serving = await Serving.of(desk, { groups: gids });
      expect((await as(people.operator, ["sync"])).out).toContain("2 people created");
      expect((await as(people.operator, ["pause", "--reason", "x"])).code).toBe(0);
      expect(await pauseActor()).toBe(people.operator);
      await as(people.operator, ["resume"]);
      await as(people.operator, ["pause", "--reason", "x"], { SUDO_USER: "root" });
      expect(await pauseActor()).toBe(`${people.operator} (claimed: root)`);
    });

    test("a file is the person's own, where the daemon could not write and no one else can read", {
      timeout: 60_000,
    }, async () => {
      await using _serving = await Serving.of(desk, { groups: gids });
      const own = join(runtime, "own");
      mkdirSync(own, { mode: 0o700 });
      execFileSync("chown", [people.operator, own]);
      const plan = join(own, "plan.json");
      expect((await as(people.operator, ["plan", "--out", plan])).err).toBe("");
      expect(await userName(statSync(plan).uid)).toBe(people.operator);
      const refused = await as(people.operator, ["plan", "--out", join(desk.folder, "plan.json")]);
      expect(refused.code).toBe(2);
      expect(existsSync(join(desk.folder, "plan.json"))).toBe(false);
    });

    test("a stranger is refused, and told which group it takes", { timeout: 60_000 }, async () => {
      await using _serving = await Serving.of(desk, { groups: gids });
      const refused = await as(people.stranger, ["status"]);
      expect(refused).toMatchObject({ code: 1, out: "" });
      expect(refused.err).toContain("you may not use the daemon's control socket");
      expect(refused.err).toContain("rollcall-view or rollcall-operate");
    });

    test("without a daemon whoever may not read the configuration is told how to do it all the same", {
      timeout: 60_000,
    }, async () => {
      const refused = await as(people.operator, ["status", "--config", desk.file]);
      expect(refused).toMatchObject({ code: 2, out: "" });
      expect(refused.err).toContain(`you may not read the configuration ${desk.file}`);
      expect(refused.err).toMatch(/sudo systemd-run .* status --config /);
      chmodSync(desk.folder, 0o755);
      mkdirSync(join(desk.folder, "state"), { mode: 0o700 });
      const closed = await as(people.operator, ["status", "--config", desk.file]);
      expect(closed).toMatchObject({ code: 2, out: "" });
      expect(closed.err).toContain(`the state folder ${join(desk.folder, "state")} belongs to another user`);
    });

    test("without the groups root and the owner alone may connect", { timeout: 60_000 }, async () => {
      await using _serving = await Serving.of(desk, { groups: { view: undefined, operate: undefined } });
      const refused = await as(people.operator, ["status"]);
      expect(refused).toMatchObject({ code: 1, out: "" });
      expect(refused.err).toContain("only root and the daemon's own user may");
      expect((await desk.run("status")).code).toBe(0);
    });
  },
);
