import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import { ConfigurationProblems } from "../../src/config/problems.ts";
import { ConfigurationError } from "../../src/errors.ts";
import { checkMapping } from "../../src/mapping/compile.ts";
import { formatProblem } from "../../src/yaml/problem.ts";
import { brokenConfigurations } from "./broken-configurations.ts";
import { registries } from "./registries.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-config-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const minimal = `sources:
  hr: { type: hr, url: x, password: { env: P } }
connections:
  staff: { source: hr }
`;

function write(name: string, text: string | Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function load(yaml: string): Promise<Config> {
  return loadConfig(write("rollcall.yaml", yaml), checkMapping, registries);
}

async function problemsOf(yaml: string): Promise<ConfigurationProblems> {
  const error = await load(yaml).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ConfigurationProblems)) throw new Error(`expected problems, got ${String(error)}`);
  return error;
}

async function only(yaml: string): Promise<Config["connections"][number]> {
  const [connection, ...others] = (await load(yaml)).connections;
  if (connection === undefined || others.length > 0) throw new Error("expected one connection");
  return connection;
}

describe("a broken configuration", () => {
  test.each(brokenConfigurations)("$title", async ({ yaml, mapping, expected }) => {
    write("mapping.yaml", mapping ?? "");
    const { problems, message } = await problemsOf(yaml);
    const lines = problems.map(({ file, line, column, path, message: text }) => {
      const name = file.endsWith("rollcall.yaml") ? "" : `${file.slice(folder.length + 1)}:`;
      return `${name}${line}:${column}: ${path === "" ? "" : `${path}: `}${text.replace(folder, "<folder>")}`;
    });
    expect(lines).toEqual(expected);
    expect(message).not.toContain("hunter2");
  });

  test("is printed with its place, the line and a caret", async () => {
    const { message } = await problemsOf(`every: 40\nevry: 1m\n${minimal}`);
    const file = join(folder, "rollcall.yaml");
    expect(message).toBe(
      [
        `${file}:1:8: every: expected a duration such as 90s, 40m, 2h or 30d, got 40`,
        "    1 | every: 40",
        "      |        ^^",
        "",
        `${file}:2:1: evry: unknown key, did you mean "every"?`,
        "    2 | evry: 1m",
        "      | ^^^^",
        "",
        "2 problems in the configuration",
      ].join("\n"),
    );
  });

  test("is a configuration error, so that the exit code is 2", async () => {
    expect(await problemsOf("evry: 1m")).toBeInstanceOf(ConfigurationError);
  });
});

describe("what an admin leaves out", () => {
  test("has the documented defaults", async () => {
    const config = await load(minimal);
    expect(config.state).toBe("/var/lib/rollcall");
    expect(config.connections).toEqual([
      {
        name: "staff",
        where: `${config.file}:4:10`,
        source: {
          name: "hr",
          type: "hr",
          settings: { url: "x", password: { env: "P" }, pageSize: 500 },
          where: `${config.file}:2:7`,
        },
        target: { name: "directory", type: "embedded", settings: {}, where: `${config.file}:4:10` },
        mode: "sync",
        everyMs: 40 * 60_000,
        reconcileEveryMs: 24 * 3_600_000,
        scope: { include: [] },
        policy: {
          existingAccounts: "review",
          newUsers: "active",
          whenDisabled: "deactivate",
          whenOutOfScope: "deactivate",
          whenDeleted: "deactivate",
          deleteAfterMs: undefined,
          rewriteExternalId: false,
          groups: { push: true, nested: "flatten", removed: "keep" },
        },
        limits: {
          deactivations: 0.05,
          deletions: 0.05,
          memberRemovals: 0.1,
          identifierChanges: 0.05,
          clearedValues: 0.1,
          creations: 0.5,
          neverHoldBelow: 10,
          windowMs: 86_400_000,
        },
        retry: { waitsMs: [6 * 3_600_000, 12 * 3_600_000, 24 * 3_600_000], giveUpAfterMs: 28 * 86_400_000 },
        protect: { users: [], groups: [] },
        privilegedGroups: [],
      },
    ]);
  });

  test("is filled in key by key: one limit does not reset the others", async () => {
    const { limits, policy } = await only(
      `${minimal.replace("{ source: hr }", "")}    source: hr\n    limits: { deletions: 2.5% }\n    policy: { groups: { nested: direct } }\n`,
    );
    expect(limits).toMatchObject({ deletions: 0.025, deactivations: 0.05 });
    expect(policy.groups).toEqual({ push: true, nested: "direct", removed: "keep" });
  });

  test("has a pilot, groups that are linked and a period of grace only where somebody wrote them", async () => {
    const { pilot, policy } = await only(
      `${minimal.replace("{ source: hr }", "")}    source: hr\n    pilot: { groups: [Pilot] }\n    policy: { deleteAfter: 30d, groups: { link: { Sales: s-1 } } }\n`,
    );
    expect(pilot).toEqual({ groups: ["Pilot"], users: [] });
    expect(policy).toMatchObject({ deleteAfterMs: 30 * 86_400_000, groups: { link: { Sales: "s-1" } } });
    const plain = await only(minimal);
    expect(plain).not.toHaveProperty("pilot");
    expect(plain.policy.groups).not.toHaveProperty("link");
  });

  test("a connection inherits the time between cycles unless it says otherwise", async () => {
    const config = await load(`every: 2h\n${minimal}  fast: { source: hr, every: 90s }\n`);
    expect(config.connections.map((each) => each.everyMs)).toEqual([7_200_000, 90_000]);
  });

  test("the target is compared as a whole so often as a connection says, or never", async () => {
    const often = `${minimal}  fast: { source: hr, reconcile: 6h }\n  quiet: { source: hr, reconcile: never }\n`;
    const { connections } = await load(often);
    expect(connections.map((each) => each.reconcileEveryMs)).toEqual([86_400_000, 21_600_000, undefined]);
    await expect(load(`${minimal}  odd: { source: hr, reconcile: weekly }\n`)).rejects.toThrow(
      'connections.odd.reconcile: expected a duration such as 24h, or never, got "weekly"',
    );
  });
});

describe("paths", () => {
  test("are relative to the configuration, wherever the process stands", async () => {
    mkdirSync(join(folder, "mappings"));
    write("mappings/m.yaml", "extends: default\n");
    const yaml = `state: ./state\n${minimal
      .replace("{ env: P }", "{ file: secret }, ca: { file: certs/ca.pem }")
      .replace("source: hr", "source: hr, mapping: mappings/m.yaml")}`;
    const config = await load(yaml);
    const [connection] = config.connections;
    expect(config.state).toBe(join(folder, "state"));
    expect(connection?.source.settings).toMatchObject({
      password: { file: join(folder, "secret") },
      ca: { file: join(folder, "certs/ca.pem") },
    });
    expect(connection?.mapping).toEqual({
      file: join(folder, "mappings/m.yaml"),
      text: "extends: default\n",
    });
  });
});

describe("the digest", () => {
  test("changes with the mapping file and not by itself", async () => {
    write("m.yaml", "extends: default\n");
    const yaml = minimal.replace("source: hr", "source: hr, mapping: m.yaml");
    const first = (await load(yaml)).digest;
    expect((await load(yaml)).digest).toBe(first);
    write("m.yaml", "extends: default\n# edited\n");
    expect((await load(yaml)).digest).not.toBe(first);
  });
});

describe("what is legal but suspicious", () => {
  test("is a warning with its place", async () => {
    const { warnings = [], file } = await load(
      `${minimal}  again: { source: hr }\ntargets:\n  app: { type: scim, baseUrl: x, token: { env: T } }\n`,
    );
    expect(warnings.map((each) => formatProblem(each).split("\n")[0])).toEqual([
      `${file}:5:3: connections.again: "staff" goes from the same source into the same target; a person in the scope of both belongs to whichever came first`,
      `${file}:7:3: targets.app: no connection uses this target`,
    ]);
  });

  test.each([
    [
      "limits: { deletions: 100%, memberRemovals: 50% }",
      [
        "limits.deletions: a limit of 100% is none: only what concerns more than half of everybody at once is still held (default: 5%)",
        "limits.memberRemovals: a limit of 50% is none: only what concerns more than half of everybody at once is still held (default: 10%)",
      ],
    ],
    [
      "limits: { neverHoldBelow: 5000 }",
      [
        "limits.neverHoldBelow: up to 5000 changes of each class are never held for being too many, whatever the percentages say (default: 10)",
      ],
    ],
    [
      "policy: { whenDeleted: delete }, limits: { deletions: 90% }",
      [
        "policy.whenDeleted: people who are deleted in the directory lose their accounts at once and for good, and limits.deletions holds none of it; whenDeleted: deactivate with deleteAfter: 30d leaves time to notice",
        "limits.deletions: a limit of 90% is none: only what concerns more than half of everybody at once is still held (default: 5%)",
      ],
    ],
    ["policy: { whenDeleted: delete }", []],
    [
      "policy: { whenOutOfScope: delete }",
      ["policy.whenOutOfScope: a slip in scope deletes accounts for good; deactivate can be undone"],
    ],
    [
      "policy: { whenDisabled: keep }",
      [
        "policy.whenDisabled: people who are disabled in the directory keep access, until they are deleted there; many directories delete much later, or never",
      ],
    ],
    [
      "policy: { whenDisabled: keep, whenDeleted: keep, whenOutOfScope: keep }",
      ["policy.whenDisabled: with whenDisabled: keep and whenDeleted: keep nobody ever loses access"],
    ],
    [
      "policy: { groups: { push: false } }, scope: { groups: group.name != '' }, privilegedGroups: [Admins]",
      [
        "scope.groups: scope.groups has no effect: policy.groups.push is false, so no group is written",
        "privilegedGroups: privilegedGroups has no effect: policy.groups.push is false, so no group is written",
      ],
    ],
    [
      "every: 5s",
      [
        "every: a cycle every few seconds asks the directory very often; most answer with limits of their own",
      ],
    ],
    [
      "every: 2d",
      [
        "reconcile: the whole target is read and compared in every cycle: reconcile is no longer than the time between two cycles (default: 24h)",
      ],
    ],
  ])("%s", async (settings, expected) => {
    const { warnings = [] } = await load(minimal.replace("source: hr", `source: hr, ${settings}`));
    const said = warnings.map(({ path, message }) => `${path.replace("connections.staff.", "")}: ${message}`);
    expect(said.toSorted()).toEqual(expected.toSorted());
  });

  test("one service, one directory or one secret that is described twice is a line that was copied", async () => {
    const { warnings = [] } = await load(
      `${minimal.replace("url: x,", "url: x,")}  other: { source: again, target: one }
  more: { source: hr, target: two }
targets:
  one: { type: scim, baseUrl: 'https://app.example.com/scim', token: { env: T } }
  two: { type: scim, baseUrl: 'https://APP.example.com/scim/', token: { env: P } }
`.replace("connections:", "  again: { type: hr, url: X, password: { env: Q } }\nconnections:"),
    );
    expect(warnings.map(({ path, message }) => `${path}: ${message}`)).toEqual([
      'connections.more: "other" goes from the same source into the same target; a person in the scope of both belongs to whichever came first',
      'targets.two: the same service as "one": two connections could then take the same account without knowing of each other; describe it once',
      "targets.two.token: the same secret as sources.hr.password: was the line copied?",
    ]);
  });

  test("is said of a target by the target itself", async () => {
    const { warnings = [], file } = await load(
      `${minimal}\ntargets:\n  directory: { type: scim, baseUrl: suspicious, token: { env: T } }\n`,
    );
    expect(warnings.map((each) => formatProblem(each).split("\n")[0])).toEqual([
      `${file}:7:3: targets.directory: it looks suspicious`,
    ]);
  });

  test("is nothing in a sound configuration", async () => {
    expect((await load(minimal)).warnings).toEqual([]);
  });
});

describe("a hostile file", () => {
  test("an alias bomb is refused at once", async () => {
    const levels = Array.from({ length: 12 }, (_, n) =>
      n === 0
        ? "a0: &a0 [x, x, x, x, x, x, x, x, x]"
        : `a${n}: &a${n} [${Array(9)
            .fill(`*a${n - 1}`)
            .join(", ")}]`,
    );
    const started = performance.now();
    const { problems } = await problemsOf(`${levels.join("\n")}\n${minimal}`);
    expect(problems.map((each) => each.message)).toContain(
      "refused: it holds too many values (aliases count)",
    );
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test("an alias inside itself is refused", async () => {
    const { problems } = await problemsOf(`every: &a [*a]\n${minimal}`);
    expect(problems[0]?.message).toMatch(/refused: it is nested too deeply/);
  });

  test("ten thousand brackets are refused", async () => {
    const { problems } = await problemsOf(`every: ${"[".repeat(10_000)}${"]".repeat(10_000)}\n${minimal}`);
    expect(problems.length).toBeGreaterThan(0);
  });

  test("a file of more than 1 MiB is not read", async () => {
    await expect(load(`#${"x".repeat(1024 * 1024)}\n${minimal}`)).rejects.toThrow("is larger than 1 MiB");
  });

  test("bytes that are no UTF-8 are refused", async () => {
    const file = write("rollcall.yaml", Uint8Array.of(0x73, 0x3a, 0x20, 0xff, 0xfe));
    await expect(loadConfig(file, checkMapping, registries)).rejects.toThrow("is not text in UTF-8");
  });

  test("a file that does not exist is named", async () => {
    const file = join(folder, "nowhere.yaml");
    await expect(loadConfig(file, checkMapping, registries)).rejects.toThrow(`${file} does not exist`);
  });

  test("a folder is not a configuration", async () => {
    await expect(loadConfig(folder, checkMapping, registries)).rejects.toThrow(ConfigurationError);
  });

  test("__proto__ as a key changes no prototype", async () => {
    const { problems } = await problemsOf(`__proto__: { polluted: true }\n${minimal}`);
    expect(problems[0]?.message).toBe("this key is not allowed");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("control and bidi characters do not reach the terminal", async () => {
    const { message } = await problemsOf(
      `"evry\\e[31m": 1m\n"every\u202e": 1m\nmode: "\u009b2J"\n${minimal}`,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(message).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});

describe("a literal secret never shows", () => {
  test.each([
    ["in its place", minimal.replace("{ env: P }", "hunter2")],
    ["in quotes", minimal.replace("{ env: P }", '"hunter2"')],
    ["as a block", minimal.replace("{ env: P } }", "hunter2 }")],
    ["as a list", minimal.replace("{ env: P }", "[hunter2]")],
    ["as the name of a variable", minimal.replace("{ env: P }", '{ env: "hunter2!" }')],
    ["under a misspelt key", minimal.replace("password: { env: P }", "pasword: hunter2")],
    ["under a key that is nothing like it", minimal.replace("password: { env: P }", "geheim: hunter2")],
    ["on the line of another mistake", minimal.replace("{ env: P }", "hunter2, urll: y")],
    ["in a file that does not parse", minimal.replace("{ env: P }", "hunter2, [")],
    ["in a file with a key twice", minimal.replace("{ env: P }", "hunter2, url: y")],
    [
      "in a section of an unknown type",
      minimal.replace("type: hr", "type: hrr").replace("{ env: P }", "hunter2"),
    ],
    ["at the top of the file", `password: hunter2\n${minimal}`],
  ])("%s", async (_title, yaml) => {
    const { message, problems } = await problemsOf(yaml);
    expect(`${message}${JSON.stringify(problems)}`).not.toContain("hunter2");
  });
});
