import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asElement, isEmpty, sameValue } from "../../src/scim/compare.ts";
import { isMultiValued, knownPath, type Path } from "../../src/scim/path.ts";
import { ENTERPRISE_SCHEMA, type Json } from "../../src/scim/resource.ts";

const MAIL = 'emails[type eq "work"].value';
const MANAGER = `${ENTERPRISE_SCHEMA}:manager`;

const same: [string, Json | undefined, Json | undefined][] = [
  ["title", null, undefined],
  ["title", null, ""],
  ["title", " ", null],
  ["roles", [], undefined],
  ["title", "Boss", " Boss "],
  ["title", "Zoe\u0308", "Zo\u00eb"],
  ["userName", "ann@example.com", "Ann@Example.com"],
  [MAIL, "ann@example.com", "ANN@example.com"],
  ["preferredLanguage", "da-DK", "da-dk"],
  ["locale", "en-US", "en-us"],
  ['addresses[type eq "work"].country', "DK", "dk"],
  ['addresses[type eq "work"].formatted', "Main St 1\nDublin", "Main St 1\r\nDublin"],
  ['phoneNumbers[type eq "work"].value', "+1 (201) 555-0123", "tel:+1-201-555-0123"],
  ['emails[type eq "work"].primary', false, undefined],
  ["urn:acme:1.0:User:hired", "2020-01-01T00:00:00.000Z", "2020-01-01T01:00:00+01:00"],
  ["active", true, "True"],
  ["active", false, "false"],
  ["employeeNumber", "7", 7],
  [
    "roles",
    ["a", "b"],
    [
      { value: "b", display: "B" },
      { value: "a", primary: false },
    ],
  ],
  ["roles", [{ value: "a", primary: false }], [{ value: "a" }]],
  [MANAGER, "42", { value: "42", displayName: "Bo", $ref: "https://x/42" }],
  ["urn:acme:1.0:User:tags", ["x", "y"], ["y", "x"]],
];

const different: [string, Json | undefined, Json | undefined][] = [
  ["title", "Boss", null],
  ["title", null, "Boss"],
  ["title", "boss", "Boss"],
  ["active", true, false],
  ["active", false, undefined],
  ["active", true, undefined],
  ["externalId", "A", "a"],
  ['phoneNumbers[type eq "work"].value', "+1 201 555 0123", "+12015550123"],
  ['phoneNumbers[type eq "work"].value', "+1 201 555 0123", "tel:+1-201-555-0124"],
  ['addresses[type eq "work"].locality', "Dublin", "DUBLIN"],
  ['emails[type eq "work"].primary', true, undefined],
  ["urn:acme:1.0:User:hired", "2020-01-01T00:00:00Z", "2020-01-01T00:00:01Z"],
  ["urn:acme:1.0:User:hired", "2020-01-01", "2020-01-01T00:00:00Z"],
  ["roles", ["a"], ["a", "b"]],
  ["roles", ["a", "a"], ["a", "b"]],
  ["roles", ["a"], []],
  [MANAGER, "42", { value: "43" }],
  ["urn:acme:1.0:User:tags", ["x", "y"], ["x", "z"]],
  ["urn:acme:1.0:User:badge", { number: 1 }, { number: 2 }],
  ["title", "a", ["b"]],
];

describe("a target's own spelling is no change", () => {
  test.each(same)("%s: %j is %j", (path, ours, theirs) => {
    expect(sameValue(knownPath(path), ours, theirs)).toBe(true);
  });
});

describe("a change is a change", () => {
  test.each(different)("%s: %j is not %j", (path, ours, theirs) => {
    expect(sameValue(knownPath(path), ours, theirs)).toBe(false);
  });
});

test("long lists are compared in any order, and in no time", () => {
  const ours = Array.from({ length: 20_000 }, (_, index) => `v${index}`);
  const started = performance.now();
  expect(sameValue(knownPath("urn:acme:1.0:User:tags"), ours, ours.toReversed())).toBe(true);
  expect(sameValue(knownPath("urn:acme:1.0:User:tags"), ours, [...ours.slice(1), "x"])).toBe(false);
  expect(performance.now() - started).toBeLessThan(2_000);
});

test("marks on one letter cost no more than their number", () => {
  const marks = (count: number) => `a${"\u0316\u0301".repeat(count / 2)}`;
  const path = knownPath("title");
  expect(sameValue(path, `e${marks(20)}`, `e${marks(20)}`.normalize("NFC"))).toBe(true);
  const before = process.cpuUsage();
  expect(sameValue(path, marks(2 ** 19), `${marks(2 ** 19)}b`)).toBe(false);
  expect(sameValue(knownPath("userName"), marks(2 ** 19), marks(2 ** 19).toUpperCase())).toBe(true);
  // In proportion to the square of their number it would be minutes.
  expect(process.cpuUsage(before).user).toBeLessThan(2_000_000);
});

describe("lists of many elements", () => {
  /** More than there are in a long list, so that every list is one; the differences are few, so that most are nearly the same. */
  const filler = Array.from({ length: 40 }, (_, n) => ({ value: `filler ${n}` }));
  const bare = filler.map(({ value }) => value);
  const scalar = fc.constantFrom<Json>(
    "a",
    "A",
    " a ",
    "Zoe\u0308",
    "Zo\u00eb",
    "",
    "false",
    "True",
    true,
    false,
    7,
    "7",
    "2020-01-01T00:00:00Z",
    "2020-01-01T01:00:00.0+01:00",
    "2020-01-01t00:00:00z",
    null,
  );
  const held = fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 2 }),
    fc.record({ x: scalar }, { requiredKeys: [] }),
  );
  const element: fc.Arbitrary<Json> = fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 2 }),
    fc.record(
      { value: held, Value: held, type: scalar, primary: scalar },
      { requiredKeys: [] },
    ) as fc.Arbitrary<Json>,
    fc.tuple(fc.record({ value: held })) as fc.Arbitrary<Json>,
  );
  const pair = fc
    .array(element, { maxLength: 5 })
    .chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.oneof(fc.shuffledSubarray(list, { minLength: list.length }), fc.array(element, { maxLength: 5 })),
      ),
    );

  /** Everybody with everybody. */
  function compareSlowly(path: Path, ours: readonly Json[], theirs: readonly Json[]): boolean {
    const isMulti = isMultiValued(path);
    const said = (list: readonly Json[]) =>
      list.map((each) => (isMulti ? asElement(each) : each)).filter((each) => !isEmpty(each));
    const width = (each: Json) => (typeof each === "object" ? Object.keys(each ?? {}).length : 0);
    const left = said(theirs);
    if (said(ours).length !== left.length) return false;
    return said(ours)
      .toSorted((a, b) => width(b) - width(a))
      .every((each) => {
        const found = left.findIndex((other) => sameValue(path, [each], [other]));
        if (found >= 0) left.splice(found, 1);
        return found >= 0;
      });
  }

  test.each(["roles", "userName", "urn:acme:1.0:User:tags"])(
    "of %s are compared as short ones are",
    (name) => {
      const path = knownPath(name);
      let equal = 0;
      fc.assert(
        fc.property(
          pair,
          fc.constantFrom([], bare),
          fc.constantFrom([], filler),
          ([ours, theirs], some, more) => {
            const [a, b] = [
              [...ours, ...bare, ...more],
              [...some, ...more, ...theirs, ...(some.length > 0 ? [] : bare)],
            ];
            const slow = compareSlowly(path, a, b);
            if (slow) equal += 1;
            expect(sameValue(path, a, b)).toBe(slow);
          },
        ),
        { numRuns: 1_000 },
      );
      expect(equal).toBeGreaterThan(100);
    },
  );

  test.each([
    ["texts", (n: number) => `value ${n}`],
    ["objects", (n: number) => ({ value: `value ${n}`, type: "work" })],
    [
      "objects that differ in another attribute",
      (n: number) => ({ type: "work", value: "x", display: `d ${n}` }),
    ],
  ])("of 20,000 %s are compared in a moment", (_, make) => {
    const ours = Array.from({ length: 20_000 }, (__, n) => make(n));
    const before = process.cpuUsage();
    for (const name of ["roles", "urn:acme:1.0:User:tags"]) {
      const path = knownPath(name);
      expect(sameValue(path, ours, ours.toReversed())).toBe(true);
      expect(sameValue(path, ours, [...ours.slice(1), make(-1)])).toBe(false);
    }
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1e6).toBeLessThan(4);
  });
});
