import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));

function simulate(...options: readonly string[]): {
  readonly status: number | null;
  readonly lines: readonly string[];
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...options], { encoding: "utf8" });
  return { status, lines: `${stdout}${stderr}`.trimEnd().split("\n") };
}

function digestOf(lines: readonly string[]): string | undefined {
  return lines.find((line) => line.startsWith("digest of all runs: "));
}

test("300 seeds of crashes, lost answers, lying reads and people who err: no promise is broken", () => {
  const { status, lines } = simulate("--seeds", "300", "--from", "1", "--jobs", "2");
  expect(lines.at(-1), lines.slice(0, 100).join("\n")).toBe("300 seeds, 0 violations");
  expect(status).toBe(0);
  const reached = lines.find((line) => line.includes("reached an apply")) ?? "";
  expect(Number(/^(\d+) of 300/.exec(reached)?.[1])).toBeGreaterThanOrEqual(297);
}, 600_000);

test("the same 100 seeds give the same runs, whatever runs beside them", () => {
  const [one, other] = ["1", "2"].map((jobs) => simulate("--seeds", "100", "--from", "3001", "--jobs", jobs));
  expect(digestOf(one?.lines ?? [])).toMatch(/[0-9a-f]{64}$/);
  expect(digestOf(one?.lines ?? [])).toBe(digestOf(other?.lines ?? []));
}, 600_000);

test.each([
  ["--seeds", "0"],
  ["--seeds", "many"],
  ["--from", "-1"],
  ["--jobs", "0"],
  ["--sedes", "300"],
])("%s %s tells no seed, and is no success", (...options) => {
  const { status, lines } = simulate(...options);
  expect(lines.at(-1)).toMatch(/^usage: npm run simulate /);
  expect(lines.join("\n")).not.toContain("0 violations");
  expect(status).toBe(2);
});

test("npm run simulate tells the seeds that it is asked for", () => {
  const { status, stdout } = spawnSync(
    "npm",
    ["run", "-s", "simulate", "--", "--seeds", "2", "--from", "7"],
    {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
      encoding: "utf8",
    },
  );
  expect(stdout.trimEnd().split("\n").at(-1)).toBe("2 seeds, 0 violations");
  expect(status).toBe(0);
}, 60_000);
