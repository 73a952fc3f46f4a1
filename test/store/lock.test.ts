import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ConfigurationError } from "../../src/errors.ts";
import { takeLock } from "../../src/store/lock.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-lock-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test("a state folder that cannot be made is a wrong configuration, said with what to check", () => {
  writeFileSync(join(folder, "file"), "");
  const lock = join(folder, "file", "state", "staff.lock");
  expect(() => takeLock(lock, "staff")).toThrow(ConfigurationError);
  expect(() => takeLock(lock, "staff")).toThrow(`staff: cannot take the lock ${lock}`);
});
