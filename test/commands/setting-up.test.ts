import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline/promises";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CredentialsRefused } from "../../src/errors.ts";
import { Desk } from "./desk.ts";

describe("validate", () => {
  test("a configuration that is right is called valid, and its mapping tests are run", async () => {
    using desk = new Desk();
    const { code, out } = await desk.run("validate");
    expect(code).toBe(0);
    expect(out).toMatch(/^valid: .*rollcall\.yaml, 1 connection \(staff\); 1 mapping test passed\n$/);
    expect(JSON.parse((await desk.run("validate --json")).out)).toMatchObject({
      kind: "Validation",
      valid: true,
      problems: [],
      passedTests: 1,
    });
  });

  test("every problem is shown with its place and frame, and the exit code is 2", async () => {
    using desk = new Desk("    scop: {}\n    mode: sink\n    scope: { users: 'user.departmint == \"IT\"' }");
    const { code, out } = await desk.run("validate");
    expect(code).toBe(2);
    expect(out).toMatch(/rollcall\.yaml:\d+:\d+: connections\.staff/);
    expect(out).toContain('did you mean "scope"?');
    expect(out).toContain("^^^^");
    const json = JSON.parse((await desk.run("validate --json")).out) as { problems: unknown[] };
    expect(json).toMatchObject({ valid: false });
    expect(json.problems.length).toBeGreaterThan(1);
    const plan = await desk.run("plan");
    expect(plan.code).toBe(2);
    expect(plan.err).toContain("problems in the configuration");
  });

  test("a mapping test that fails is a problem", async () => {
    using desk = new Desk("    mapping: own.yaml");
    writeFileSync(
      join(desk.folder, "own.yaml"),
      "extends: default\ntests:\n  - given: { login: Ann@example.com, name: Ann }\n    expect: { userName: ann@example.com }\n",
    );
    const { code, out } = await desk.run("validate");
    expect(code).toBe(2);
    expect(out).toContain('own.yaml:3:5: userName: expected "ann@example.com", got "Ann@example.com"');
  });
});

describe("test", () => {
  test("findings of source and target, and a sample person; nothing is written and nobody stored", async () => {
    using desk = new Desk();
    desk.source = {
      probe: async () => [
        { ok: true, check: "login", message: "as rollcall" },
        { ok: "warning", check: "certificate", message: "expires in 3 days", hint: "renew it" },
      ],
    };
    desk.directory.person("off", { enabled: false }).person("ann", { name: "Ann Lee", title: "Engineer" });
    const { code, out } = await desk.run("test");
    expect(code).toBe(0);
    expect(out).toContain("✓ login: as rollcall");
    expect(out).toMatch(/! certificate: expires in 3 days\n +renew it/);
    expect(out).toContain("A sample person as the mapping makes them: ann@example.com");
    expect(out).toMatch(/title +"Engineer" +user\.title/);
    const store = desk.store();
    expect(store.present("user")).toBe(0);
    store.close();
  });

  test("what is missing exits 1 with its hint as it was written, and no sample", async () => {
    using desk = new Desk();
    desk.source = {
      probe: async () => [
        {
          ok: false,
          check: "permission",
          message: "the right is missing",
          hint: "dsacls X /G Y\n  then again",
        },
      ],
    };
    const { code, out } = await desk.run("test");
    expect(code).toBe(1);
    expect(out).toContain("✗ permission: the right is missing\n      dsacls X /G Y\n        then again\n");
    expect(out).toContain("No sample person");
    expect(JSON.parse((await desk.run("test --json")).out)).toMatchObject({
      kind: "Test",
      ok: false,
      sample: null,
    });
  });

  test("a refused login exits 5, and the target is tested all the same", async () => {
    using desk = new Desk();
    desk.source = {
      probe: async () => {
        throw new CredentialsRefused("the password is refused", { hint: "correct it" });
      },
    };
    const { code, out } = await desk.run("test");
    expect(code).toBe(5);
    expect(out).toMatch(/✗ the password is refused\n +correct it/);
    expect(out).toContain("target directory (embedded)");
  });
});

describe("init", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "rollcall-init-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const directory = [
    "--url",
    "ldaps://dc1.corp.example",
    "--bind-dn",
    "rollcall@corp.example",
    "--bind-password-env",
    "AD_PASSWORD",
  ];

  const tenantId = "8a7d2f10-5c3e-4b7a-9f21-6d0e4c1b2a33";
  const tenant = ["--tenant-id", tenantId, "--client-id", "1c2b7e54-0f8d-4a61-b3c9-52d6a7e8f901"];

  async function init(argv: readonly string[], answers?: readonly string[]) {
    const desk = new Desk();
    const file = join(folder, "config", "rollcall.yaml");
    desk.place = file;
    const result = await desk.run(["init", ...argv], answers === undefined ? {} : { answers });
    const validate = existsSync(file) ? await desk.run("validate") : undefined;
    desk[Symbol.dispose]();
    return { ...result, file, validate };
  }

  test.each([
    ["into the embedded directory", directory],
    [
      "into a SCIM service",
      [...directory, "--scim-url", "https://app.example.com/scim/v2", "--scim-token-env", "TOKEN"],
    ],
    [
      "by domain, with values that need quotes",
      [
        "--domain",
        "corp.example",
        "--base-dn",
        'OU="A: #1",DC=corp,DC=example',
        "--bind-dn",
        "CN=it's,DC=corp,DC=example",
        "--bind-password-file",
        "pw: 1",
      ],
    ],
    ["Entra ID by client secret", [...tenant, "--client-secret-env", "SECRET", "--ca-file", "proxy.pem"]],
    ["Entra ID by certificate", [...tenant, "--certificate-file", "app.pem"]],
    ["Entra ID in Kubernetes", [...tenant, "--workload-identity"]],
    ["Entra ID on Azure", ["--tenant-id", tenantId, "--managed-identity"]],
    ["Entra ID in a national cloud", [...tenant, "--certificate-file", "app.pem", "--cloud", "usgov-dod"]],
    ["Okta by token", ["--org-url", "https://example.okta.com", "--token-file", "token"]],
    [
      "Okta by key",
      [
        "--org-url",
        "https://example.okta.com",
        "--client-id",
        "0oa1",
        "--private-key-env",
        "KEY",
        "--key-id",
        "k1",
      ],
    ],
  ])("%s: it writes a file that validates, with the schema on top", async (_, argv) => {
    const { code, out, file, validate } = await init(argv);
    expect(code).toBe(0);
    expect(out).toContain("rollcall test staff");
    expect(readFileSync(file, "utf8")).toMatch(/^# yaml-language-server: \$schema=/);
    expect(JSON.parse(readFileSync(join(dirname(file), "rollcall.schema.json"), "utf8"))).toHaveProperty(
      "properties.connections",
    );
    expect(validate).toMatchObject({ code: 0 });
  });

  test("it asks on a terminal, and lists what is missing elsewhere", async () => {
    const asked = await init(
      [],
      ["active-directory", "ldaps://dc1.corp.example", "rollcall@corp.example", "/run/secrets/ad", ""],
    );
    expect(asked).toMatchObject({ code: 0, validate: { code: 0 } });
    rmSync(asked.file);
    const silent = await init(["--source", "active-directory"]);
    expect(silent.code).toBe(2);
    expect(silent.err).toContain("missing: --url, --bind-dn, --bind-password-file");
    expect(existsSync(silent.file)).toBe(false);
  });

  test.each([
    ["entra", [tenantId, tenantId, "/run/secrets/entra", "embedded"]],
    ["okta", ["https://example.okta.com", "/run/secrets/okta", ""]],
  ])("it asks for %s in its own words", async (source, answers) => {
    const { code, file, validate } = await init([], [source, ...answers]);
    expect({ code, validate: validate?.code }).toEqual({ code: 0, validate: 0 });
    expect(readFileSync(file, "utf8")).toContain(`    type: ${source}\n`);
  });

  test.each([
    [[], "missing: --source (active-directory, entra, okta)"],
    [["--source", "ldap"], '--source expects active-directory, entra or okta, got "ldap"'],
    [["--tenant-id", tenantId, "--url", "ldaps://dc1"], "--tenant-id is of entra, not of active-directory"],
    [["--source", "okta", "--managed-identity"], "--managed-identity is of entra, not of okta"],
    [["--source", "entra"], "missing: --tenant-id, --client-id, --client-secret-file"],
    [["--org-url", "https://example.okta.com"], "missing: --token-file"],
  ])("what no source can be made of is said: %s", async (argv, sentence) => {
    const { code, err, file } = await init(argv);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
    expect(existsSync(file)).toBe(false);
  });

  test.each([
    [["--tenant-id", "contoso", "--managed-identity"], "--tenant-id: expected an id such as "],
    [["--tenant-id", tenantId, "--managed-identity", "--cloud", "mars"], "--cloud: expected "],
    [["--org-url", "http://example.okta.com", "--token-env", "T"], "--org-url: expected "],
  ])("a wrong answer about a cloud is named by its flag: %s", async (argv, sentence) => {
    const { code, err } = await init(argv);
    expect(code).toBe(2);
    expect(err).toContain(`rollcall: ${sentence}`);
  });

  test("it never touches a file that is there, and leaves none that cannot be used", async () => {
    const { file } = await init(directory);
    writeFileSync(file, "mine");
    expect((await init(directory)).code).toBe(2);
    expect(readFileSync(file, "utf8")).toBe("mine");
    rmSync(file);
    const wrong = await init(["--url", "http://dc1", "--bind-dn", "x", "--bind-password-env", "A"]);
    expect(wrong.code).toBe(2);
    expect(existsSync(file)).toBe(false);
  });

  test.each([
    [["--url", "http://x"], '--url: expected ldaps://host or ldap://host (StartTLS), got "http://x"'],
    [
      ["--url", "dc1.corp.example"],
      '--url: expected ldaps://host or ldap://host (StartTLS), got "dc1.corp.example"',
    ],
    [
      ["--domain", "nowhere"],
      '--domain: expected the DNS name of a domain, such as corp.example, got "nowhere"',
    ],
    [
      ["--url", "ldaps://dc1", "--base-dn", "x"],
      '--base-dn: expected a distinguished name such as DC=corp,DC=example, got "x"',
    ],
    [
      ["--url", "ldaps://dc1", "--scim-url", "app", "--scim-token-env", "T"],
      '--scim-url: expected a URL such as https://app.example.com/scim/v2, got "app"',
    ],
    [["--url", "ldaps://dc1", "--name", "a/b"], "--name: "],
  ])("a wrong answer is named by its flag, once, and no file is pointed at: %s", async (argv, sentence) => {
    const { code, err, file } = await init([...argv, "--bind-dn", "x", "--bind-password-env", "A"]);
    expect(code).toBe(2);
    expect(err).toContain(`rollcall: ${sentence}`);
    expect(err.match(/, got /g)).toHaveLength(1);
    expect(err).not.toContain("rollcall.yaml");
    expect(existsSync(file)).toBe(false);
  });

  test.each([
    ["Ctrl-C", "\u0003"],
    ["Ctrl-D", "\u0004"],
  ])("%s at a question stops it: 130, and no talk of a bug", async (_, key) => {
    using desk = new Desk();
    desk.place = join(folder, "rollcall.yaml");
    const ask = async (question: string): Promise<string> => {
      const input = new PassThrough();
      const terminal = createInterface({ input, output: new PassThrough(), terminal: true });
      const answer = terminal.question(question);
      input.write(key);
      return answer.finally(() => terminal.close());
    };
    const { code, err } = await desk.run("init", { ask });
    expect({ code, err }).toEqual({ code: 130, err: "rollcall: stopped\n" });
    expect(existsSync(desk.place)).toBe(false);
  });
});
