import type { Row } from "../mapping/mapping.ts";
import type { Json } from "../scim/resource.ts";
import type { AuditEntry } from "../store/audit.ts";
import type { FailingPart } from "../store/failures.ts";
import type { KeptFinding } from "../store/findings.ts";
import type { GroupOf, People } from "../store/people.ts";
import type { WideRow } from "../store/rows.ts";
import type { RunRow } from "../store/runs.ts";
import type { PlanItem } from "../sync/plan.ts";
import { partText } from "./connection-status.ts";
import { auditLines } from "./output/audit.ts";
import { findingText } from "./output/drift.ts";
import { escaped } from "./output/escape.ts";
import { counted, localTime, relative } from "./output/numbers.ts";
import { planItemLines } from "./output/plan-item.ts";
import { cut, roomBeside, table, wrap } from "./output/table.ts";
import { showPath, showValue } from "./output/value.ts";
import { matchText } from "./person-steps.ts";
import type { Screen } from "./screen.ts";

/** Everything that a snapshot knows of one person. */
export interface Explanation {
  readonly connection: string;
  readonly source: string;
  readonly target: string;
  readonly row: WideRow;
  readonly record: Readonly<Record<string, Json>>;
  /** Attributes that mapping and scope read. */
  readonly reads: readonly string[];
  readonly rows: readonly Row[];
  readonly match: readonly string[];
  /** Why they are never taken over, renamed, switched off or deleted; undefined where nobody protects them. */
  readonly protectedBy: string | undefined;
  readonly groups: readonly GroupOf[];
  readonly references: ReturnType<People["references"]>;
  /** References and memberships of this person that the target refuses. */
  readonly failingParts: readonly FailingPart[];
  /** What was found of this person at the target that was not as we left it. */
  readonly findings: readonly KeptFinding[];
  readonly history: readonly AuditEntry[];
  readonly next: readonly PlanItem[];
  readonly lastRun: RunRow | undefined;
}

type Layout = Pick<Screen, "paint" | "width" | "verbose">;

export function explanationLines(all: Explanation, screen: Layout, now: number): string[] {
  const { row } = all;
  const { paint } = screen;
  const name = row.body["displayName"] ?? row.appliedBody["displayName"];
  const title = typeof name === "string" && name !== row.label ? `${escaped(name)}  ` : "";
  const asOf =
    all.lastRun === undefined ? "" : paint.faint(`  as of ${relative(all.lastRun.startedAt, now)}`);
  return [
    `${paint.strong(title + escaped(labelOf(row)))}${asOf}`,
    paint.faint(`${all.connection}: ${escaped(all.source)} → ${escaped(all.target)}`),
    "",
    ...step("1 import", importTexts(all), screen),
    ...recordLines(all, screen),
    ...step("2 scope", scopeTexts(row), screen),
    ...step("3 match", [matchText(row, all.match, now), ...protectedText(all)], screen),
    ...step("4 map", [mapText(all)], screen),
    ...mappingLines(all, screen),
    ...step("5 groups", groupTexts(all), screen),
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
    .map((line, at) => `${at === 0 ? paint.strong(title.padEnd(9)) : " ".repeat(9)}  ${line}`);
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

function scopeTexts(row: WideRow): readonly string[] {
  const verdict = row.inScope === 1 ? "in scope" : "not in scope";
  const why = ["", "in scope", "out of scope"].includes(row.reason) ? "" : `, ${row.reason}`;
  const fate = {
    active: "is to be active",
    inactive: "is to be inactive",
    deleted: "is to be deleted",
    keep: "is left as it is",
  };
  return [
    row.rule === "" ? verdict : `${verdict}: ${row.rule}`,
    `the account ${fate[row.intent]}${why}`,
    ...(row.outside === 1 ? ["not in the pilot: nothing is sent"] : []),
  ];
}

function protectedText({ protectedBy }: Explanation): readonly string[] {
  return protectedBy === undefined
    ? []
    : [
        `protected (${protectedBy}): never taken over, renamed, switched off or deleted, in the same groups as before`,
      ];
}

/** Somebody whose mapping fails may have no name any more, but had one at the target. */
function labelOf(row: WideRow): string {
  const before = row.appliedBody["userName"];
  return row.label || (typeof before === "string" ? before : row.sourceId);
}

function mapText({ row, rows }: Explanation): string {
  if (row.problem !== null) return `the mapping fails: ${row.problem}; below is what it gave before`;
  if (row.inScope === 0) return "not followed: who is not in scope keeps the values they have at the target";
  return row.targetId === null
    ? `${counted(rows.length, "value")}, none at the target yet`
    : `${counted(rows.length, "value")}; = as at the target, ≠ different`;
}

/** What each row of the mapping makes; rows that make nothing, where nothing is, are counted only. */
function mappingLines({ row, rows, references }: Explanation, { paint, width, verbose }: Layout): string[] {
  if (Object.keys(row.body).length === 0) return [];
  const room = Math.max(16, Math.floor((width - 40) / 2));
  const all = rows.map(({ path, text, type }) => {
    const name = `           ${showPath(path)}`;
    const reference = references.find((each) => each.path === path);
    if (type === "reference") {
      const label = reference?.label ?? undefined;
      const state =
        reference === undefined || reference.settled === 1
          ? "="
          : reference.targetId === null
            ? "waits"
            : "≠";
      const value = label === undefined ? EMPTY : cut(escaped(label), room);
      return { cells: [name, value, state], text, isEmpty: label === undefined && state === "=" };
    }
    const value = row.body[path] ?? row.onCreate[path];
    const there = row.appliedBody[path];
    const same = JSON.stringify(value ?? null) === JSON.stringify(there ?? null);
    const isOnce = Object.hasOwn(row.onCreate, path) || path === "active";
    const state = row.targetId === null ? "" : same || isOnce ? "=" : `≠ ${showValue(there, room)}`;
    const shown = path === "active" ? String(row.intent === "active") : showValue(value, room);
    return { cells: [name, shown, state], text, isEmpty: shown === EMPTY && (same || isOnce) };
  });
  const shown = verbose ? all : all.filter(({ isEmpty }) => !isEmpty);
  const left = roomBeside(
    shown.map(({ cells }) => cells),
    width,
  );
  const rest = all.length - shown.length;
  return [
    ...table(
      [{}, {}, {}, {}],
      shown.map(({ cells: [name = "", value = "", state = ""], text }) => [
        name,
        value,
        mark(state, paint),
        paint.faint(verbose ? escaped(text) : cut(escaped(text), left)),
      ]),
    ),
    ...(rest === 0
      ? []
      : [
          paint.faint(
            `           and ${counted(rest, "row")} that ${rest === 1 ? "gives" : "give"} nothing (--verbose)`,
          ),
        ]),
  ];
}

const EMPTY = showValue(null);

function mark(state: string, paint: Layout["paint"]): string {
  return state === "=" ? paint.add(state) : paint.change(state);
}

function groupTexts({ groups }: Explanation): readonly string[] {
  if (groups.length === 0) return ["in no group at the target"];
  return groups.map(({ label, desired, applied }) => {
    if (desired === applied) return label;
    return desired === 1 ? `${label} (is to join)` : `${label} (is to leave)`;
  });
}

function nextTexts({ row, next, failingParts }: Explanation, now: number): readonly string[] {
  const texts: string[] = [];
  if (row.failingSince !== null) {
    const { failingSince, failures, error } = row;
    texts.push(
      `failing since ${relative(failingSince, now)}, ${counted(failures, "attempt")}: ${error ?? "refused"}${whenAgain(row, now)}`,
    );
  }
  if (row.seatsSince !== null)
    texts.push(
      `waiting for a seat since ${relative(row.seatsSince, now)}: the target has no licence left; every cycle asks again`,
    );
  for (const part of failingParts)
    texts.push(
      `${whose(part, row)}${partText(part)}: failing since ${relative(part.failingSince, now)}, ${counted(part.failures, "attempt")}: ${part.error ?? "refused"}${whenAgain(part, now)}`,
    );
  if (row.dueAt !== null && row.presence === "present")
    texts.push(`looked at again ${relative(row.dueAt, now)}, when something in the record falls due`);
  if (row.goneOff !== null && row.dueAt !== null && row.dueAt > now)
    texts.push(
      `the account is deleted ${relative(row.dueAt, now)} (${localTime(row.dueAt)}), unless they come back (policy.deleteAfter)`,
    );
  const isRejected = next.length > 0 && next.every((item) => item.rejected === true);
  if (isRejected) texts.push("wanted, but a person said no:");
  else if (next.length > 0)
    texts.push(
      row.outside === 1 ? "without the pilot a sync would do this:" : "the next sync would do this:",
    );
  return texts.length > 0 ? texts : ["nothing: everything is as it should be"];
}

/** What somebody changed at the target, as far as it is remembered. */
function driftTexts({ findings }: Explanation, now: number): readonly string[] {
  return findings.map((each) => {
    const state = each.isOpen === 1 ? "open" : "put right";
    return `${findingText(each)} (${state}, found ${relative(each.foundAt, now)})`;
  });
}

/** "; tried again in 6 h (2026-11-22 16:00:00)" */
function whenAgain(
  { retryAt, givenUp }: Pick<WideRow | FailingPart, "retryAt" | "givenUp">,
  now: number,
): string {
  if (givenUp !== null)
    return `; given up since ${relative(givenUp, now)}: no longer tried until the directory says something new, or \`rollcall retry\` is given`;
  if (retryAt === null || retryAt <= now) return "; tried again in the next cycle";
  return `; tried again ${relative(retryAt, now)} (${localTime(retryAt)})`;
}

/** The group of a membership; of a reference only what another object than this person has to do with it. */
function whose({ label, sourceId }: FailingPart, row: WideRow): string {
  return sourceId === row.sourceId ? "" : `${label === "" ? sourceId : label}, `;
}
