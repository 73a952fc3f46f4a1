import type { Row } from "../mapping/mapping.ts";
import type { RowTrace } from "../mapping/trace.ts";
import type { WideRow } from "../store/rows.ts";
import type { Explanation } from "./explanation.ts";
import { readsText } from "./explanation-scope.ts";
import { escaped } from "./output/escape.ts";
import { counted } from "./output/numbers.ts";
import { cut, displayWidth, padEnd } from "./output/table.ts";
import { showPath, showValue } from "./output/value.ts";
import type { Screen } from "./screen.ts";

type Layout = Pick<Screen, "paint" | "width" | "verbose">;

const EMPTY = showValue(null);
/** Further left than the texts: at 80 columns a path, a value and an expression stand on one line. */
const indent = " ".repeat(3);

export function mapText({ row, rows }: Explanation): string {
  if (row.problem !== null) return `the mapping fails: ${row.problem}; below is what it gave before`;
  if (row.inScope === 0) return "not followed: who is not in scope keeps the values they have at the target";
  const values = counted(rows.length, "row");
  return row.targetId === null
    ? `${values}, nothing at the target yet`
    : `${values}; = as at the target, ≠ different`;
}

/** One row of the mapping, ready to be laid out. */
interface Shown {
  readonly path: string;
  readonly value: string;
  readonly state: string;
  /** The expression, and how it came to the value where that does not go without saying. */
  readonly from: string;
  readonly reads: string;
  readonly isEmpty: boolean;
}

/** What each row of the mapping makes, from which expression and from what; rows that make nothing, where nothing is, are counted only. */
export function mappingLines(all: Explanation, { paint, width, verbose }: Layout): string[] {
  if (Object.keys(all.row.body).length === 0 && all.row.problem === null) return [];
  const room = Math.max(16, Math.floor((width - 40) / 2));
  const rows = all.rows.map((row) => shownOf(all, row, room, { width, verbose }));
  const shown = verbose ? rows : rows.filter(({ isEmpty }) => !isEmpty);
  const pathWidth = Math.max(0, ...shown.map(({ path }) => displayWidth(path)));
  const valueWidth = Math.min(room, Math.max(0, ...shown.map(({ value }) => displayWidth(value))));
  const stateWidth = Math.max(0, ...shown.map(({ state }) => displayWidth(state)).filter((n) => n <= 12));
  const rest = rows.length - shown.length;
  return [
    ...shown.flatMap((row) => lineOf(row, { pathWidth, valueWidth, stateWidth }, { paint, width, verbose })),
    ...(rest === 0
      ? []
      : [
          paint.faint(
            `${indent}and ${counted(rest, "row")} that ${rest === 1 ? "gives" : "give"} nothing (--verbose)`,
          ),
        ]),
  ];
}

function lineOf(
  { path, value, state, from, reads }: Shown,
  columns: { readonly pathWidth: number; readonly valueWidth: number; readonly stateWidth: number },
  { paint, width, verbose }: Layout,
): string[] {
  const colour = state === "=" ? paint.add : paint.change;
  const head = `${indent}${padEnd(path, columns.pathWidth)}  ${padEnd(value, columns.valueWidth)}  ${colour(padEnd(state, columns.stateWidth))}`;
  const left = width - displayWidth(head) - 2;
  const whole = reads === "" ? from : `${from}  ← ${reads}`;
  const below = `${indent}${" ".repeat(columns.pathWidth)}  `;
  const belowRoom = width - displayWidth(below);
  if (displayWidth(whole) <= left) return [`${head}  ${paint.faint(whole)}`];
  const fits = displayWidth(from) <= left;
  const under = fits ? [] : [verbose ? from : cut(from, belowRoom)];
  const read = reads === "" ? [] : [`← ${verbose ? reads : cut(reads, belowRoom - 2)}`];
  return [
    fits ? `${head}  ${paint.faint(from)}` : head.trimEnd(),
    ...[...under, ...read].map((line) => below + paint.faint(line)),
  ];
}

function shownOf(
  { row, references, traces }: Explanation,
  { path, text, type, write }: Row,
  room: number,
  { width, verbose }: Pick<Screen, "width" | "verbose">,
): Shown {
  const trace = traces.get(path);
  const about = {
    path: showPath(path),
    from: fromText(text, write, trace),
    reads: readsOf(text, trace, width, verbose),
  };
  if (type === "reference") {
    const reference = references.find((each) => each.path === path);
    const label = reference?.label ?? undefined;
    const settled = reference === undefined || reference.settled === 1;
    const state = settled ? "=" : reference.targetId === null ? "waits" : "≠";
    const value = label === undefined ? EMPTY : cut(escaped(label), room);
    return { ...about, value, state, isEmpty: label === undefined && settled };
  }
  if (path === "active") return { ...about, ...activeOf(row), isEmpty: false };
  const value = row.body[path] ?? row.onCreate[path];
  const there = row.appliedBody[path];
  const same = JSON.stringify(value ?? null) === JSON.stringify(there ?? null);
  // Written at creation, or only where there is a value: what stands at the target is left alone.
  const isOnce = Object.hasOwn(row.onCreate, path) || (write === "ifPresent" && value === undefined);
  const state = row.targetId === null ? "" : same || isOnce ? "=" : `≠ ${showValue(there, room)}`;
  const shown = showValue(value, room);
  const failed = trace?.by === "problem";
  return {
    ...about,
    value: shown,
    state: failed ? "fails" : state,
    isEmpty: shown === EMPTY && (same || isOnce) && !failed,
  };
}

/** Whether somebody may log in is decided by more than this row. */
function activeOf({ intent, appliedIntent, targetId }: WideRow): Pick<Shown, "value" | "state"> {
  const isWanted = intent === "active";
  const isThere = appliedIntent === "active";
  const same = isWanted === isThere || intent === "keep";
  return { value: String(isWanted), state: targetId === null ? "" : same ? "=" : `≠ ${isThere}` };
}

function fromText(text: string, write: Row["write"], trace: RowTrace | undefined): string {
  const once =
    write === "onCreate" ? " (at creation only)" : write === "ifPresent" ? " (only if present)" : "";
  const fallback = trace?.by === "ifEmpty" ? " (used: the second)" : "";
  const problem = trace?.problem === undefined ? "" : `: ${trace.problem}`;
  return escaped(`${text}${fallback}${once}${problem}`);
}

/** `user.title` alone shows what it read as its value. */
function readsOf(text: string, trace: RowTrace | undefined, width: number, verbose: boolean): string {
  if (trace === undefined) return "";
  const isPlain = /^\w+\.\w+$/.test(text) && trace.by !== "problem";
  return isPlain && !verbose ? "" : readsText(trace.reads, width - 20);
}
