import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ConfigurationError } from "../../../src/errors.ts";
import { silent } from "../../../src/log.ts";
import { definition } from "../../../src/targets/http/index.ts";
import { realClock } from "../open-scim.ts";

const folder = mkdtempSync(join(tmpdir(), "scim-settings-"));
const context = { name: "app", folder, clock: realClock, log: silent };
const token = { file: join(folder, "token") };
writeFileSync(token.file, "correct-horse\n", { mode: 0o600 });
const least = { baseUrl: "https://app.example.com/scim/v2/", token };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function problems(section: unknown): string[] {
  const result = definition.settings.safeParse(section);
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

async function opened(section: unknown) {
  const api = await definition.open(definition.settings.parse(section), context);
  await api.close();
  return api;
}

describe("the address", () => {
  test.each([
    "http://localhost:8080/scim",
    "http://127.0.0.1/",
    "http://127.9.9.9",
    "http://[::1]:3000/x",
    "https://10.0.0.1",
  ])("%s is taken", (baseUrl) => {
    expect(problems({ ...least, baseUrl })).toEqual([]);
  });

  test.each([
    ["http://app.example.com/scim", /expected an https URL/],
    ["http://127.0.0.1.example.com", /expected an https URL/],
    ["http://localhost.example.com", /expected an https URL/],
    ["http://10.0.0.1", /expected an https URL/],
    ["http://0.0.0.0", /expected an https URL/],
    ["ftp://app.example.com", /expected an https URL/],
    ["https://user:secret@app.example.com", /without user name and password/],
    ["https://app.example.com/?x=1", /without \? and #/],
    ["app.example.com", /expected a URL such as/],
  ])("%s is refused", (baseUrl, message) => {
    expect(problems({ ...least, baseUrl })).toEqual([expect.stringMatching(message)]);
  });

  test("names the target, in whatever spelling", () => {
    const spellings = ["https://APP.example.com:443/scim/v2", "https://app.example.com/scim/v2//"];
    const identities = spellings.map((baseUrl) =>
      definition.identity(definition.settings.parse({ ...least, baseUrl }), context),
    );
    expect(identities).toEqual([
      "scim:https://app.example.com/scim/v2",
      "scim:https://app.example.com/scim/v2",
    ]);
  });
});

test("what is not said has a default", async () => {
  expect(definition.settings.parse(least)).toMatchObject({
    profile: "generic",
    timeout: 60_000,
    concurrency: 8,
  });
  expect((await opened(least)).capabilities).toMatchObject({
    update: "patch",
    membersPerRequest: 100,
    settleMs: 90_000,
    concurrency: 8,
  });
});

test("a connection's own words go over the profile's", async () => {
  const section = {
    ...least,
    profile: "pagerduty",
    settle: "5m",
    concurrency: 2,
    quirks: { update: "put", membersReadable: false },
  };
  expect((await opened(section)).capabilities).toMatchObject({
    update: "put",
    membersReadable: false,
    irreversibleDeactivation: "not allowed",
    settleMs: 300_000,
    concurrency: 2,
  });
});

test("a service that deactivates for good is warned of, until the configuration allows it", async () => {
  const section = { ...least, profile: "pagerduty" };
  const warnings = (given: unknown) => definition.warnings?.(definition.settings.parse(given));
  expect(warnings(section)).toEqual([expect.stringMatching(/nobody is deactivated/)]);
  const allowed = { ...section, allowIrreversible: true };
  expect((await opened(allowed)).capabilities.irreversibleDeactivation).toBe("allowed");
  expect(warnings(allowed)).toEqual([]);
  expect(warnings(least)).toEqual([]);
  expect((await opened(least)).capabilities.irreversibleDeactivation).toBe(false);
});

test.each([
  [{ ...least, token: "correct-horse" }, /^token: expected \{ env/],
  [
    { ...least, headers: { Authorization: "Bearer x" } },
    /^headers: expected other headers than Authorization/,
  ],
  [{ ...least, headers: { "X-Bad": "a\r\nb" } }, /^headers/],
  [{ ...least, profile: "nobody" }, /^profile/],
  [{ ...least, quirks: { updte: "put" } }, /^quirks/],
  [{ ...least, concurrency: 0 }, /^concurrency/],
  [{ ...least, tokn: token }, /Unrecognized key/],
])("a section that is wrong is refused (%#)", (section, message) => {
  expect(problems(section)).toEqual([expect.stringMatching(message)]);
});

test("a token that cannot be a header line is refused without being shown", async () => {
  const file = join(folder, "broken");
  writeFileSync(file, "first-line\nsecond-line", { mode: 0o600 });
  const error = await opened({ ...least, token: { file } }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(String((error as ConfigurationError).message)).not.toMatch(/first-line|second-line/);
});

test("authorities that cannot be read are named", async () => {
  const error = await opened({ ...least, ca: { file: join(folder, "none.pem") } }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  expect((error as ConfigurationError).message).toContain("none.pem");
});
