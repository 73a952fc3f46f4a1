import { describe, expect, test } from "vitest";
import { isReference, knownPath, parsePath, readPath } from "../../src/scim/path.ts";
import { ENTERPRISE_SCHEMA } from "../../src/scim/resource.ts";

describe("paths that are understood", () => {
  test.each([
    ["userName", "userName"],
    ["USERNAME", "userName"],
    ["name.givenname", "name.givenName"],
    ['emails[type eq "work"].value', 'emails[type eq "work"].value'],
    ['Emails[ Type EQ "work" ].Value', 'emails[type eq "work"].value'],
    ["emails[primary eq true].value", "emails[primary eq true].value"],
    ['members[value eq "a]\\"b"]', 'members[value eq "a]\\"b"]'],
    ["roles", "roles"],
    ["urn:ietf:params:scim:schemas:core:2.0:User:userName", "userName"],
    [`${ENTERPRISE_SCHEMA}:department`, `${ENTERPRISE_SCHEMA}:department`],
    ["urn:acme:hr:1.0:User:badge.number", "urn:acme:hr:1.0:User:badge.number"],
  ])("%s is %s", (text, canonical) => {
    expect(parsePath(text).path?.text).toBe(canonical);
    expect(parsePath(canonical).path?.text).toBe(canonical);
  });

  test("both spellings of the manager are the same reference", () => {
    const [short, long] = [`${ENTERPRISE_SCHEMA}:manager`, `${ENTERPRISE_SCHEMA}:manager.value`].map(
      knownPath,
    );
    expect(short).toEqual(long);
    expect(short && isReference(short)).toBe(true);
  });
});

describe("paths that are refused", () => {
  test.each([
    "",
    " userName",
    "user name",
    "a.b.c",
    "emails.value",
    'name[type eq "x"].value',
    'emails[type co "work"].value',
    'emails[type eq "work" and primary eq true].value',
    'emails[type eq "work"',
    'emails[type eq "\\q"].value',
    "urn:acme",
    "x".repeat(2_000),
  ])("%s", (text) => {
    expect(parsePath(text).problem).toMatch(/\w/);
  });

  test.each([
    "__proto__",
    "__proto__.polluted",
    "constructor.prototype",
    "name.constructor",
    "Prototype",
    "urn:acme:1.0:User:__proto__",
    "urn:acme:1.0:User:constructor",
    'emails[constructor eq "x"].value',
    'emails[type eq "work"].__proto__',
  ])("%s, which reaches for a prototype", (text) => {
    expect(parsePath(text).problem).toMatch(/\w/);
    expect(() => knownPath(text)).toThrow(TypeError);
  });

  test("a hostile text is refused in no time", () => {
    const started = performance.now();
    for (const text of [`urn:${"a:".repeat(490)}[`, `a[b eq "${"\\\\".repeat(450)}`, `${"a.".repeat(490)}`])
      parsePath(text);
    expect(performance.now() - started).toBeLessThan(200);
  });
});

describe("reading", () => {
  const resource = {
    USERNAME: "ann",
    Name: { givenname: "Ann" },
    emails: [
      { type: "home", value: "ann@home.example" },
      { TYPE: "Work", Value: "ann@example.com" },
    ],
    [ENTERPRISE_SCHEMA.toLowerCase()]: { Department: "IT", manager: { value: "42", displayName: "Bo" } },
  };

  test.each([
    ["userName", "ann"],
    ["name.givenName", "Ann"],
    ['emails[type eq "work"].value', "ann@example.com"],
    [`${ENTERPRISE_SCHEMA}:department`, "IT"],
    [`${ENTERPRISE_SCHEMA}:manager`, "42"],
    ['phoneNumbers[type eq "work"].value', undefined],
    ["toString", undefined],
    ["name.valueOf", undefined],
  ])("%s, however the service spells it", (path, value) => {
    expect(readPath(resource, knownPath(path))).toBe(value);
  });

  test("an extension's attribute may stand at the top under its full name", () => {
    expect(
      readPath({ [`${ENTERPRISE_SCHEMA}:department`]: "IT" }, knownPath(`${ENTERPRISE_SCHEMA}:department`)),
    ).toBe("IT");
  });

  test("one object where a list belongs is a list of one", () => {
    const single = { emails: { type: "work", value: "a@example.com" } };
    expect(readPath(single, knownPath('emails[type eq "work"].value'))).toBe("a@example.com");
  });
});
