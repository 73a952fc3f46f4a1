import { expect, test } from "vitest";
import { counted, listed, relative, span } from "../../src/commands/output/numbers.ts";

test.each([
  [85, "85 ms"],
  [3_140, "3.1 s"],
  [42_000, "42 s"],
  [12 * 60_000 + 5_000, "12 min"],
  [2 * 3_600_000 + 5 * 60_000, "2 h 5 min"],
  [39 * 60_000 + 58_000, "40 min"],
  [59 * 60_000 + 40_000, "1 h"],
  [9 * 3_600_000 + 59 * 60_000, "9 h 59 min"],
  [14 * 3_600_000 + 40 * 60_000, "15 h"],
  [23 * 3_600_000 + 59 * 60_000, "1 d"],
  [24 * 3_600_000, "1 d"],
  [12.4 * 86_400_000, "12 d"],
  [76 * 3_600_000, "3 d 4 h"],
])("%i ms is %s", (ms, text) => {
  expect(span(ms)).toBe(text);
});

test("a time is told from now, in both directions", () => {
  expect(relative(0, 12 * 60_000)).toBe("12 min ago");
  expect(relative(3 * 3_600_000, 0)).toBe("in 3 h");
  expect(relative(1_000, 2_000)).toBe("just now");
});

test("counts have separators and the right word", () => {
  expect(counted(1, "person", "people")).toBe("1 person");
  expect(counted(1900, "person", "people")).toBe("1,900 people");
  expect(listed(["a", "b", "c"])).toBe("a, b and c");
});
