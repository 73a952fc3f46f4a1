import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cut, entriesOf } from "../../../../src/sources/entra/client/entries.ts";

const bytes = (text: string) => Buffer.from(text);

/** Names that bear on where an entry ends, whom it means and whether it tells of somebody who is gone. */
const names = fc.oneof(
  fc.constantFrom(
    "id",
    "ID",
    "value",
    "@removed",
    "@REMOVED",
    "@odata.type",
    "members@delta",
    'i"d',
    "\\",
    "{",
    "]",
  ),
  fc.string({ unit: "grapheme" }),
);
const { value: json } = fc.letrec<{ readonly value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: "grapheme" }),
    fc.constantFrom('"', "\\", '\\"}', "[{", "\u2028", "zähler", "\ud83d\ude00"),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(null, true, false),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(names, tie("value"), { maxKeys: 4 }),
  ),
}));
const entry = fc.dictionary(names, json, { maxKeys: 6 });
const spaces = fc.constantFrom(undefined, 1, "\t", "\r\n  ");

describe("a page that is cut", () => {
  test("holds what parsing it as a whole gives, in its order", () => {
    fc.assert(
      fc.property(fc.dictionary(names, json), fc.array(entry), spaces, (around, entries, space) => {
        const page = { ...around, value: entries };
        const text = JSON.stringify(page, null, space);
        const pieces = cut(bytes(text));
        if (pieces === undefined) {
          expect(Object.keys(page).filter((name) => JSON.stringify(name).includes("\\"))).not.toEqual([]);
          return;
        }
        expect(pieces.entries.map((each) => each.document())).toEqual(JSON.parse(text).value);
        expect({ ...pieces.envelope, value: 0 }).toEqual({ ...JSON.parse(text), value: 0 });
      }),
    );
  });

  test("knows the id of an entry, or does not claim to", () => {
    fc.assert(
      fc.property(fc.array(entry), spaces, (entries, space) => {
        const pieces = cut(bytes(JSON.stringify({ value: entries }, null, space)));
        for (const each of pieces?.entries ?? [])
          if (each.raw !== undefined) expect(each.raw.id).toBe(each.document()["id"]);
      }),
    );
  });

  test("is none where it breaks off anywhere", () => {
    fc.assert(
      fc.property(fc.dictionary(names, json), fc.array(entry), fc.nat(), (around, entries, at) => {
        const text = bytes(JSON.stringify({ ...around, value: entries }));
        expect(cut(text.subarray(0, at % text.length))).toBeUndefined();
      }),
    );
  });
});

test.each([
  ["nothing", ""],
  ["a list", `[{"value":[]}]`],
  ["no list", `{"values":[]}`],
  ["a list that is none", `{"value":{"id":"a"}}`],
  ["elements that are no objects", `{"value":[{"id":"a"},7]}`],
  ["two lists", `{"value":[],"value":[{"id":"a"}]}`],
  ["a list under a name with a backslash", `{"v\\u0061lue":[{"id":"a"}]}`],
  ["something behind its end", `{"value":[]}{}`],
  ["a comma too many", `{"value":[{"id":"a"},]}`],
  ["a comma too few", `{"value":[{"id":"a"}{"id":"b"}]}`],
  ["a comma too many around", `{"value":[],}`],
  ["no JSON around", `{"value":[],"next":nul}`],
  ["no JSON in somebody whom nobody knows", `{"value":[{"name":nul}]}`],
])("a page with %s is parsed as a whole", (_, text) => {
  expect(cut(bytes(text))).toBeUndefined();
});

test.each([
  ["two ids", `{"id":"a","id":"b"}`],
  ["an id under a name with a backslash", `{"id":"a","\\u0069d":"b"}`],
  ["an id with a backslash", `{"id":"a\\u0062"}`],
  ["an id that is no text", `{"id":7}`],
  ["an empty id", `{"id":""}`],
  ["an id further inside", `{"manager":{"id":"a"}}`],
  ["the mark of who is gone", `{"id":"a","@removed":{"reason":"changed"}}`],
  ["that mark in capitals", `{"@REMOVED":{},"id":"a"}`],
])("an entry with %s is taken apart at once", (_, text) => {
  const [only] = cut(bytes(`{"value":[${text}]}`))?.entries ?? [];
  expect(only?.raw).toBeUndefined();
  expect(only?.document()).toEqual(JSON.parse(text));
});

test("an entry is told from every other", () => {
  const digests = (text: string) =>
    cut(bytes(`{"value":[${text}]}`))?.entries.map(({ raw }) => raw?.digest) ?? [];
  const [one, other] = digests(`{"id":"a","name":"A"},{"id":"a","name":"a"}`);
  expect(one).toMatch(/^[\w+/]{22}$/);
  expect(other).not.toBe(one);
  expect(digests(`{"id":"b"},{"id":"a","name":"A"}`)[1]).toBe(one);
});

test("an entry that is no JSON is noticed when it is taken apart", () => {
  const [only] = cut(bytes(`{"value":[{"id":"a","name":nul}]}`))?.entries ?? [];
  expect(() => only?.document()).toThrow("an entry that is not JSON");
});

test("of a page that was parsed as a whole what is no object is left out", () => {
  expect(entriesOf({ value: [{ id: "a" }, 7, null] })?.map((each) => each.document())).toEqual([{ id: "a" }]);
  expect(entriesOf({ value: "a" })).toBeUndefined();
});
