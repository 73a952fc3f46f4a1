import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("./hours.ts", import.meta.url));

/** A whole day takes a minute or two: HOURS=24 npx vitest run test/daemon/memory.test.ts. */
const hours = Number(process.env["HOURS"] ?? 5);

interface Open {
  readonly files: readonly string[];
  readonly resources: readonly string[];
}

test(`after ${hours} hours of 20 connections no more memory is taken than after the first, and nothing is left open`, async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--expose-gc", "--no-warnings", script, String(hours)],
    { maxBuffer: 2 ** 24 },
  );
  const { cycles, resident, before, after } = JSON.parse(stdout) as {
    readonly cycles: number;
    readonly resident: readonly number[];
    readonly before: Open;
    readonly after: Open;
  };
  const [first = 0] = resident;
  const last = resident.at(-1) ?? Number.NaN;
  console.log(`${cycles} cycles; resident after each hour: ${resident.join(", ")} MiB`);
  // Each connection begins within the first four minutes, and then every forty.
  expect(cycles).toBeGreaterThanOrEqual(hours * 30 - 20);
  expect(last).toBeLessThan(first * 1.1);
  expect(after).toEqual(before);
}, 300_000);
