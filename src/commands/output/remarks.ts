import type { Report } from "../../sync/report.ts";
import { approveCommand } from "./approve-command.ts";
import type { Paint } from "./colour.ts";
import { escaped, escapedLines } from "./escape.ts";
import { count, counted, relative, span } from "./numbers.ts";
import { pauseText } from "./pause.ts";
import { protectedHint, protectedTexts } from "./protected.ts";
import { quarantineTexts } from "./quarantine.ts";
import { displayWidth, wrap } from "./table.ts";

export interface RemarkLayout {
  readonly paint: Paint;
  readonly width: number;
  /** Only what a person has to know or do. */
  readonly quiet: boolean;
  /** There are other connections: a command has to name this one. */
  readonly several: boolean;
}

/** A person or group that is set aside, and why. */
export interface SetAside {
  readonly label: string;
  readonly why: string;
}

/** What does not go by itself: held, failing, quarantined, and how it ended; each with what to type. Below it what only waits. */
export function remarkLines(
  report: Report,
  layout: RemarkLayout,
  now: number,
  setAside: readonly SetAside[],
): string[] {
  const { paint, width, several } = layout;
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
    ...hints.flatMap(escapedLines).flatMap((line) => hintLines(line, width).map(paint.faint)),
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
        `let them through:  ${approveCommand(hold, several ? name : undefined)}`,
      ),
    ),
    ...reminderLines(report, say, paint, now),
    ...protectedLines(report, say, paint),
    ...failureLines(report, setAside, say, paint),
    ...one(
      waiting.givenUp,
      (n) => `${count(n)} of these given up: no longer tried until the directory or a person says otherwise`,
    ).flatMap((text) =>
      say(
        "given up",
        paint.remove,
        text,
        `when it is mended:  rollcall retry${several ? ` --connection ${name}` : ""}`,
      ),
    ),
    ...overdueLines(report, say, paint, now),
    ...one(
      waiting.seats,
      (n) => `waiting for seats: ${count(n)}; the target has no licence left, the next sync asks again`,
    ).flatMap((text) => say("seats", paint.note, text)),
    ...one(
      waiting.unknown,
      (n) =>
        `${counted(n, "call")} got no answer; what became of ${n === 1 ? "it" : "them"} is looked up before anything is sent again`,
    ).flatMap((text) => say("unknown", paint.note, text)),
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
    ...(report.pause === undefined
      ? []
      : say(
          "paused",
          paint.note,
          pauseText(report.pause, now).replace(/^paused /, ""),
          `go on:  rollcall resume ${name}`,
        )),
    ...(layout.quiet ? [] : notes(report, layout)),
  ];
}

/** What is not sent because somebody is protected, and entries of the configuration that mean nobody. */
function protectedLines({ protected: stopped, unknownEntries }: Report, say: Say, paint: Paint): string[] {
  const texts = protectedTexts(stopped);
  return [
    ...texts.flatMap((text, at) =>
      say(at === 0 ? "protected" : "", paint.note, text, ...(at === texts.length - 1 ? [protectedHint] : [])),
    ),
    ...unknownEntries.flatMap((text) => say("config", paint.note, text)),
  ];
}

/**
 * A sentence is wrapped like any other. A command that is to be copied is never broken: where it does not fit, it begins on a line of its
 * own, further left.
 */
function hintLines(hint: string, width: number): string[] {
  const indent = " ".repeat(15);
  const [, title, command] = /^([^:]+:) +((?:rollcall|openssl) .+)$/.exec(hint) ?? [];
  if (title === undefined || command === undefined)
    return wrap(hint, width - 15).map((line) => indent + line);
  if (displayWidth(hint) <= width - 15) return [indent + hint];
  return [indent + title, " ".repeat(Math.max(0, Math.min(17, width - displayWidth(command)))) + command];
}

/** What is as it should be, and may stay so for ever: a manager who is disabled never gets an account. */
function notes({ waiting, nameWaits, mode, plan }: Report, { paint, width }: RemarkLayout): string[] {
  const say = (title: string, text: string) =>
    wrap(escaped(text), width - 13).map(
      (line, at) => `  ${paint.faint(`${(at === 0 ? title : "").padEnd(10)} ${line}`)}`,
    );
  return [
    ...one(
      waiting.references,
      (n) =>
        `${counted(n, "reference or membership", "references and memberships")} until the other side has an account`,
    ).flatMap((text) => say("waits", text)),
    ...nameWaits
      .slice(0, fewWaits)
      .flatMap(({ label, sourceId, message }) => say("waits", `${label || sourceId}: ${message}`)),
    ...one(
      Math.max(0, waiting.names - fewWaits),
      (n) => `${count(n)} more for a name that another still holds`,
    ).flatMap((text) => say("waits", text)),
    ...one(
      waiting.leftAlone,
      (n) => `${counted(n, "existing account")} left alone (policy.existingAccounts: leave)`,
    ).flatMap((text) => say("left", text)),
    ...one(waiting.outside, outsideText).flatMap((text) => say("pilot", text)),
    ...one(
      plan?.rejected ?? 0,
      (n) =>
        `${counted(n, "change")} that a person rejected ${n === 1 ? "is" : "are"} not sent (rollcall held list --rejected)`,
    ).flatMap((text) => say("rejected", text)),
    ...(mode === "dry-run" ? say("dry run", dryRun) : []),
  ];
}

/** "1,204 people and groups outside the pilot wait: nothing is sent for them" */
export function outsideText(n: number): string {
  return `${counted(n, "person or group outside the pilot waits", "people and groups outside the pilot wait")}: nothing is sent for ${n === 1 ? "it" : "them"}`;
}

const firstRun =
  "This first run found accounts that exist already: nothing is written until a person has said that they are the right ones.";
const dryRun = "this connection only plans (mode: dry-run); `mode: sync` does what is pending";
const quarantineHint = "a sync on demand works at once, as soon as the cause is mended";

function quarantineText({ quarantine, problem }: Report, now: number): string {
  if (quarantine === undefined) return "";
  const [state = "", ...more] = quarantineTexts(quarantine, now);
  const message = `: ${quarantine.message}`;
  // The problem stands right above.
  const said = quarantine.message === problem?.message ? state.replace(message, "") : state;
  return `the connection is ${[said, ...more].join("; ")}`;
}

type Say = (
  title: string,
  colour: (text: string) => string,
  text: string,
  ...hints: readonly string[]
) => string[];

/** Said once a day: the holds themselves stand above. */
function reminderLines({ heldReminder, connection }: Report, say: Say, paint: Paint, now: number): string[] {
  if (heldReminder === undefined) return [];
  const { changes, classes, oldest } = heldReminder;
  return say(
    "reminder",
    paint.note,
    `${counted(changes, "change has", "changes have")} been waiting for a person's word for more than a day, the oldest for ${span(now - oldest)} (${classes.join(", ")})`,
    `who it is, and why:  rollcall held show ${classes[0] ?? ""} --connection ${connection}`,
  );
}

/** Said once a day. */
function overdueLines({ overdueRemovals }: Report, say: Say, paint: Paint, now: number): string[] {
  if (overdueRemovals === undefined) return [];
  const { count: n, oldest } = overdueRemovals;
  const since = `for more than a day, ${n === 1 ? "since" : "the oldest since"} ${relative(oldest, now)}`;
  return say(
    "overdue",
    paint.remove,
    `${counted(n, "deactivation, deletion or removal from a group is", "deactivations, deletions or removals from groups are")} refused ${since}; take the access away at the target by hand if it cannot wait`,
  );
}

/** What failed now, one by one; and who was set aside before. */
function failureLines(report: Report, setAside: readonly SetAside[], say: Say, paint: Paint): string[] {
  const { failures, waiting, connection } = report;
  const shown = failures.slice(0, mostFailures);
  const failing = waiting.failing + waiting.failingReferences;
  const others =
    failing > 0 ? setAside.filter(({ label }) => !failures.some((each) => each.label === label)) : [];
  const more = Math.max(failing, failures.length) - shown.length - Math.min(others.length, fewSetAside);
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
const fewWaits = 5;
const mostFailures = 20;

/** A line when there is something to count. */
function one(n: number, text: (n: number) => string): string[] {
  return n === 0 ? [] : [text(n)];
}
