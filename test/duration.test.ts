import fc from "fast-check";
import { expect, test } from "vitest";
import { duration } from "../src/duration.ts";

test.each([
  ["1s", 1_000],
  ["90s", 90_000],
  ["40m", 2_400_000],
  ["2h", 7_200_000],
  ["30d", 2_592_000_000],
  ["3650d", 315_360_000_000],
])("%s is %i ms", (text, ms) => {
  expect(duration.parse(text)).toBe(ms);
});

test.each([
  "",
  "40",
  "40 m",
  "m",
  "0m",
  "-1m",
  "1.5h",
  "1h30m",
  "40M",
  "40min",
  "3651d",
  "9999999999s",
  " 1s",
  "1s\n",
  40,
  null,
])("%j is no duration, and the message says what is", (value) => {
  expect(duration.safeParse(value).error?.issues.map((each) => each.message)).toEqual([
    "expected a duration such as 90s, 40m, 2h or 30d",
  ]);
});

test("whatever is accepted is a positive whole number of milliseconds that fits", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\d{1,12}[smhdw]?$/), (text) => {
      const { data, success } = duration.safeParse(text);
      return !success || (Number.isSafeInteger(data) && data >= 1_000 && data <= 315_360_000_000);
    }),
  );
});
