import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("../../bin/rollcall.js", import.meta.url));

test("the demo has a real domain controller where there can be one, and compares what came of it person by person", async () => {
  const temporary = mkdtempSync(join(tmpdir(), "rollcall-demo-test-"));
  const child = spawn(process.execPath, [main, "demo"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env["PATH"], TMPDIR: temporary },
  });
  try {
    const ended = once(child, "exit");
    const said = (await text(child.stdout)).replaceAll(/\s+/g, " ");
    for (const line of [
      "(2,060 people, 30 groups), a real domain controller: Samba at ldaps://127.",
      "plant ad (active-directory) → directory (embedded) sync, run 1",
      "1,937 people created 30 groups created",
      "2,237 people may log in, 39 groups",
      "marries person.00041@lab.example is now ada.newname@lab.example",
      "✓ plant: the audit trail is whole",
      "everything as it has to be",
    ])
      expect(said).toContain(line);
    expect(await ended).toEqual([0, null]);
    expect(readdirSync(temporary)).toEqual([]);
  } finally {
    if (child.exitCode === null) child.kill("SIGKILL");
    rmSync(temporary, { recursive: true, force: true });
  }
}, 600_000);
