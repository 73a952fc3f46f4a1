import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { CommandDefinition } from "../../src/commands/invocation.ts";
import { commands } from "../../src/commands/registry.ts";
import { version } from "../../src/commands/version.ts";
import { manPage } from "./man-page.ts";

const file = fileURLToPath(new URL("../../man/rollcall.1", import.meta.url));

test("man/rollcall.1 is made of the commands of this version (UPDATE=1 writes it)", () => {
  const page = manPage(version());
  if (process.env["UPDATE"] === "1") {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, page);
  }
  expect(readFileSync(file, "utf8")).toBe(page);
});

const groff = spawnSync("groff", ["--version"]).status === 0;

test.runIf(groff)(
  `groff takes it without a warning, and shows every command and option as they are typed${groff ? "" : " [left out: groff is not installed]"}`,
  () => {
    const { stdout, stderr } = spawnSync("groff", ["-man", "-ww", "-Tutf8", "-P-cbou", "-rLL=100n", file], {
      encoding: "utf8",
    });
    expect(stderr).toBe("");
    const shown = stdout.replace(/\s+/g, " ");
    const names = (all: readonly CommandDefinition[], above: string): string[] =>
      all
        .filter((each) => each.hidden !== true)
        .flatMap((each) => [`${above}${each.name}`, ...names(each.commands ?? [], `${above}${each.name} `)]);
    for (const name of names(commands, "rollcall ")) expect(shown).toContain(name);
    for (const { options = [] } of commands)
      for (const [flags] of options) expect(shown).toContain(flags.split(" ")[0]);
    expect(shown).not.toContain("rollcall complete ");
  },
);
