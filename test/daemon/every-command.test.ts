import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { accessOf, type CommandDefinition } from "../../src/commands/invocation.ts";
import { commands } from "../../src/commands/registry.ts";
import { Desk, type Result, type Seat } from "../commands/desk.ts";
import { Serving } from "./serving.ts";

/** Every command that a daemon runs, in an order in which each finds something to do. FOLDER is the desk's own. */
const story: readonly (readonly [command: string, line: string, seat?: Seat])[] = [
  ["status", "status --json"],
  ["attributes", "attributes"],
  ["test", "test"],
  ["plan", "plan --out FOLDER/plan.json"],
  ["plan", "plan --json"],
  ["survey", "survey --csv FOLDER/survey.csv"],
  ["sync", "sync --plan FOLDER/plan.json"],
  ["sync", "sync", { columns: 80 }],
  ["sync", "sync --user nobody"],
  ["status", "status"],
  ["explain", "explain ann", { columns: 80, environment: { FORCE_COLOR: "1" } }],
  ["explain", "explain nobody"],
  ["log", "log"],
  ["log", "log --csv FOLDER/log.csv"],
  ["log verify", "log verify --json"],
  ["links", "links"],
  ["links export", "links export FOLDER/links.csv"],
  ["unlink", "unlink ann --yes --reason x"],
  ["link", "link ann ANN staff --yes --reason x"],
  ["links import", "links import FOLDER/links.csv --yes --reason x"],
  ["pause", "pause", { answers: ["maintenance"] }],
  ["pause", "pause --reason again --json"],
  ["resume", "resume"],
  ["report", "report"],
  ["report leavers", "report leavers --json"],
  ["report access", "report access --csv -"],
  ["report approvals", "report approvals --csv FOLDER/approvals.csv"],
  ["held", "held"],
  ["held list", "held list --json"],
  ["held show", "held show 1"],
  ["held approve", "held approve all --reason x"],
  ["held reject", "held reject all --reason x"],
  ["quarantine", "quarantine"],
  ["quarantine list", "quarantine list --json"],
  ["quarantine release", "quarantine release"],
  ["retry", "retry"],
  ["undo", "undo 99"],
  ["transfer", "transfer ann --from staff --to nowhere"],
  ["forget", "forget ann"],
  ["backup", "backup FOLDER/backup.tar"],
  ["support-bundle", "support-bundle FOLDER/bundle.txt"],
  ["connection", "connection"],
  ["connection rename", "connection rename old staff"],
  ["connection retire", "connection retire staff --deactivate"],
  ["reset", "reset --cursor --yes --reason x"],
  ["sync", "sync --full"],
];

/** They ask the daemon for something, and have tests of their own. */
const ofTheDaemon = ["daemon reload", "daemon check", "daemon stop"];

/** Commands that always work in a process of their own, and why. */
const here: Readonly<Record<string, string>> = {
  init: "writes a configuration",
  validate: "checks the file that is being edited, as whoever edits it can read it",
  daemon: "is the daemon",
  restore: "puts another state in the place of that which the daemon works with",
  schema: "asks nobody",
  completion: "asks nobody",
  complete: "asks nobody",
  demo: "works in folders of its own",
};

const all = commands.flatMap((each) => within(each, []));

function within(
  definition: CommandDefinition,
  above: readonly string[],
): readonly (readonly [string, CommandDefinition])[] {
  const path = [...above, definition.name];
  return [[path.join(" "), definition], ...(definition.commands ?? []).flatMap((each) => within(each, path))];
}

test("every command is told here, and works by the daemon or is named with the reason why not", () => {
  const served = all.filter(([, definition]) => accessOf(definition, {}) !== undefined).map(([path]) => path);
  const told = new Set([...story.map(([command]) => command), ...ofTheDaemon]);
  expect(served.filter((path) => !told.has(path))).toEqual([]);
  const alone = all.filter(([, definition]) => accessOf(definition, {}) === undefined).map(([path]) => path);
  expect(alone.filter((path) => !(path in here))).toEqual([]);
});

test("members of the group that looks can change nothing", () => {
  const looks = all.filter(([, definition]) => accessOf(definition, {}) === "view").map(([path]) => path);
  expect(looks.toSorted()).toEqual([
    "connection",
    "daemon check",
    "explain",
    ...["held", "held list", "held show"],
    ...["links", "links export", "log", "log verify"],
    ...["quarantine", "quarantine list"],
    ...["report", "report access", "report approvals", "report leavers"],
    "status",
  ]);
});

test("no command that a daemon runs touches a file but by the hands of whoever typed it", () => {
  const folder = new URL("../../src/commands/", import.meta.url);
  const own = readdirSync(folder)
    .filter((name) => name.endsWith(".ts"))
    .filter((name) => readFileSync(new URL(name, folder), "utf8").includes("ownFiles"));
  expect(own.toSorted()).toEqual(["files-of.ts", "through-daemon-files.ts"]);
});

describe("with a daemon a command says and does the same as without", () => {
  let alone: Desk;
  let served: Desk;
  let serving: Serving;
  beforeAll(async () => {
    [alone, served] = [new Desk(), new Desk()];
    for (const { directory } of [alone, served])
      directory.person("ann").person("ben").person("cem").group("team", ["ann", "ben"]);
    serving = await Serving.of(served);
  });
  afterAll(async () => {
    await serving.close();
    for (const desk of [alone, served]) desk[Symbol.dispose]();
  });

  for (const [, line, seat] of story) {
    test(line, async () => {
      const before = serving.served;
      const answer = await said(served, line, seat);
      // Of an error no line is written; it comes with the same words, but from the daemon all the same.
      if (answer.err === "") expect(serving.served).toBe(before + 1);
      expect(answer).toEqual(await said(alone, line, seat));
    });
  }

  test("and leaves the same files", () => {
    const lists = ["survey.csv", "links.csv"].map((name) => [
      plain(served, readFileSync(join(served.folder, name), "utf8")),
      plain(alone, readFileSync(join(alone.folder, name), "utf8")),
    ]);
    for (const [one, other] of lists) expect(one).toBe(other);
    const names = (desk: Desk) => readdirSync(desk.folder).toSorted();
    expect(names(served)).toEqual(names(alone));
  });
});

/** What a command line came to, without what differs from desk to desk and from moment to moment. */
async function said(desk: Desk, line: string, seat: Seat = {}): Promise<Result> {
  const words = line.replaceAll("FOLDER", desk.folder).split(" ");
  const target = words.includes("ANN") ? await idOfAnn(desk) : "";
  const { code, out, err } = await desk.run(
    words.map((word) => (word === "ANN" ? target : word)),
    seat,
  );
  return { code, out: plain(desk, out), err: plain(desk, err) };
}

async function idOfAnn(desk: Desk): Promise<string> {
  const target = await desk.target();
  try {
    const [ann] = await target.users.find("externalId", "ann", new AbortController().signal);
    return ann?.id ?? "";
  } finally {
    await target.close();
  }
}

function plain(desk: Desk, text: string): string {
  return text
    .replaceAll(desk.folder, "FOLDER")
    .replace(/test-\d+/g, "test-N")
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "ID")
    .replace(/\b[0-9a-f]{8,64}\b/g, "DIGEST")
    .replace(/\d{4}-\d\d-\d\d[T ][\d:.]+Z?/g, "TIME")
    .replace(/"durationMs":\d+/g, '"durationMs":N')
    .replace(/\b\d+(\.\d+)? ?(ms|s)\b/g, "TOOK")
    .replace(/"daemon":.*?,("connections":\[\{"connection":"staff","state")/g, '"daemon":D,$1')
    .replace(/\n[^\n]*daemon[^\n]* {2}(does not run|running for)[\s\S]*$/, "\nDAEMON\n");
}
