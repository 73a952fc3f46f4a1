import type { Report } from "../../sync/report.ts";
import type { Paint } from "./colour.ts";
import { escaped, escapedLines } from "./escape.ts";
import { isoTime } from "./json.ts";
import { count, counted, listed, relative, span } from "./numbers.ts";
import { wrap } from "./table.ts";

interface Layout {
  readonly paint: Paint;
  readonly width: number;
}

/** "read     12 changes: 10 people, 2 groups, 0.4 s" */
export function readLine({ read }: Report): string {
  if (read === undefined) return "nothing: the directory could not be read";
  const what = peopleAndGroups(read.users, read.groups);
  const gone = read.absent === 0 ? "" : `, ${count(read.absent)} gone`;
  const differ =
    read.type === "full" && read.why === "first read" ? "" : `; ${count(read.changed)} differ from before`;
  const took = span(read.durationMs);
  if (read.type === "full")
    return `everything (${escaped(read.why ?? "full read")}): ${what}${gone}${differ}, ${took}`;
  if (read.type === "one") return `one person, ${took}`;
  if (read.users + read.groups + read.absent === 0)
    return `only what changed since the last read: nothing, ${took}`;
  return `only what changed since the last read: ${what}${gone}, ${took}`;
}

const past: Readonly<Record<string, string>> = {
  create: "created",
  adopt: "adopted",
  update: "updated",
  rename: "renamed",
  deactivate: "deactivated",
  reactivate: "reactivated",
  delete: "deleted",
};
/** Who loses something comes first. */
const order = ["deactivate", "delete", "adopt", "create", "reactivate", "rename", "update"];

/** "1,900 people and 50 groups" */
export function peopleAndGroups(people: number, groups: number): string {
  const parts = [
    ...one(people, (n) => counted(n, "person", "people")),
    ...one(groups, (n) => counted(n, "group")),
  ];
  return parts.length === 0 ? "nobody" : listed(parts);
}

/** "create 7 people", "deactivate 3 of 1,900 people", ... of a plan that was counted. */
export function plannedParts(report: Report): string[] {
  const actions = report.plan?.actions ?? {};
  const parts = order.flatMap((action) => objectParts(report, actions, action));
  const references = actions["reference"] ?? 0;
  if (references > 0) parts.push(`set ${counted(references, "reference")} (manager)`);
  const { membersToAdd = 0, membersToRemove = 0 } = report.plan ?? {};
  const groups = actions["members"] ?? 0;
  if (groups > 0) {
    const signs = [
      membersToAdd > 0 ? `+${count(membersToAdd)}` : "",
      membersToRemove > 0 ? `-${count(membersToRemove)}` : "",
    ];
    parts.push(
      `change members of ${counted(groups, "group")} (${signs.filter((each) => each !== "").join(" ")})`,
    );
  }
  const lookUps = (actions["look up"] ?? 0) + (actions["look up group"] ?? 0);
  if (lookUps > 0) parts.push(`look up ${counted(lookUps, "call")} without an answer`);
  return parts;
}

/** "7 people created", ... of what the target accepted. */
export function appliedParts(report: Report): string[] {
  const { applied } = report;
  const objects = order.flatMap((action) => [
    ...one(applied[action], (n) => `${counted(n, "person", "people")} ${past[action]}`),
    ...one(applied[`${action} group`], (n) => `${counted(n, "group")} ${past[action]}`),
  ]);
  const known = new Set([
    "add member",
    "remove member",
    ...order,
    ...order.map((action) => `${action} group`),
  ]);
  const others = Object.entries(applied).filter(([name, n]) => !known.has(name) && n > 0);
  return [
    ...objects,
    ...others.map(([name, n]) => `${count(n)} × ${escaped(name)}`),
    ...one(applied["set reference"], (n) => `${counted(n, "reference")} set`),
    ...one(applied["add member"], (n) => `${counted(n, "membership")} added`),
    ...one(applied["remove member"], (n) => `${counted(n, "membership")} removed`),
  ];
}

function objectParts(report: Report, counts: Readonly<Record<string, number>>, action: string): string[] {
  const { users, groups } = report.totals;
  const isNew = action === "create" || action === "adopt";
  const base = (totals: Report["totals"]["users"]) => (isNew ? totals.present : totals.managedActive);
  return [
    ...one(counts[action], (n) => `${action} ${ofWhole(n, base(users), "person", "people")}`),
    ...one(counts[`${action} group`], (n) => `${action} ${ofWhole(n, base(groups), "group", "groups")}`),
  ];
}

/** "412 of 1,900 people" */
function ofWhole(n: number, whole: number, single: string, many: string): string {
  return whole > n ? `${count(n)} of ${count(whole)} ${many}` : counted(n, single, many);
}

function one(n: number | undefined, text: (n: number) => string): string[] {
  return n === undefined || n === 0 ? [] : [text(n)];
}

/** A person or group that is set aside, and why. */
export interface SetAside {
  readonly label: string;
  readonly why: string;
}

/** What does not go by itself: held, failing, waiting, quarantined, and how it ended; each with what to type. */
export function remarkLines(
  report: Report,
  { paint, width }: Layout,
  now: number,
  setAside: readonly SetAside[],
): string[] {
  const name = report.connection;
  const say = (
    title: string,
    colour: (text: string) => string,
    text: string,
    ...hints: readonly string[]
  ) => [
    ...wrap(escaped(text), width - 13).map(
      (line, at) => `  ${colour((at === 0 ? title : "").padEnd(10))} ${line}`,
    ),
    ...hints.flatMap(escapedLines).map((line) => `               ${paint.faint(line)}`),
  ];
  const { waiting } = report;
  return [
    ...(report.firstRunHeld ? say("first run", paint.note, firstRun) : []),
    ...report.holds.flatMap((hold) =>
      say(
        "held",
        paint.note,
        `${hold.message}; ${count(hold.waiting)} wait${hold.waiting === 1 ? "s" : ""}`,
        `see them:          rollcall held list ${name}`,
        `let them through:  rollcall held approve ${hold.class}`,
      ),
    ),
    ...failureLines(report, setAside, say, paint),
    ...one(
      waiting.references,
      (n) =>
        `${counted(n, "reference or membership", "references and memberships")} until the other side has an account`,
    ).flatMap((text) => say("waits", paint.note, text)),
    ...one(
      waiting.unknown,
      (n) =>
        `${counted(n, "call")} got no answer; what became of ${n === 1 ? "it" : "them"} is looked up before anything is sent again`,
    ).flatMap((text) => say("unknown", paint.note, text)),
    ...one(
      waiting.leftAlone,
      (n) => `${counted(n, "existing account")} left alone (policy.existingAccounts: leave)`,
    ).flatMap((text) => say("left", paint.faint, text)),
    ...(report.mode === "dry-run" ? say("dry run", paint.note, dryRun) : []),
    ...(report.problem === undefined
      ? []
      : say(
          "problem",
          paint.remove,
          report.problem.message,
          ...(report.problem.hint === undefined ? [] : [report.problem.hint]),
        )),
    ...(report.quarantine === undefined
      ? []
      : say("quarantine", paint.remove, quarantineText(report, now), quarantineHint)),
  ];
}

const firstRun =
  "This first run found accounts that exist already: nothing is written until a person has said that they are the right ones.";
const dryRun = "this connection only plans (mode: dry-run); `mode: sync` does what is pending";
const quarantineHint = "a sync on demand works at once, as soon as the cause is mended";

function quarantineText({ quarantine, problem }: Report, now: number): string {
  if (quarantine === undefined) return "";
  const why = quarantine.message === problem?.message ? "" : `: ${quarantine.message}`;
  return `the connection is in quarantine${why}; next attempt by itself ${relative(quarantine.nextAttempt, now)}`;
}

type Say = (
  title: string,
  colour: (text: string) => string,
  text: string,
  ...hints: readonly string[]
) => string[];

/** What failed now, one by one; and who was set aside before. */
function failureLines(report: Report, setAside: readonly SetAside[], say: Say, paint: Paint): string[] {
  const { failures, waiting, connection } = report;
  const shown = failures.slice(0, mostFailures);
  const others =
    waiting.failing > 0 ? setAside.filter(({ label }) => !failures.some((each) => each.label === label)) : [];
  const more =
    Math.max(waiting.failing, failures.length) - shown.length - Math.min(others.length, fewSetAside);
  return [
    ...shown.flatMap(({ label, action, message }) =>
      say("failed", paint.remove, `${label}, ${action}: ${message}`),
    ),
    ...others
      .slice(0, fewSetAside)
      .flatMap(({ label, why }) => say("failing", paint.remove, `${label}: ${why}`)),
    ...(more > 0
      ? say("", paint.remove, `and ${count(more)} more`, `rollcall status ${connection} --verbose`)
      : []),
  ];
}

const fewSetAside = 3;
const mostFailures = 20;

/** The same for other programs: times in UTC, nothing left out. */
export function reportFields(report: Report): Record<string, unknown> {
  const { startedAt, read, plan, quarantine, problem, ...rest } = report;
  return {
    ...rest,
    startedAt: isoTime(startedAt),
    read: read ?? null,
    plan: plan ?? null,
    holds: report.holds.map((hold) => ({ ...hold, openedAt: isoTime(hold.openedAt) })),
    quarantine:
      quarantine === undefined
        ? null
        : { ...quarantine, since: isoTime(quarantine.since), nextAttempt: isoTime(quarantine.nextAttempt) },
    problem: problem === undefined ? null : { message: problem.message, hint: problem.hint ?? null },
  };
}
