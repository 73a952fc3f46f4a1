import type { DriftType, KeptFinding } from "../../store/findings.ts";
import type { LastReconcile } from "../../sync/last-reconcile.ts";
import type { DriftExample, ReconcileReport } from "../../sync/reconcile-notes.ts";
import type { Paint } from "./colour.ts";
import { escaped } from "./escape.ts";
import { isoTime } from "./json.ts";
import { count, counted, listed, relative, span } from "./numbers.ts";
import { wrap } from "./table.ts";
import { showPath, showValue } from "./value.ts";

interface Layout {
  readonly paint: Paint;
  readonly width: number;
}

/** What was found, for one and for many; what a person should look at comes first. */
const words: Readonly<Record<DriftType, readonly [one: string, many: string]>> = {
  "kept-access": [
    "active account of somebody who is to have none, not proved to be ours",
    "active accounts of people who are to have none, not proved to be ours",
  ],
  duplicate: ["second account of somebody of ours", "second accounts of people of ours"],
  "lost-link": [
    "account that we made and that carries another external id now",
    "accounts that we made and that carry another external id now",
  ],
  "switched-off": [
    "account switched off by somebody else: it waits for a person's word",
    "accounts switched off by somebody else: they wait for a person's word",
  ],
  contested: [
    "value that another system writes too: no longer put right",
    "values that another system writes too: no longer put right",
  ],
  "switched-on": ["account switched on that is to be off", "accounts switched on that are to be off"],
  vanished: ["account or group gone at the target", "accounts or groups gone at the target"],
  relinked: ["lost account found again", "lost accounts found again"],
  changed: ["value changed by hand", "values changed by hand"],
  "member-added": ["member added by hand", "members added by hand"],
  "member-removed": ["member removed by hand", "members removed by hand"],
};

/** What nothing is done about without a person. */
const forAPerson: readonly DriftType[] = ["kept-access", "duplicate", "lost-link", "contested"];

/** True when a look at the target found something that a person should know, whatever is done about it. */
export function isForAPerson(found: Readonly<Partial<Record<DriftType, number>>>): boolean {
  return forAPerson.some((type) => (found[type] ?? 0) > 0);
}

/** The section of a sync's or plan's report: what was compared, what differs with old and new, and what nobody manages. */
export function driftLines(report: ReconcileReport | undefined, layout: Layout): string[] {
  if (report === undefined) return [];
  const { users, groups, found, examples, gaps, durationMs } = report;
  const compared = `${counted(users.seen, "account")} and ${counted(groups.seen, "group")} at the target compared, ${span(durationMs)}`;
  const nothing =
    Object.keys(found).length === 0
      ? `: ${report.problem === undefined ? "" : "nothing else than below, "}no drift`
      : "";
  const lines = [
    ...text(`${compared}${nothing}`, layout, "drift"),
    ...order(found).flatMap(([type, n]) => [
      ...text(typeText(type, n), layout),
      ...examples.filter((each) => each.type === type).map((each) => exampleLine(each, layout)),
      ...more(n, examples.filter((each) => each.type === type).length, layout),
    ]),
    ...unmanagedTexts(report).flatMap((each) => text(each, layout)),
    ...gaps.flatMap((each) => text(each, layout)),
  ];
  return lines;
}

/** For `status`: when the target was last compared, and what is not yet as we want it. */
export function lastDriftTexts(
  last: LastReconcile,
  open: Readonly<Partial<Record<DriftType, number>>>,
  now: number,
): readonly string[] {
  const kinds = order(open).map(([type, n]) => typeText(type, n));
  const state = kinds.length === 0 ? "no open finding" : listed(kinds);
  return [
    `target compared ${relative(last.at, now)}: ${state}`,
    ...(last.problem === undefined ? [] : [last.problem]),
    ...unmanagedTexts(last),
  ];
}

/** One finding of a person, a group or a membership as a sentence part. */
export function findingText(finding: DriftExample | KeptFinding): string {
  const { type, path, ours, theirs, times } = finding;
  const group =
    "groupLabel" in finding ? finding.groupLabel : "group" in finding ? (finding.group ?? null) : null;
  const often = times > 1 ? `, found ${times} times` : "";
  if (type === "duplicate") return `also has the account ${showValue(theirs)}`;
  if (type === "kept-access") return `is to have no access, but the account ${showValue(theirs)} is active`;
  if (type === "lost-link") return `the account ${showValue(theirs)} carries another external id now`;
  if (type === "vanished") return `${showValue(ours)} is gone at the target${often}`;
  if (type === "relinked") return `${showValue(theirs)} is linked again`;
  if (type === "switched-off") return "switched off at the target";
  if (type === "switched-on") return `switched on at the target${often}`;
  if (group !== null)
    return `${theirs === true ? "added to" : "removed from"} the group ${escaped(group)}${often}${type === "contested" ? ", no longer put right" : ""}`;
  return `${showPath(path)} ${showValue(ours)} → ${showValue(theirs)}${often}${type === "contested" ? ", no longer put right" : ""}`;
}

/** Findings for other programs. */
export function findingFields(finding: KeptFinding): Record<string, unknown> {
  const {
    type,
    kind,
    label,
    sourceId,
    targetId,
    groupLabel,
    path,
    ours,
    theirs,
    times,
    foundAt,
    run,
    isOpen,
  } = finding;
  const found = { type, kind, label, sourceId, targetId, group: groupLabel, path, ours, theirs };
  return { ...found, times, foundAt: isoTime(foundAt), run, open: isOpen === 1 };
}

function order(
  found: Readonly<Partial<Record<DriftType, number>>>,
): readonly (readonly [DriftType, number])[] {
  return (Object.keys(words) as DriftType[]).flatMap((type) => {
    const n = found[type] ?? 0;
    return n === 0 ? [] : [[type, n] as const];
  });
}

function typeText(type: DriftType, n: number): string {
  const [one, many] = words[type];
  return `${count(n)} ${n === 1 ? one : many}`;
}

function text(line: string, { paint, width }: Layout, title = ""): string[] {
  return wrap(escaped(line), width - 13).map(
    (each, at) => `  ${at === 0 && title !== "" ? paint.change(title.padEnd(10)) : " ".repeat(10)} ${each}`,
  );
}

function exampleLine(example: DriftExample, { paint }: Layout): string {
  return `               ${paint.strong(escaped(example.label))}  ${findingText(example)}`;
}

function more(n: number, shown: number, { paint }: Layout): string[] {
  return n <= shown ? [] : [paint.faint(`               ... ${count(n - shown)} more`)];
}

function unmanagedTexts({
  users,
  groups,
  unmanagedMembers,
}: Pick<ReconcileReport, "users" | "groups" | "unmanagedMembers">): string[] {
  const some = (n: number, names: readonly string[]) =>
    ` (${names.slice(0, 5).join(", ")}${n > Math.min(5, names.length) ? ", ..." : ""})`;
  return [
    ...(users.unmanaged === 0
      ? []
      : [
          `${counted(users.unmanaged, "account")} that nobody manages${some(users.unmanaged, users.examples)}`,
        ]),
    ...(groups.unmanaged === 0
      ? []
      : [
          `${counted(groups.unmanaged, "group")} that nobody manages${some(groups.unmanaged, groups.examples)}`,
        ]),
    ...(unmanagedMembers === 0
      ? []
      : [`${counted(unmanagedMembers, "member")} of our groups whom nobody manages: they stay`]),
  ];
}
