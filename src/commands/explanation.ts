import type { Clause } from "../mapping/clauses.ts";
import type { Row } from "../mapping/mapping.ts";
import type { RowTrace } from "../mapping/trace.ts";
import type { Json } from "../scim/resource.ts";
import type { AuditEntry } from "../store/audit.ts";
import type { FailingPart } from "../store/failures.ts";
import type { KeptFinding } from "../store/findings.ts";
import type { GroupMembers, LeftOut } from "../store/group-members.ts";
import type { Hold } from "../store/holds.ts";
import type { GroupOf, People } from "../store/people.ts";
import type { Rejection } from "../store/rejections.ts";
import type { WideRow } from "../store/rows.ts";
import type { RunRow } from "../store/runs.ts";
import type { PlanItem } from "../sync/plan.ts";
import { mappingLines, mapText } from "./explanation-mapping.ts";
import { nextTexts } from "./explanation-next.ts";
import { clauseLines, fateTexts, verdictText } from "./explanation-scope.ts";
import { auditLines } from "./output/audit.ts";
import { findingText } from "./output/drift.ts";
import { escaped } from "./output/escape.ts";
import { counted, relative } from "./output/numbers.ts";
import { planItemLines } from "./output/plan-item.ts";
import { table, wrap } from "./output/table.ts";
import { showValue } from "./output/value.ts";
import { matchText, memberTexts } from "./person-steps.ts";
import type { Screen } from "./screen.ts";

/** Everything that a snapshot knows of one person or group, and what today's mapping and scope make of it. */
export interface Explanation {
  readonly connection: string;
  /** There are other connections: a command has to name this one. */
  readonly several: boolean;
  /** What was typed. */
  readonly key: string;
  readonly source: string;
  readonly target: string;
  readonly row: WideRow;
  readonly record: Readonly<Record<string, Json>>;
  /** Attributes that mapping and scope read. */
  readonly reads: readonly string[];
  readonly rows: readonly Row[];
  /** By path: how each row comes to its value. Empty where nothing is known of the directory's record. */
  readonly traces: ReadonlyMap<string, RowTrace>;
  readonly scope: {
    /** The parts of the scope rule; none where another rule decided, or there is none. */
    readonly clauses: readonly Clause[];
    /** To whom the scope is limited by assignment. */
    readonly assigned: string | undefined;
    /** The rule was edited since the last cycle: what it says now. */
    readonly edited: string | undefined;
  };
  readonly match: readonly string[];
  /** Why they are never taken over, renamed, switched off or deleted; undefined where nobody protects them. */
  readonly protectedBy: string | undefined;
  readonly held: Hold | undefined;
  readonly rejection: Rejection | undefined;
  /** Of a person. */
  readonly groups: readonly GroupOf[];
  /** Of a group. */
  readonly members: (GroupMembers & { readonly leftOut: readonly LeftOut[] }) | undefined;
  readonly references: ReturnType<People["references"]>;
  /** References and memberships that the target refuses. */
  readonly failingParts: readonly FailingPart[];
  /** What was found at the target that was not as we left it. */
  readonly findings: readonly KeptFinding[];
  readonly history: readonly AuditEntry[];
  readonly next: readonly PlanItem[];
  readonly lastRun: RunRow | undefined;
}

type Layout = Pick<Screen, "paint" | "width" | "verbose">;

/** So many of those are named who are left out of a group. */
export const mostLeftOut = 10;

export function explanationLines(all: Explanation, screen: Layout, now: number): string[] {
  const { row, members } = all;
  const { paint } = screen;
  const name = row.body["displayName"] ?? row.appliedBody["displayName"];
  const title = typeof name === "string" && name !== row.label ? `${escaped(name)}  ` : "";
  const kind = row.kind === "group" ? `  ${paint.faint("group")}` : "";
  const asOf =
    all.lastRun === undefined ? "" : paint.faint(`  as of ${relative(all.lastRun.startedAt, now)}`);
  return [
    `${paint.strong(title + escaped(labelOf(row)))}${kind}${asOf}`,
    paint.faint(`${all.connection}: ${escaped(all.source)} → ${escaped(all.target)}`),
    "",
    ...step("1 import", importTexts(all), screen),
    ...recordLines(all, screen),
    ...step("2 scope", [verdictText(all)], screen),
    ...clauseLines(all, screen),
    ...step("", fateTexts(all), screen),
    ...step("3 match", [...matchTexts(all, now), ...protectedText(all)], screen),
    ...step("4 map", [mapText(all)], screen),
    ...mappingLines(all, screen),
    ...(members === undefined
      ? step("5 groups", groupTexts(all), screen)
      : step("5 members", [...memberTexts(members), ...leftOutTexts(all)], screen)),
    ...step("drift", driftTexts(all, now), screen),
    ...step("6 next", nextTexts(all, now), screen),
    ...all.next
      .flatMap((item) => planItemLines(item, { paint, width: screen.width - 8, detailed: true }))
      .map((line) => `        ${line}`),
    ...step(
      "history",
      [
        all.history.length === 0
          ? "nothing was written to the target yet"
          : counted(all.history.length, "entry", "entries"),
      ],
      screen,
    ),
    ...all.history
      .flatMap((entry) =>
        auditLines(entry, { paint, width: screen.width - 10, values: true, without: ["name"] }),
      )
      .map((line) => `    ${line}`),
  ];
}

function step(title: string, texts: readonly string[], { paint, width }: Layout): string[] {
  return texts
    .flatMap((text) => wrap(escaped(text), width - 13))
    .map(
      (line, at) => `${at === 0 && title !== "" ? paint.strong(title.padEnd(9)) : " ".repeat(9)}  ${line}`,
    );
}

function importTexts({ row }: Explanation): readonly string[] {
  const id = `id ${row.sourceId}`;
  return [
    row.presence === "present" ? `in the directory, ${id}` : `gone from the directory (${row.reason}), ${id}`,
  ];
}

/** What the directory says, as far as mapping and scope read it. */
function recordLines({ record, reads }: Explanation, { paint, width, verbose }: Layout): string[] {
  const names = Object.keys(record).toSorted();
  const shown = verbose ? names : names.filter((name) => reads.includes(name));
  const rows = shown.map((name) => [`           ${escaped(name)}`, showValue(record[name], width - 45)]);
  const rest = names.length - shown.length;
  return [
    ...table([{}, {}], rows),
    ...(rest === 0
      ? []
      : [
          paint.faint(
            `           and ${counted(rest, "attribute")} that the mapping does not read (--verbose)`,
          ),
        ]),
  ];
}

/** Which account is theirs, what it is called there, and since when and by whose word. */
function matchTexts({ row, match, history }: Explanation, now: number): readonly string[] {
  const text = matchText(row, match, now);
  if (row.targetId === null) return [text];
  const name = row.appliedBody[row.kind === "group" ? "displayName" : "userName"];
  const known = typeof name === "string" ? [`called ${name} at the target`] : [];
  const word = row.origin === "adopted" ? history.findLast(({ action }) => adoptions.has(action)) : undefined;
  return [
    text,
    ...known,
    ...(word === undefined ? [] : [`let through by ${word.actor} ${relative(word.at, now)}: ${word.reason}`]),
  ];
}

/** What a person says about whose account it is, as the audit trail calls it. */
const adoptions: ReadonlySet<string> = new Set(["approve adoptions", "link"]);

function protectedText({ protectedBy, row }: Explanation): readonly string[] {
  if (protectedBy === undefined) return [];
  return row.kind === "group"
    ? [`protected (${protectedBy}): never taken over, renamed or deleted, with the same members as before`]
    : [
        `protected (${protectedBy}): never taken over, renamed, switched off or deleted, in the same groups as before`,
      ];
}

/** Somebody whose mapping fails may have no name any more, but had one at the target. */
function labelOf(row: WideRow): string {
  const before = row.appliedBody[row.kind === "group" ? "displayName" : "userName"];
  return row.label || (typeof before === "string" ? before : row.sourceId);
}

function groupTexts({ groups }: Explanation): readonly string[] {
  if (groups.length === 0) return ["in no group at the target"];
  return groups.map(({ label, desired, applied }) => {
    if (desired === applied) return label;
    return desired === 1 ? `${label} (is to join)` : `${label} (is to leave)`;
  });
}

/** Who is in the group in the directory and is no member at the target, and why. */
function leftOutTexts({ members }: Explanation): readonly string[] {
  const { leftOut = [] } = members ?? {};
  const shown = leftOut
    .slice(0, mostLeftOut)
    .map(({ label, sourceId, reason }) => `${label || sourceId}: ${reason}`);
  return leftOut.length > mostLeftOut ? [...shown, "..."] : shown;
}

/** What somebody changed at the target, as far as it is remembered. */
function driftTexts({ findings }: Explanation, now: number): readonly string[] {
  return findings.map((each) => {
    const state = each.isOpen === 1 ? "open" : "put right";
    return `${findingText(each)} (${state}, found ${relative(each.foundAt, now)})`;
  });
}
