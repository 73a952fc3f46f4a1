import type { ConnectionConfig } from "../config/config.ts";
import type { Surveyed } from "../sync/survey.ts";
import type { SurveyLine, SurveyStatus } from "../sync/survey-lines.ts";
import { escaped } from "./output/escape.ts";
import { count, counted, listed, span } from "./output/numbers.ts";
import { cut, displayWidth, wrap } from "./output/table.ts";
import { showPath } from "./output/value.ts";
import type { Screen } from "./screen.ts";
import type { Counted, KindCounts, SurveyCounts } from "./survey-counts.ts";

type Layout = Pick<Screen, "paint" | "width">;

const words: Readonly<Record<"users" | "groups", Readonly<Record<SurveyStatus, string>>>> = {
  users: {
    linked: "linked already",
    matched: "have an account",
    ambiguous: "ambiguous: no account is taken",
    claimed: "account of another connection",
    new: "have none: would be created",
    disabled: "disabled: get none",
    "left out": "left out by default",
    "out of scope": "out of scope",
    "mapping fails": "mapping fails: nothing is done",
    gone: "gone, with an account of ours",
    "only at the target": "accounts of nobody: never touched",
  },
  groups: {
    linked: "linked already",
    matched: "there is one",
    ambiguous: "ambiguous: none is taken",
    claimed: "group of another connection",
    new: "there is none: would be created",
    disabled: "disabled",
    "left out": "left out by default",
    "out of scope": "out of scope",
    "mapping fails": "mapping fails: nothing is done",
    gone: "gone, with a group of ours",
    "only at the target": "groups of nobody: never touched",
  },
};

/** In which order a page tells; those with a note say it with each example. */
const order: readonly SurveyStatus[] = [
  ...(["linked", "matched", "new", "ambiguous", "claimed", "mapping fails", "disabled"] as const),
  ...(["left out", "out of scope", "gone", "only at the target"] as const),
];
const withNotes: ReadonlySet<SurveyStatus> = new Set([
  ...(["ambiguous", "claimed", "mapping fails", "left out", "out of scope"] as const),
]);

/** The page: numbers first, a few examples, then what to type. */
export function surveyScreen(
  { name, source, target, policy }: ConnectionConfig,
  { read, unlisted }: Surveyed,
  counts: SurveyCounts,
  csv: string | undefined,
  layout: Layout,
): string[] {
  const { users, groups } = counts;
  const { paint, width } = layout;
  const head = `${name}  ${source.name} (${source.type}) → ${target.name} (${target.type})  survey`;
  const directory = `everything: ${counted(read.users, "person", "people")} and ${counted(read.groups, "group")}, ${span(read.durationMs)}`;
  const accounts = unlisted.includes("user")
    ? `${target.name} does not list its accounts: people were looked up one by one, and accounts of nobody are not known`
    : `${counted(users.atTarget, "account")}, ${count(users.activeAtTarget)} of them active`;
  const theirs = !policy.groups.push
    ? "groups are not pushed"
    : unlisted.includes("group")
      ? "groups are not listed"
      : counted(groups.atTarget, "group");
  return [
    paint.strong(escaped(head)),
    ...said("directory", directory, width),
    ...said("target", `${accounts}; ${theirs}`, width),
    "",
    ...side("People", "users", users, layout),
    ...also(users, policy.groups.push, layout),
    ...(policy.groups.push ? ["", ...side("Groups", "groups", groups, layout)] : []),
    "",
    ...said("seats", seats(counts), width),
    ...said("next", next(name, counts, csv), width),
  ];
}

function said(title: string, text: string, width: number): string[] {
  return wrap(escaped(text), width - 13).map((line, at) => `  ${(at === 0 ? title : "").padEnd(10)} ${line}`);
}

function side(title: string, kind: "users" | "groups", counts: KindCounts, layout: Layout): string[] {
  const lines = [layout.paint.strong(`${title} of the directory: ${count(counts.inDirectory)}`)];
  for (const status of order) {
    const found = counts.statuses[status];
    if (found === undefined) continue;
    const by = status === "matched" ? ` (${byText(counts.matchedBy)})` : "";
    lines.push(...counting(found, `${words[kind][status]}${by}`, withNotes.has(status), layout));
  }
  if (counts.claimedAtTarget > 0)
    lines.push(
      `${number(counts.claimedAtTarget)}  accounts or groups there that belong to other connections`,
    );
  return lines;
}

function byText(matchedBy: Readonly<Record<string, number>>): string {
  const parts = Object.entries(matchedBy).map(([path, n]) => `${count(n)} by ${showPath(path)}`);
  return listed(parts);
}

/** What of the same people deserves a second look. */
function also(users: KindCounts, push: boolean, layout: Layout): string[] {
  const notes: readonly (readonly [Counted, string])[] = [
    [users.matchedOff, "people have an account that is switched off: it stays off until you say otherwise"],
    [users.disabledActive, "disabled people have an account that is active: link it to have it switched off"],
    ...(push ? ([[users.inNoGroup, "people in scope are in no pushed group"]] as const) : []),
  ];
  return notes.flatMap(([found, text]) => (found.n === 0 ? [] : counting(found, text, false, layout)));
}

function number(n: number): string {
  return count(n).padStart(9);
}

function counting(found: Counted, text: string, notes: boolean, { paint, width }: Layout): string[] {
  const lines = wrap(text, width - 11);
  const head = lines.map((line, at) => `${at === 0 ? number(found.n) : " ".repeat(9)}  ${line}`);
  const more = found.n > found.examples.length ? [`... ${count(found.n - found.examples.length)} more`] : [];
  if (!notes) {
    const names = escaped([...found.examples.map(nameOf), ...more].join(", "));
    const last = head.at(-1) ?? "";
    const room = width - displayWidth(last) - 2;
    if (room >= 24) return [...head.slice(0, -1), `${last}  ${paint.faint(cut(names, room))}`];
    return [...head, `${" ".repeat(13)}${paint.faint(cut(names, width - 13))}`];
  }
  return [
    ...head,
    ...[...byNote(found.examples), ...more].flatMap((each) =>
      wrap(escaped(each), width - 15).map(
        (line, at) => `${" ".repeat(at === 0 ? 13 : 15)}${paint.faint(line)}`,
      ),
    ),
  ];
}

/** "ann: the note", or the note and then everybody of whom it is said. */
function byNote(examples: readonly SurveyLine[]): readonly string[] {
  const notes = Map.groupBy(examples, ({ note }) => note);
  return [...notes].flatMap(([note, lines]) =>
    lines.length === 1
      ? lines.map((line) => `${nameOf(line)}: ${note}`)
      : [`${note}: ${lines.map(nameOf).join(", ")}`],
  );
}

function nameOf({ name, account, sourceId, targetId }: SurveyLine): string {
  return name || account || sourceId || targetId;
}

function seats({ seatsNeeded, seatsTaken, users }: SurveyCounts): string {
  const created = users.statuses.new?.n ?? 0;
  const off = users.matchedOff.n;
  const parts = [
    `${count(seatsTaken)} active now`,
    ...(created > 0 ? [`${count(created)} to be created`] : []),
    ...(off > 0 ? [`${count(off)} switched off`] : []),
  ];
  return `${counted(seatsNeeded, "person is", "people are")} to have an account (${listed(parts)}); the target has ${counted(users.activeAtTarget, "active account")} now, and would have ${count(users.activeAtTarget + created)}`;
}

function next(name: string, { users, groups }: SurveyCounts, csv: string | undefined): string {
  const ambiguous = (users.statuses.ambiguous?.n ?? 0) + (groups.statuses.ambiguous?.n ?? 0);
  const everybody =
    csv === undefined
      ? [`everybody, line by line: rollcall survey ${name} --csv survey.csv`]
      : [`everybody, line by line: ${csv}`];
  const link =
    ambiguous === 0
      ? []
      : [
          "what is ambiguous: rollcall link PERSON ACCOUNT, or fill target_id in that file in and import it: rollcall links import",
        ];
  return [...everybody, ...link, `what a sync would do: rollcall plan ${name}`].join("; ");
}
