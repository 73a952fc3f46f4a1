import { expect, test } from "vitest";
import type { Seen } from "./embedded-directory.ts";
import { expectSameAccount, expectUntouched } from "./look.ts";
import { difference } from "./truth.ts";

const right: Seen = {
  active: ["ann", "ben"],
  ids: new Map([
    ["ann", "1"],
    ["ben", "2"],
  ]),
  groups: new Map([["Team", ["ann"]]]),
  fingerprint: "f",
};

test.each<[string, Partial<Seen>, string]>([
  ["somebody too many", { active: ["ann", "ben", "eve"] }, "too many: eve, missing: nobody"],
  ["somebody missing", { active: ["ann"] }, "too many: nobody, missing: ben"],
  ["a group missing", { groups: new Map() }, "groups: 0 instead of 1"],
  ["another member", { groups: new Map([["Team", ["ben"]]]) }, "members of Team"],
])("the demo notices %s", (_, change, sentence) => {
  expect(difference(right, right)).toBeUndefined();
  expect(difference({ ...right, ...change }, right)).toContain(sentence);
});

test("the demo notices another account, and a write where there was nothing to write", () => {
  expectSameAccount(right, right, "ann");
  expectUntouched(right, right);
  const other = { ...right, ids: new Map([["ann", "3"]]), fingerprint: "g" };
  expect(() => expectSameAccount(right, other, "ann")).toThrow("1 became 3");
  expect(() => expectSameAccount(right, other, "ben")).toThrow("another account");
  expect(() => expectUntouched(right, other)).toThrow("something was written");
});
