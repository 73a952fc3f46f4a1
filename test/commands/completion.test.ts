import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { commands } from "../../src/commands/registry.ts";
import { run } from "../../src/commands/run.ts";
import { TestClock } from "../world.ts";
import { Desk } from "./desk.ts";

const configuration = `connections:
  staff: { source: people }
  sales-emea: { source: people }
  "$(touch pwned)": {}
  "a b": {}
broken: [
`;

describe("what may come next", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "rollcall-completion-"));
    writeFileSync(join(folder, "rollcall.yaml"), configuration);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function words(
    ...line: string[]
  ): Promise<{ readonly values: readonly string[]; readonly how: string }> {
    let out = "";
    const terminal = { isTerminal: false, columns: undefined };
    const { signal } = new AbortController();
    const code = await run(["complete", "--", "--config", join(folder, "rollcall.yaml"), ...line], {
      stdout: {
        ...terminal,
        write: (text) => {
          out += text;
        },
      },
      stderr: {
        ...terminal,
        write: (text) => {
          throw new Error(text);
        },
      },
      environment: {},
      clock: new TestClock(),
      signal,
      abort: signal,
      ask: undefined,
    });
    expect(code).toBe(0);
    const lines = out.trimEnd().split("\n");
    return { values: lines.slice(0, -1).map((each) => each.split("\t")[0] ?? ""), how: lines.at(-1) ?? "" };
  }

  test("connections by name, also of a configuration with mistakes, and none that a shell could take for something else", async () => {
    for (const command of ["plan", "sync", "status", "survey", "pause"])
      expect((await words(command, "")).values).toEqual(expect.arrayContaining(["staff", "sales-emea"]));
    expect((await words("sync", "sa")).values).toEqual(["sales-emea"]);
    expect((await words("sync", "staff", "s")).values).toEqual(["staff", "sales-emea"]);
    expect((await words("transfer", "--from", "")).values).toEqual(["staff", "sales-emea"]);
    expect((await words("retry", "--connection=")).values).toEqual(["staff", "sales-emea"]);
  });

  test("commands and their subcommands, those of machines excepted", async () => {
    const { values, how } = await words("");
    expect(values).toEqual(commands.filter((each) => each.hidden !== true).map((each) => each.name));
    expect(how).toBe(":4");
    expect((await words("held", "a")).values).toEqual(["approve"]);
    expect((await words("links", "")).values).toEqual(["export", "import"]);
  });

  test("options of a command, its own and those of all, and their values", async () => {
    expect((await words("plan", "--")).values).toEqual(
      expect.arrayContaining(["--offline", "--json", "--config"]),
    );
    expect((await words("plan", "--off")).values).toEqual(["--offline"]);
    expect((await words("log", "--since", "")).values).toContain("7d");
    expect((await words("held", "approve", "dea")).values).toEqual(["deactivations"]);
    expect((await words("init", "--cloud", "us")).values).toEqual(["usgov", "usgov-dod"]);
    expect((await words("completion", "")).values).toEqual(["bash", "zsh", "fish", "powershell"]);
  });

  test("files are left to the shell, and people to whoever types", async () => {
    for (const line of [
      ["plan", "--out", ""],
      ["plan", "--config", ""],
      ["survey", "--csv=x"],
    ])
      expect(await words(...line)).toEqual({ values: [], how: ":0" });
    expect(await words("plan", "--user", "")).toEqual({ values: [], how: ":4" });
  });

  test("without a configuration there is nothing to say, and no error either", async () => {
    expect((await words("--config", join(folder, "nowhere.yaml"), "sync", "")).values).toEqual([]);
    expect((await words("--config", folder, "sync", "")).values).toEqual([]);
    expect((await words("\u0000", "$(x)", "")).how).toMatch(/^:\d$/);
  });
});

test.each(["bash", "zsh", "fish", "powershell"])("there is a script for %s", async (shell) => {
  using desk = new Desk();
  const { code, out } = await desk.run(`completion ${shell}`);
  expect(code).toBe(0);
  expect(out).toMatch(/rollcall["']? complete|complete.*--/);
});

test("of another shell it says for which there is one", async () => {
  using desk = new Desk();
  const { code, err } = await desk.run("completion tcsh");
  expect(code).toBe(2);
  expect(err).toContain("there is one for bash, zsh, fish, powershell");
});

describe("the script in a real bash", () => {
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "rollcall-bash-"));
    const bin = fileURLToPath(new URL("../../bin/rollcall.js", import.meta.url));
    writeFileSync(join(folder, "rollcall"), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`);
    chmodSync(join(folder, "rollcall"), 0o755);
    writeFileSync(join(folder, "rollcall.yaml"), configuration);
    using desk = new Desk();
    writeFileSync(join(folder, "script"), (await desk.run("completion bash")).out);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** What bash offers for the words, the last of which is being typed. */
  function bash(...line: string[]): { readonly offered: readonly string[]; readonly said: string } {
    const text = `
source ./script
source ./script
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=\${#COMP_LINE}
compopt() { :; }
__rollcall_complete
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", text, "bash", "rollcall", ...line], {
      cwd: folder,
      encoding: "utf8",
      env: { PATH: `${folder}:${process.env["PATH"]}`, HOME: folder },
    });
    return { offered: stdout.split("\n").filter((each) => each !== ""), said: stderr };
  }

  test("offers connections, and says nothing when it is loaded twice", () => {
    expect(bash("--config", "rollcall.yaml", "sync", "s")).toEqual({
      offered: ["staff", "sales-emea"],
      said: "",
    });
    expect(bash("held", "rej")).toEqual({ offered: ["reject"], said: "" });
  });

  test("runs nothing of what stands on the line", () => {
    expect(bash("sync", "$(touch ./pwned)", "x; touch ./pwned", "").said).toBe("");
    expect(spawnSync("ls", [folder], { encoding: "utf8" }).stdout).not.toContain("pwned");
  });
});
