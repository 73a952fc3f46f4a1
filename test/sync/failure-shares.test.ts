import { expect, test } from "vitest";
import { overThreshold, type Writes } from "../../src/sync/failure-shares.ts";

const none = { objects: 0, parts: 0 };
const calm: Writes = { taken: 100, refused: 0 };

/** The reason, for what a run wrote and what fails by then. */
function reason(run: Writes, before: Writes | undefined = calm, failing = none): string | undefined {
  return overThreshold(run, before, failing)?.reason;
}

/** The worked examples of the vendor's page on quarantine, run by run. */
test.each([
  ["4,000 failures", { taken: 0, refused: 4_000 }, { objects: 4_000, parts: 0 }, undefined],
  [
    "45,000 failures",
    { taken: 100_000, refused: 45_000 },
    { objects: 45_000, parts: 0 },
    "EncounteredBaseEscrowThreshold",
  ],
  [
    "30,000 failures, 5,000 successes",
    { taken: 5_000, refused: 30_000 },
    { objects: 30_000, parts: 0 },
    "EncounteredEscrowProportionThreshold",
  ],
  [
    "20,000 failures, 100,000 successes",
    { taken: 100_000, refused: 20_000 },
    { objects: 20_000, parts: 0 },
    undefined,
  ],
  [
    "40,000 failures and 21,000 of references",
    { taken: 100_000, refused: 40_000 },
    { objects: 40_000, parts: 21_000 },
    "EncounteredTotalEscrowThreshold",
  ],
] as const)("%s in one run", (_, run, failing, expected) => {
  expect(reason(run, calm, failing)).toBe(expected);
});

const over = "EncounteredEscrowProportionThreshold";

test.each([
  ["nobody", 0, 0, undefined],
  ["one of one", 0, 1, undefined],
  ["nine of nine", 0, 9, undefined],
  ["ten of ten", 0, 10, over],
  ["ten of twenty, no more than half", 10, 10, undefined],
  ["eleven of twenty-one", 10, 11, over],
  ["26 of 50", 24, 26, over],
  ["25 of 50", 25, 25, undefined],
  ["4,999 of 9,998", 4_999, 4_999, undefined],
  ["4,999 of 9,997", 4_998, 4_999, over],
] as const)("%s, twice in a row", (_, taken, refused, expected) => {
  const run = { taken, refused };
  expect(reason(run, run)).toBe(expected);
  expect(reason(run, calm)).toBeUndefined();
  expect(reason(calm, run)).toBeUndefined();
  expect(overThreshold(run, undefined, none)).toBeUndefined();
});

test.each([
  ["4,999 of 4,999 once", 0, 4_999, undefined],
  ["5,000 of 5,000 once", 0, 5_000, over],
  ["5,000 of 12,500, no more than 40 %", 7_500, 5_000, undefined],
  ["5,001 of 12,500", 7_499, 5_001, over],
] as const)("%s", (_, taken, refused, expected) => {
  expect(reason({ taken, refused })).toBe(expected);
});

test("the limits of what fails are passed by one more", () => {
  expect(reason(calm, calm, { objects: 40_000, parts: 20_000 })).toBeUndefined();
  expect(reason(calm, calm, { objects: 40_001, parts: 0 })).toBe("EncounteredBaseEscrowThreshold");
  expect(reason(calm, calm, { objects: 40_000, parts: 20_001 })).toBe("EncounteredTotalEscrowThreshold");
  expect(reason(calm, calm, { objects: 0, parts: 60_001 })).toBe("EncounteredTotalEscrowThreshold");
});
