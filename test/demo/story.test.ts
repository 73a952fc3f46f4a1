import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { displayWidth } from "../../src/commands/output/table.ts";

const main = fileURLToPath(new URL("../../bin/rollcall.js", import.meta.url));

let temporary: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "rollcall-demo-test-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
  rmSync(temporary, { recursive: true, force: true });
});

/** The demo as a process of its own, whose temporary files are watched. */
function start(): { readonly child: ChildProcess; readonly said: () => string } {
  const child = spawn(process.execPath, [main, "demo", "--without-samba"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], TMPDIR: temporary },
  });
  children.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
      child.emit("said");
    });
  return { child, said: () => said };
}

describe("the demo without a domain controller", () => {
  test("tells its story to the end, on 80 columns, and leaves nothing behind", async () => {
    const { child, said } = start();
    const [code] = await once(child, "close");
    expect(code).toBe(0);
    const squeezed = said().replaceAll(/\s+/g, " ");
    for (const line of [
      "Active Directory is left out: --without-samba was asked for.",
      "$ rollcall validate",
      "would create 240 of 241 people, create 6 groups",
      "300 people may log in, 9 groups with 540 memberships",
      "/users/delta 1 ",
      "/api/v1/logs 1 ",
      "- deactivate tom.silva@contoso.example",
      "1 person reactivated",
      "belongs to connection staff",
      "She has the account that she had.",
      "35 of 242 people would be deactivated",
      "(exit code 3)",
      "12 people deactivated",
      "read everything (Microsoft Graph no longer takes our place",
      "deactivations: the shop in Cork closes (",
      "✓ fabrikam: the audit trail is whole",
      "everything as it has to be",
      "npm run -s rollcall -- init",
    ])
      expect(squeezed).toContain(line);
    // Paths and messages to a log are never broken.
    const wide = said()
      .split("\n")
      .filter((line) => !/^\{|^ *\//.test(line) && displayWidth(line) > 80);
    expect(wide).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  }, 300_000);

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "%s in the middle ends it with exit code %i, and leaves nothing behind",
    async (signal, expected) => {
      const { child, said } = start();
      while (!said().includes("$ rollcall plan")) await once(child, "said");
      child.kill(signal);
      const [code] = await once(child, "close");
      expect(said()).toContain("demo: stopped");
      expect(code).toBe(expected);
      expect(readdirSync(temporary)).toEqual([]);
    },
    180_000,
  );
});
