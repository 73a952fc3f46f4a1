import { expect, test } from "vitest";
import { ProgressLine } from "../../src/commands/output/progress.ts";

function stage(isTerminal: boolean) {
  let written = "";
  const clock = { time: 1_000_000, now: () => clock.time, sleep: async () => {} };
  const output = {
    isTerminal,
    columns: 60,
    write: (text: string) => {
      written += text;
    },
  };
  const line = new ProgressLine("staff", output, clock);
  return { line, clock, written: () => written };
}

test("on a terminal one line is rewritten, and taken away before anything else is said", () => {
  const { line, clock, written } = stage(true);
  line.show({ step: "read", done: 100 });
  clock.time += 200;
  line.show({ step: "apply", done: 1204, of: 2000 });
  line.clear();
  expect(written().split("\r\u001b[2K")).toEqual([
    "",
    "staff: reading the directory: 100 read",
    "staff: writing to the target: 1,204 done of 2,000",
    "",
  ]);
  expect(written()).not.toContain("\n");
});

test("a terminal is redrawn ten times a second at most, and never beyond its width", () => {
  const { line, clock, written } = stage(true);
  for (let done = 0; done < 50; done++) {
    clock.time += 10;
    line.show({ step: "settle", done, note: "x".repeat(100) });
  }
  const drawn = written().split("\r\u001b[2K").slice(1);
  expect(drawn.length).toBeLessThanOrEqual(6);
  expect(Math.max(...drawn.map((text) => text.length))).toBeLessThan(60);
});

test("without a terminal there is a line every ten seconds, without control characters", () => {
  const { line, clock, written } = stage(false);
  for (let second = 1; second <= 25; second++) {
    clock.time += 1_000;
    line.show({ step: "read", done: second });
  }
  line.clear();
  expect(written()).toBe("staff: reading the directory: 10 read\nstaff: reading the directory: 20 read\n");
});
