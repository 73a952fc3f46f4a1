import { expect, test } from "vitest";
import { equals, query, sameText } from "../../src/scim/filter.ts";

test("quotes and backslashes cannot end a value", () => {
  expect(equals("userName", 'a" or userName pr or "')).toBe('userName eq "a\\" or userName pr or \\""');
  expect(equals("userName", "a\\")).toBe('userName eq "a\\\\"');
});

test("everything in a query is percent-encoded, also halves of characters", () => {
  expect(query({ filter: equals("userName", "o'b+é &#/?\ud800") })).toBe(
    "?filter=userName%20eq%20%22o'b%2B%C3%A9%20%26%23%2F%3F%5Cud800%22",
  );
  expect(query({ startIndex: 1, count: 2, cursor: undefined })).toBe("?startIndex=1&count=2");
  expect(query({})).toBe("");
});

test("ids are compared exactly, names without regard to case", () => {
  expect([
    sameText("externalId", "A", "a"),
    sameText("id", "A", "a"),
    sameText("ExternalID", "A", "a"),
  ]).toEqual([false, false, false]);
  expect([sameText("userName", "A", "a"), sameText("displayName", "Zoe\u0308", "ZO\u00cb")]).toEqual([
    true,
    true,
  ]);
  expect(sameText("userName", "ann", "ann2")).toBe(false);
});
