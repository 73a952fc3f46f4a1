import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { redactedConfig } from "../../src/commands/redacted-config.ts";
import type { Config } from "../../src/config/config.ts";
import { Desk } from "./desk.ts";

/** Whatever tells of somebody, of a secret or of a place bears one of these. */
const marks = /zq-|Zqperson|zqsecret|zqhost|zqdepartment|zqpilot|zqgroup/i;

async function lived(): Promise<Desk> {
  const desk = new Desk();
  const file = join(desk.folder, "zq-mapping.yaml");
  writeFileSync(file, "extends: default\nusers:\n  attributes:\n    title: { constant: zqdepartment }\n");
  desk.configure(`
targets:
  app:
    type: scim
    baseUrl: https://zqhost.example.com/scim/v2
    token: { env: ZQSECRET_NAME }
    headers: { X-Zqhost: zqhost }
connections:
  staff:
    source: people
    mapping: ./zq-mapping.yaml
    scope: { users: 'user.title != "zqdepartment" && user.login != "zq-nobody@example.com"' }
    protect: { users: [zq-boss@example.com] }
    privilegedGroups: [zqgroup]
    pilot: { users: [zq-ann@example.com, zqpilot@example.com] }
    policy: { existingAccounts: adopt }
  other:
    source: people
    target: app
`);
  desk.directory
    .person("zq-ann", { login: "zq-ann@example.com", name: "Zqperson Ann" })
    .person("zqpilot", { login: "zqpilot@example.com" })
    .group("zqgroup", ["zq-ann"]);
  expect([0, 3]).toContain((await desk.run("sync staff")).code);
  desk.tamper(
    "update resource set error_code = 'uniqueness', error = 'zqperson@example.com exists already', failing_since = 1, failures = 1 where source_id = 'zq-ann'; update run set message = 'zqhost refused zq-ann' where id = 1; insert into quarantine (only, reason, since, message, count, next_attempt, failure) values (1, 'EncounteredQuarantineException', 1, 'https://zqhost.example.com refused the token zqsecret', 1, 2, '{\"method\":\"GET\",\"path\":\"zqhost\",\"status\":401,\"code\":\"zqsecret\"}')",
  );
  return desk;
}

test("a support bundle tells versions, counts, errors and the check of the trail, and nothing of anybody", async () => {
  using desk = await lived();
  const file = join(desk.folder, "bundle.json");
  const { code, out } = await desk.run(["support-bundle", file], {
    environment: { ZQSECRET_NAME: "zqsecret" },
  });
  expect(code).toBe(0);
  expect(out).toContain("Read it before you send it");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = readFileSync(file, "utf8");
  expect(text.match(marks)).toBeNull();
  expect(text).not.toContain("example.com");
  const bundle = JSON.parse(text) as Record<string, never>;
  expect(bundle).toMatchObject({
    about: { node: process.versions.node },
    configuration: {
      connections: [
        {
          name: "staff",
          scope: { users: { reads: ["login", "title"] } },
          policy: { existingAccounts: "adopt" },
          protect: { users: 1 },
          mapping: { lines: 5 },
        },
        { name: "other", target: { type: "scim" } },
      ],
    },
    connections: [
      {
        name: "staff",
        integrity: true,
        audit: { events: expect.any(Number) },
        errors: [{ kind: "user", code: "uniqueness", n: 1 }],
        quarantine: { failure: { method: "GET", status: 401 } },
      },
      { name: "other", hasRun: false },
    ],
  });
  expect((await desk.run(["support-bundle", file])).code).toBe(2);
});

test("a snapshot that is damaged keeps nobody from asking for help", async () => {
  using desk = await lived();
  writeFileSync(join(desk.folder, "state", "staff.db"), "no database at all");
  const file = join(desk.folder, "bundle.json");
  const { code, out } = await desk.run(["support-bundle", file, "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ kind: "SupportBundle" });
  expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
    connections: [{ name: "staff", problem: expect.any(String) }, { name: "other" }],
  });
});

test("of an expression only its length and the attributes that it reads are told, whichever way its texts are written", () => {
  const ways = [
    String.raw`user.title == r"CORP\" || user.title == "zqdepartment" || user.title == ""`,
    `user.title != '''it"s zqhost''' && user.login != "zq-nobody@example.com"`,
    `user.login.startsWith(b"zq-") || user.title == 'zqgroup'`,
    "user.title == 'zqhost",
    "user['zq-boss@example.com'] == 'x'",
  ];
  for (const text of ways) {
    const config = {
      digest: "d",
      audit: {},
      daemon: {},
      connections: [
        {
          name: "staff",
          mode: "sync",
          source: { name: "people", type: "x", settings: {} },
          target: { name: "app", type: "y", settings: {} },
          scope: { users: { text }, include: [] },
          policy: { groups: {} },
          protect: { users: [], groups: [] },
          privilegedGroups: [],
        },
      ],
    } as unknown as Config;
    const facts = JSON.stringify(redactedConfig(config));
    expect(facts.match(marks)).toBeNull();
    expect(facts).not.toContain("example.com");
    expect(facts).toContain(`"users":{"length":${text.length},"reads":`);
  }
});
