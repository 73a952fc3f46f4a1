import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { Metrics } from "../../src/observe/metrics.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "docs", "observe");
const read = (name: string) => readFileSync(join(folder, name), "utf8");

const ruleFile = z.object({
  groups: z.array(
    z.object({
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          labels: z.object({ severity: z.enum(["warning", "critical"]) }),
          annotations: z.object({ summary: z.string(), description: z.string(), runbook_url: z.string() }),
        }),
      ),
    }),
  ),
});
const rules = ruleFile.parse(parse(read("alerts.yaml"))).groups.flatMap((group) => group.rules);

const dashboard = z
  .object({
    panels: z.array(
      z.object({
        id: z.number(),
        title: z.string(),
        targets: z.array(z.object({ expr: z.string() })).optional(),
      }),
    ),
    templating: z.object({ list: z.array(z.object({ name: z.string() })) }),
  })
  .parse(JSON.parse(read("grafana.json")));

/** Name -> labels, of what the daemon really shows. */
let exported: ReadonlyMap<string, ReadonlySet<string>>;

beforeAll(async () => {
  const metrics = new Metrics({ version: "1", node: "26" }, 0);
  metrics.cycleEnded({
    connection: "staff",
    outcome: "done",
    purpose: "sync",
    durationMs: 1000,
    objects: [{ kind: "user", state: "present", n: 1 }],
    applied: { create: 1 },
    failed: { update: 1 },
  });
  metrics.retried("app.example.com", 429);
  const text = await metrics.text({
    configOk: true,
    configLoadedAt: 0,
    channels: [{ name: "mail", waiting: 1, oldest: 1, failedAt: 1, dropped: 0 }],
    expiries: [{ place: "p", what: "secret", name: "n", endsAt: 1 }],
    connections: [
      {
        connection: "staff",
        isReadable: true,
        source: "ad",
        target: "app",
        mode: "sync",
        everyMs: 1,
        dueAt: 1,
        lastCycle: 1,
        lastSuccess: 1,
        cursorAt: 1,
        pending: { user: 1 },
        doubt: 1,
        oldestDeactivation: 1,
        holds: [{ class: "deactivations", openedAt: 1, waiting: 1 }],
        failing: { objects: 1, parts: 1, givenUp: 1, seats: 1 },
        quarantineReason: "EncounteredQuarantineException",
        paused: true,
      },
    ],
  });
  const found = new Map<string, Set<string>>();
  for (const [, name = "", labels = ""] of text.matchAll(/^([a-z_]+)(?:\{([^}]*)\})? /gm)) {
    const known = found.get(name) ?? new Set(["instance", "job"]);
    for (const [, label = ""] of labels.matchAll(/(\w+)="/g)) known.add(label);
    found.set(name, known);
  }
  exported = found;
});

const metricsIn = (expression: string) =>
  [...expression.matchAll(/\b(?:rollcall|process)_[a-z_]+\b/g)].map(([name]) => name);

/** Labels that an expression names, with the metric in front of its braces. */
const labelsIn = (expression: string) =>
  [...expression.matchAll(/\b((?:rollcall|process)_[a-z_]+)\{([^}]*)\}/g)].flatMap(
    ([, name = "", inside = ""]) =>
      [...inside.matchAll(/(\w+)\s*[=!]/g)].map(([, label = ""]) => [name, label] as const),
  );

const expressions = () => [
  ...rules.map(({ expr }) => expr),
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
];

test("alerts and dashboard ask only for metrics and labels that the daemon shows", () => {
  const unknown = expressions().flatMap((each) => metricsIn(each).filter((name) => !exported.has(name)));
  expect([...new Set(unknown)]).toEqual([]);
  const wrong = expressions().flatMap((each) =>
    labelsIn(each).filter(([name, label]) => exported.get(name)?.has(label) !== true),
  );
  expect(wrong).toEqual([]);
});

test("each metric of a connection is on the dashboard or in an alert, or tells what it is", () => {
  const used = new Set(expressions().flatMap(metricsIn));
  const isUsed = (name: string) =>
    used.has(name) || used.has(name.replace(/_(bucket|sum|count)$/, "_sum")) || name.endsWith("_info");
  const left = [...exported.keys()].filter((name) => !isUsed(name));
  expect(left).toEqual([
    "rollcall_last_cycle_timestamp_seconds",
    "rollcall_notification_oldest_timestamp_seconds",
    "rollcall_config_loaded_timestamp_seconds",
  ]);
});

test("the manual names every metric that there is, and none that there is not", () => {
  const manual = readFileSync(join(root, "docs", "observe.md"), "utf8");
  const named = new Set(
    [...manual.matchAll(/`(rollcall_[a-z_]+)`(?:, `(_[a-z]+)`)?/g)].flatMap(([, name = "", ending]) =>
      ending === undefined ? [name] : [name, name.replace(/_[a-z]+$/, ending)],
    ),
  );
  const there = [...exported.keys()]
    .filter((name) => name.startsWith("rollcall_"))
    .map((name) => name.replace(/_(bucket|sum|count)$/, ""));
  expect([...named].filter((name) => !there.includes(name))).toEqual([]);
  const isTold = (name: string) =>
    named.has(name) || name === "rollcall_notification_oldest_timestamp_seconds";
  expect(there.filter((name) => !isTold(name))).toEqual([]);
});

test("each alert links to a section of the runbook that says all four things, and no section is left over", () => {
  const runbook = readFileSync(join(root, "docs", "runbook.md"), "utf8");
  const sections = new Map(
    runbook
      .split(/^## /m)
      .slice(1)
      .map((text) => [text.slice(0, text.indexOf("\n")).trim().toLowerCase(), text] as const),
  );
  const linked = new Set(rules.map(({ annotations }) => annotations.runbook_url));
  expect([...linked].toSorted()).toEqual(
    [...sections.keys()].map((each) => `docs/runbook.md#${each}`).toSorted(),
  );
  for (const text of sections.values())
    for (const part of ["**Means:**", "**Look at:**", "**Type:**", "**Do not**"])
      expect(text).toContain(part);
});

test("panels have different ids, and every variable that they use exists", () => {
  const ids = dashboard.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const variables = new Set(
    [...read("grafana.json").matchAll(/\$\{?([a-z]+)\b\}?/g)].map(([, name]) => name),
  );
  const known = dashboard.templating.list.map(({ name }) => name);
  expect([...variables].filter((name) => name !== undefined && !known.includes(name))).toEqual([]);
});

test("every command that the runbook names exists", () => {
  const runbook = readFileSync(join(root, "docs", "runbook.md"), "utf8");
  const named = new Set([...runbook.matchAll(/`rollcall ([a-z]+)/g)].map(([, name]) => name ?? ""));
  const commands = join(root, "src", "commands");
  const all = readdirSync(commands)
    .filter((name) => name.startsWith("registry"))
    .map((name) => readFileSync(join(commands, name), "utf8"))
    .join("\n");
  expect([...named].filter((name) => !all.includes(`name: "${name}"`))).toEqual([]);
});

const promtool = "/usr/bin/promtool";
const isHere = existsSync(promtool);
if (!isHere && process.env["CI"] === undefined)
  process.stderr.write(
    "promtool is not installed (Debian package prometheus): the rules are not tested by it\n",
  );

describe.skipIf(!isHere && process.env["CI"] === undefined)("promtool", () => {
  test("finds nothing wrong with the rules", () => {
    const { status, stdout, stderr } = spawnSync(promtool, ["check", "rules", "alerts.yaml"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect({ status, text: `${stdout}${stderr}` }).toMatchObject({ status: 0 });
    expect(stdout).toContain(`${rules.length} rules found`);
  });

  test("sees the rules fire when they have to, and not when all is well", () => {
    const { status, stdout, stderr } = spawnSync(promtool, ["test", "rules", "alerts.test.yaml"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect({ status, text: `${stdout}${stderr}` }).toMatchObject({ status: 0 });
  });

  test("finds nothing wrong with what the daemon shows", async () => {
    const text = await new Metrics({ version: "1", node: "26" }, 0).text({
      configOk: true,
      configLoadedAt: 0,
      channels: [],
      expiries: [{ place: 'with "quotes"\\ and\nlines', what: "secret", name: "n", endsAt: 1 }],
      connections: [],
    });
    const { status, stdout, stderr } = spawnSync(promtool, ["check", "metrics"], {
      input: text,
      encoding: "utf8",
    });
    expect({ status, text: `${stdout}${stderr}` }).toEqual({ status: 0, text: "" });
  });
});
