import type { ConnectionConfig } from "../config/config.ts";
import type { Connection } from "../connection.ts";
import type { HoldClass } from "../store/holds.ts";
import type { Tally } from "../sync/tally.ts";
import type { OverLimit, UndoRequest } from "../sync/undo.ts";
import type { Work } from "../sync/work.ts";
import { escaped } from "./output/escape.ts";
import { count, counted, listed, localTime } from "./output/numbers.ts";
import { appliedParts } from "./output/report.ts";
import { wrap } from "./output/table.ts";
import { type UndoItem, undoItemLines, undoParts } from "./output/undo.ts";
import type { Screen } from "./screen.ts";

/** What is asked of an undo, and how it is shown. */
export interface UndoLayout {
  readonly request: UndoRequest;
  readonly letThrough: ReadonlySet<HoldClass>;
  /** So many people and groups are shown. */
  readonly limit: number;
  readonly screen: Screen;
}

/** What an undo came to so far. */
export interface Came {
  items: readonly UndoItem[];
  /** Classes over their limit that nobody let through. */
  over: readonly OverLimit[];
  /** A person said yes. */
  isDone: boolean;
  /** By a pause or a signal: that is no failure. */
  isStopped: boolean;
  readonly tally: Tally;
}

/** What would be put back, and what would be left alone. */
export function* planLines(
  { config, store }: Connection,
  { run }: UndoRequest,
  over: readonly OverLimit[],
  items: readonly UndoItem[],
  { screen, limit, letThrough }: UndoLayout,
): Iterable<string> {
  const { paint, width } = screen;
  const undone = store.journal.run(run);
  const when =
    undone === undefined ? "" : `  ${paint.faint(`${undone.purpose}, ${localTime(undone.startedAt)}`)}`;
  yield `${paint.strong(config.name)}  undo of run ${run}${when}`;
  yield "";
  if (screen.quiet) return;
  const layout = { paint, width, detailed: screen.verbose };
  for (const item of items.slice(0, limit)) yield* undoItemLines(item, layout);
  if (items.length > limit)
    yield paint.faint(`  ... ${count(items.length - limit)} more (--limit 0 shows all)`);
  for (const each of over) {
    const state = letThrough.has(each.class) ? "let through" : "over its limit";
    for (const line of wrap(`${state}: ${escaped(each.message)}`, width - 2)) yield `  ${paint.note(line)}`;
  }
  if (items.length > 0) yield "";
}

/** The last lines: what it came to, and what to type next. */
export function closing(work: Work, given: UndoLayout, came: Came): readonly string[] {
  const { screen, request } = given;
  const { items, isDone, isStopped, over, tally } = came;
  const { paint, width } = screen;
  const left = items.filter(({ action }) => action === "left alone").length;
  const parts = undoParts(items);
  const lines: string[] = [];
  const say = (text: string, colour: (text: string) => string = (same) => same) =>
    lines.push(...wrap(text, width).map(colour));
  if (isStopped) {
    lines.push(...appliedLines(tally));
    say("Stopped. What is left is done by typing the same again.", paint.strong);
    return lines;
  }
  if (isDone) {
    lines.push(...appliedLines(tally));
    for (const { label, action, message } of tally.failures)
      say(`failed: ${escaped(label)}, ${action}: ${escaped(message)}`, paint.remove);
    if (tally.unknown > 0)
      say(
        `${counted(tally.unknown, "call")} got no answer: the next sync finds out what became of it`,
        paint.note,
      );
    if (lines.length > 0) lines.push("");
    if (tally.total === 0) say("Nothing was put back.", paint.strong);
    else
      say(
        `What is listed above was put back, as run ${work.run}. The directory still says what it said: those changes are rejected by ${escaped(work.actor)} and wait until it says something else, or \`rollcall held approve --only KEY\` lets one through (\`rollcall held list --rejected\`).`,
        paint.strong,
      );
  } else if (parts.length > 0) {
    say(`An undo would ${listed(parts)}.`, paint.strong);
    say(
      `Nothing was written. To do it: ${command(work.config, request, given.letThrough)} --yes --reason "..."`,
    );
  } else
    say(
      items.length === 0
        ? `Run ${request.run} left nothing at the target that could be put back.`
        : "Nothing can be put back.",
    );
  if (left > 0) say(`${counted(left, "person or group is", "people or groups are")} left alone: see above.`);
  if (over.length > 0) {
    const names = over.map((each) => each.class);
    say(
      `Over the limit and ${isDone ? "not done" : "not to be done"}: ${names.join(", ")}. To do it all the same, add: --let-through ${names.join(" ")}`,
      paint.note,
    );
  }
  return lines;
}

function command(
  { name }: ConnectionConfig,
  { run, only }: UndoRequest,
  letThrough: ReadonlySet<HoldClass>,
): string {
  const one = only === undefined ? "" : " --user ...";
  const through = letThrough.size === 0 ? "" : ` --let-through ${[...letThrough].join(" ")}`;
  return `rollcall undo ${run} ${name}${one}${through}`;
}

/** What was put back, in the words of every other run. */
export function appliedLines({ counts }: Tally): readonly string[] {
  const unlinked = counts["unlink"] ?? 0;
  const parts = [
    ...appliedParts({ applied: counts }),
    ...(unlinked === 0 ? [] : [`${counted(unlinked, "link")} cut`]),
  ];
  return parts.map((part, at) => `  ${(at === 0 ? "applied" : "").padEnd(10)} ${part}`);
}
