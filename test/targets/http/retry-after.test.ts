import { expect, test } from "vitest";
import { retryAfterMs } from "../../../src/targets/http/retry-after.ts";

const now = Date.parse("2026-11-22T12:00:00Z");

test.each([
  ["0", 0],
  ["120", 120_000],
  ["1.5", 1_500],
  [" 3 ", 3_000],
  ["Sun, 22 Nov 2026 12:01:00 GMT", 60_000],
  ["Sunday, 22-Nov-26 12:01:00 GMT", 60_000],
  ["Sun, 22 Nov 2026 11:00:00 GMT", 0],
  [undefined, undefined],
  ["", undefined],
  ["-5", undefined],
  ["1e9", undefined],
  ["99999999999", undefined],
  ["soon", undefined],
  ["2026", 2_026_000],
  ["2026-11-22T12:01:00Z", undefined],
])("%j is %j ms", (header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms);
});
