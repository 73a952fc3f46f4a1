import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { checkMapping } from "../../src/mapping/compile.ts";
import { registries } from "./registries.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-windows-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function loaded(connection: string, top = "") {
  const file = join(folder, "rollcall.yaml");
  writeFileSync(
    file,
    `${top}sources:\n  people: { type: hr, url: x, password: { env: X } }\nconnections:\n  staff:\n    source: people\n${connection}`,
  );
  return loadConfig(file, checkMapping, registries);
}

async function refusal(connection: string, top = ""): Promise<string> {
  const error: unknown = await loaded(connection, top).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof Error ? error.message : "taken";
}

test("windows and their time zone are taken as they are written, and left out where there are none", async () => {
  const config = await loaded('    windows: ["* 6-22 * * mon-fri"]\n    timezone: Europe/London\n');
  expect(config.connections[0]?.windows).toEqual({
    patterns: ["* 6-22 * * mon-fri"],
    timezone: "Europe/London",
  });
  expect((await loaded("")).connections[0]).not.toHaveProperty("windows");
});

test("what concerns the daemon has defaults", async () => {
  expect((await loaded("")).daemon).toEqual({ cyclesAtOnce: 4, stopTimeoutMs: 60_000 });
  expect((await loaded("", "daemon: { cyclesAtOnce: 1, stopTimeout: 5s }\n")).daemon).toEqual({
    cyclesAtOnce: 1,
    stopTimeoutMs: 5_000,
  });
});

test.each([
  ['windows: ["* 25 * * *"]', 'expected a cron expression, got "* 25 * * *": "25" is no hour (0 to 23)'],
  ['windows: ["* * 31 2 *"]', '"31" is no day of the month (1 to 31)'],
  ['windows: ["0 * * * * *"]', "expected a cron expression of five fields"],
  ['windows: "* * * * *"', "windows"],
  ["windows: []", "expected at least one cron expression"],
  [
    'windows: ["* * * * *"]\n    timezone: Mars/Olympus',
    "expected the name of a time zone, such as Europe/London",
  ],
  ["timezone: Europe/London", "expected windows beside it"],
])("%j is refused: %s", async (written, expected) => {
  expect(await refusal(`    ${written}\n`)).toContain(expected);
});

test("no place for any cycle, or no time to stop, is refused", async () => {
  expect(await refusal("", "daemon: { cyclesAtOnce: 0 }\n")).toContain("cyclesAtOnce");
  expect(await refusal("", "daemon: { stopTimeout: soon }\n")).toContain("stopTimeout");
});
