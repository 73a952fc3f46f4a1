import { spawnSync } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const command = fileURLToPath(new URL("../bin/rollcall.js", import.meta.url));

/** Tells `command` that it runs on another Node, before it is read. */
function startedOn(
  version: string,
  file = command,
): { readonly status: number | null; readonly said: string } {
  const pretend =
    `Object.defineProperty(process, "version", { value: "v${version}" });` +
    `Object.defineProperty(process.versions, "node", { value: "${version}" });`;
  const result = spawnSync(
    process.execPath,
    ["--import", `data:text/javascript,${encodeURIComponent(pretend)}`, file, "--version"],
    { encoding: "utf8" },
  );
  return { status: result.status, said: result.stderr };
}

describe("the command on a Node that is too old", () => {
  let elsewhere: string;

  beforeAll(async () => {
    elsewhere = await mkdtemp(join(tmpdir(), "rollcall-bin-"));
    await cp(command, join(elsewhere, "bin", "rollcall.mjs"));
  });

  afterAll(async () => {
    await rm(elsewhere, { recursive: true, force: true });
  });

  test.each(["20.20.2", "22.22.0", "24.14.9", "23.99.0"])(
    "%s: says so in one line and exits 2",
    (version) => {
      const { status, said } = startedOn(version);
      expect(status).toBe(2);
      expect(said).toMatch(
        new RegExp(`^rollcall needs Node.js 24\\.15 or newer; this is v${version}\\. .*npm ci.*\\n$`),
      );
    },
  );

  test("an installed one speaks of the PATH, not of a clone", () => {
    const { status, said } = startedOn("20.20.2", join(elsewhere, "bin", "rollcall.mjs"));
    expect(status).toBe(2);
    expect(said).toContain("PATH");
    expect(said).not.toContain("npm");
  });

  test.each(["24.15.0", "25.0.0", "26.10.0"])("%s is new enough", (version) => {
    expect(startedOn(version).said).not.toContain("needs Node.js");
  });
});
