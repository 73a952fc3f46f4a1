import { describe, expect, test } from "vitest";
import { pathWithoutValues, textWithoutValues } from "../../src/scim/without-values.ts";

describe("of a path", () => {
  test.each([
    ["/Users", "/Users"],
    ["/Users/ann%40example.com", "/Users/{id}"],
    [
      "/Users/2819c223-7f76-453a-919d-413861904646?excludedAttributes=members",
      "/Users/{id}?excludedAttributes=members",
    ],
    [
      "/Users?filter=userName%20eq%20%22ann%40example.com%22&startIndex=1",
      "/Users?filter=userName eq ...&startIndex=...",
    ],
    ["/Users?filter=name.familyName+sw+%22Lee%22", "/Users?filter=name.familyName sw ..."],
    ["/v1.0/users/delta?$deltatoken=s3cr3t", "/v1.0/users/delta?..."],
    ["/Users?filter=%", "/Users?filter="],
    ["/%E0%A4%A/x", "/{id}/{id}"],
  ])("%s only the form is left", (path, form) => {
    expect(pathWithoutValues(path)).toBe(form);
  });
});

describe("of a sentence", () => {
  test.each([
    ["Attribute 'department' is required.", "Attribute 'department' is required."],
    ["userName must be unique", "userName must be unique"],
    ["User ann.lee@example.com already exists", "User ... already exists"],
    ["Ann Lee (id 4711) is suspended", "... (id ...) is suspended"],
    ['Value "Zoë Müller" for displayName is too long', 'Value "..." for displayName is too long'],
    ["invalid token: eyJhbGciOi.J9.abc-DEF_123", "invalid token: ..."],
    ["Bearer sk-live-0123456789", "Bearer ..."],
    ["no user with phone +49 30 1234567", "no user with ..."],
    ["李小龙 is not valid", "... is not valid"],
    ["line\none\u0000two\u202Ethree", "... one ..."],
  ])("%s no value is left", (said, kept) => {
    expect(textWithoutValues(said)).toBe(kept);
  });

  test("it is never endless", () => {
    expect(textWithoutValues("error ".repeat(100_000)).length).toBeLessThanOrEqual(200);
    expect(textWithoutValues("x".repeat(1_000_000))).toBe("...");
  });
});
