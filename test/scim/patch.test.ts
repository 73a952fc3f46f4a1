import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildResource, readAttributes } from "../../src/scim/build.ts";
import { sameValue } from "../../src/scim/compare.ts";
import { difference, overlay } from "../../src/scim/patch.ts";
import { knownPath, readPath } from "../../src/scim/path.ts";
import { type Attributes, ENTERPRISE_SCHEMA, type Json, type Resource } from "../../src/scim/resource.ts";
import { applyPatch, type Stored } from "../stand-ins/scim-patch.ts";

const PATHS = [
  "userName",
  "title",
  "name.givenName",
  "name.familyName",
  'emails[type eq "work"].value',
  'emails[type eq "home"].value',
  'phoneNumbers[type eq "mobile"].value',
  'addresses[type eq "work"].locality',
  'addresses[type eq "work"].country',
  'addresses[type eq "other"].locality',
  `${ENTERPRISE_SCHEMA}:department`,
  `${ENTERPRISE_SCHEMA}:manager`,
  "urn:acme:1.0:User:toString",
];
const text = fc.string({ unit: "binary", minLength: 1, maxLength: 8 }).map((value) => `x${value}x`);
/** Any of the paths, each with a text or cleared. */
const attributes = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...PATHS), fc.option(text)), { selector: ([path]) => path })
  .map((rows): Attributes => Object.fromEntries(rows));

function held(resource: Resource, wanted: Attributes): string[] {
  return Object.entries(wanted).flatMap(([path, value]) =>
    sameValue(knownPath(path), value, readPath(resource, knownPath(path))) ? [] : [path],
  );
}

describe("a patch", () => {
  test("turns what a strict service holds into what we want, and again changes nothing", () => {
    fc.assert(
      fc.property(attributes, attributes, (before, wanted) => {
        const current = buildResource("user", before, { active: true });
        const operations = difference(current, wanted);
        const after = operations.length === 0 ? current : applyPatch(current as Stored, operations as never);
        expect(held(after as Resource, wanted)).toEqual([]);
        expect(difference(after as Resource, wanted)).toEqual([]);
        const untouched = Object.fromEntries(Object.entries(before).filter(([path]) => !(path in wanted)));
        expect(held(after as Resource, untouched)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("of what is there already is empty", () => {
    fc.assert(
      fc.property(attributes, (wanted) => {
        expect(difference(buildResource("user", wanted), wanted)).toEqual([]);
      }),
    );
  });

  test("has one absolute operation a path, in lower case, with real booleans", () => {
    const current = {
      id: "1",
      userName: "ann",
      active: true,
      emails: [{ type: "work", value: "a@example.com" }],
    };
    expect(
      difference(current, {
        userName: "ann2",
        active: false,
        title: null,
        'emails[type eq "work"].value': "b@example.com",
      }),
    ).toEqual([
      { op: "replace", path: "userName", value: "ann2" },
      { op: "replace", path: "active", value: false },
      { op: "replace", path: 'emails[type eq "work"].value', value: "b@example.com" },
    ]);
  });

  test("adds a missing element once for all its parts, and removes it with its last", () => {
    const part = (name: string) => `addresses[type eq "work"].${name}`;
    const none = { id: "1" };
    const address = { addresses: [{ type: "work", locality: "Leeds", country: "GB" }] };
    expect(difference(none, { [part("locality")]: "Leeds", [part("country")]: "GB" })).toEqual([
      { op: "add", path: "addresses", value: address.addresses },
    ]);
    expect(difference(address, { [part("locality")]: null, [part("country")]: "GB" })).toEqual([
      { op: "remove", path: part("locality") },
    ]);
    expect(difference(address, { [part("locality")]: null, [part("country")]: null })).toEqual([
      { op: "remove", path: 'addresses[type eq "work"]' },
    ]);
    expect(difference(address, { [part("locality")]: null })).toEqual([
      { op: "remove", path: part("locality") },
    ]);
  });

  test("writes a manager as a reference and never touches what only the target writes", () => {
    const manager = `${ENTERPRISE_SCHEMA}:manager`;
    expect(difference({ id: "1" }, { [manager]: "42", id: "2", members: [] })).toEqual([
      { op: "replace", path: manager, value: { value: "42" } },
    ]);
  });
});

describe("a resource", () => {
  test("read again gives the attributes that it was built from", () => {
    fc.assert(
      fc.property(attributes, (wanted) => {
        expect(readAttributes(buildResource("user", wanted), Object.keys(wanted))).toEqual(wanted);
      }),
    );
  });

  test("names the extensions that it uses, leaves empty values out and marks the work e-mail as primary", () => {
    const resource = buildResource(
      "user",
      {
        userName: "ann",
        title: null,
        'emails[type eq "work"].value': "a@x",
        [`${ENTERPRISE_SCHEMA}:department`]: "IT",
        roles: ["admin"],
      },
      { active: true },
    );
    expect(resource).toEqual({
      schemas: ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE_SCHEMA],
      userName: "ann",
      emails: [{ type: "work", value: "a@x", primary: true }],
      [ENTERPRISE_SCHEMA]: { department: "IT" },
      roles: [{ value: "admin" }],
      active: true,
    });
  });

  test("has one primary e-mail at most", () => {
    const home = { 'emails[type eq "home"].value': "h@x", 'emails[type eq "home"].primary': true };
    const emails = buildResource("user", { ...home, 'emails[type eq "work"].value': "w@x" })["emails"] as {
      [name: string]: Json;
    }[];
    expect(emails.map((each) => each["primary"] === true)).toEqual([true, false]);
  });

  test("never reaches a prototype, whatever its keys and values are", () => {
    const hostile = JSON.parse(
      '{"__proto__": {"polluted": true}, "emails": [{"type": "work", "__proto__": {"polluted": true}}]}',
    ) as Resource;
    overlay(hostile, { 'emails[type eq "work"].value': "a@x", [`${ENTERPRISE_SCHEMA}:department`]: "IT" });
    difference(hostile, { 'emails[type eq "work"].value': "a@x" });
    expect(() =>
      buildResource("user", JSON.parse('{"__proto__": "x", "constructor": "y"}') as Attributes),
    ).toThrow(TypeError);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe("a whole resource for PUT", () => {
  test("holds what we want and, besides, what the target held", () => {
    fc.assert(
      fc.property(attributes, attributes, (before, wanted) => {
        const after = overlay(
          {
            ...buildResource("user", before),
            id: "1",
            meta: {},
            groups: [{ value: "g" }],
            custom: { of: "theirs" },
          },
          wanted,
        );
        expect(held(after, wanted)).toEqual([]);
        expect(
          held(after, Object.fromEntries(Object.entries(before).filter(([path]) => !(path in wanted)))),
        ).toEqual([]);
        expect(after["custom"]).toEqual({ of: "theirs" });
        for (const name of ["id", "meta", "groups"]) expect(after).not.toHaveProperty(name);
      }),
    );
  });

  test("keeps the target's own spelling where it says the same", () => {
    expect(overlay({ userName: "Ann@Example.com" }, { userName: "ann@example.com" })).toEqual({
      userName: "Ann@Example.com",
    });
  });
});
