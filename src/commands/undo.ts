import type { ConnectionConfig } from "../config/config.ts";
import { type Connection, connectionNamed } from "../connection.ts";
import { ConfigurationError, ConnectionError, Paused } from "../errors.ts";
import type { HoldClass } from "../store/holds.ts";
import { Tally } from "../sync/tally.ts";
import {
  applyUndo,
  checkRun,
  hasSomethingToDo,
  type OverLimit,
  planUndo,
  settleDoubts,
  type UndoPlan,
  type UndoRequest,
} from "../sync/undo.ts";
import type { Work } from "../sync/work.ts";
import { type Invocation, isSet, textOf } from "./invocation.ts";
import { limitOf } from "./limit.ts";
import { openConfig, withConnection } from "./open.ts";
import { escaped } from "./output/escape.ts";
import { count, counted, listed, localTime } from "./output/numbers.ts";
import { appliedParts } from "./output/report.ts";
import { wrap } from "./output/table.ts";
import { type UndoItem, undoItemLines, undoItems, undoParts } from "./output/undo.ts";
import { createScreen, type Screen } from "./screen.ts";

/** `rollcall undo RUN`: puts back what a run changed and nobody changed since. Shown first; written with --yes, or after a yes on a terminal. */
export async function run(invocation: Invocation): Promise<number> {
  const [text = "", name] = invocation.arguments;
  if (!/^\d{1,9}$/.test(text)) {
    throw new ConfigurationError(`undo expects the number of a run, got "${text}"`, {
      hint: "`rollcall log` shows the number of every run that wrote something",
    });
  }
  const limit = limitOf(invocation.flags, 50);
  const letThrough = classesOf(invocation);
  const config = await openConfig(invocation);
  const screen = createScreen(invocation);
  const named = connectionNamed(config, name);
  if (isSet(invocation.flags, "yes") && textOf(invocation.flags, "reason") === undefined)
    throw new ConfigurationError("an undo needs a reason", {
      hint: 'add --reason "..."; it is kept in the audit trail',
    });
  return withConnection(invocation, config, named, async (connection, clear) => {
    checkRun(connection, Number(text));
    const only = personOf(connection, textOf(invocation.flags, "user"));
    const request = { run: Number(text), only };
    return undo(invocation, connection, { request, letThrough, limit, screen, clear });
  });
}

interface Given {
  readonly request: UndoRequest;
  readonly letThrough: ReadonlySet<HoldClass>;
  readonly limit: number;
  readonly screen: Screen;
  readonly clear: () => void;
}

async function undo(invocation: Invocation, connection: Connection, given: Given): Promise<number> {
  const { request, screen, letThrough } = given;
  const { store, config } = connection;
  const mayWrite = isSet(invocation.flags, "yes") || (invocation.io.ask !== undefined && !screen.json);
  if (mayWrite) refuseWhereNothingIsWritten(connection);
  const purpose = mayWrite ? "undo" : "plan";
  const work = connection.begin({ purpose, trigger: "on demand" });
  const tally = new Tally();
  let problem: unknown;
  let planned: UndoPlan | undefined;
  let isDone = false;
  try {
    if (mayWrite) await settleDoubts(work, tally);
    planned = await planUndo(work, request);
    given.clear();
    const items = undoItems(work, without(planned, letThrough));
    if (!screen.json) screen.lines(planLines(connection, request, planned, items, given));
    const reason =
      hasSomethingToDo(planned) && mayWrite ? await reasonOf(invocation, request.run) : undefined;
    if (reason !== undefined) {
      isDone = true;
      await applyUndo(work, request, planned, { reason, letThrough }, tally);
    }
  } catch (error) {
    problem = error;
  }
  given.clear();
  const items = planned === undefined ? [] : undoItems(work, without(planned, letThrough));
  const heldNow = planned?.over.filter((each) => !letThrough.has(each.class)) ?? [];
  const outcome = outcomeOf(problem, isDone ? heldNow : [], tally);
  store.runs.end(work.run, work.clock.now(), outcome, messageOf(problem), tally.counts);
  if (problem !== undefined && !(problem instanceof Paused)) throw problem;
  screen.document("Undo", {
    connection: config.name,
    run: work.run,
    undone: request.run,
    done: isDone,
    applied: tally.counts,
    failures: tally.failures,
    over: heldNow,
    items,
  });
  screen.lines(closing(work, given, { items, isDone, heldNow, tally, problem }));
  return { failed: 1, held: 3, failing: 4, done: 0 }[outcome];
}

function without({ over, ...plan }: UndoPlan, letThrough: ReadonlySet<HoldClass>): UndoPlan {
  return { ...plan, over: over.filter((each) => !letThrough.has(each.class)) };
}

function outcomeOf(problem: unknown, held: readonly OverLimit[], tally: Tally) {
  if (problem !== undefined) return "failed";
  if (held.length > 0) return "held";
  return tally.failures.length + tally.unknown > 0 ? "failing" : "done";
}

function messageOf(problem: unknown): string | undefined {
  if (problem === undefined) return undefined;
  return problem instanceof Error ? problem.message : String(problem);
}

function refuseWhereNothingIsWritten({ config, store }: Connection): void {
  const pause = store.pause.current();
  if (pause !== undefined)
    throw new ConnectionError(`${config.name} is paused by ${pause.actor}: nothing is written`, {
      hint: `rollcall resume ${config.name}`,
    });
  if (config.mode !== "sync")
    throw new ConfigurationError(
      `${config.name} is in dry-run: nothing is written, so nothing can be undone`,
      {
        hint: "set `mode: sync` first",
      },
    );
}

const classes: readonly HoldClass[] = [
  "deactivations",
  "deletions",
  "identifier-changes",
  "cleared-values",
  "member-removals",
  "privileged-additions",
];

function classesOf({ flags }: Invocation): ReadonlySet<HoldClass> {
  const given = flags["letThrough"];
  const names = Array.isArray(given) ? given.map(String) : [];
  for (const name of names)
    if (!classes.some((each) => each === name))
      throw new ConfigurationError(`--let-through knows no class "${name}"`, { hint: classes.join(", ") });
  return new Set(classes.filter((each) => names.includes(each)));
}

/** The row of the one person that an admin means. */
function personOf({ store, config }: Connection, key: string | undefined): number | undefined {
  if (key === undefined) return undefined;
  const [one, another] = store.people.find(key, "user");
  if (one === undefined)
    throw new ConfigurationError(`${config.name}: nobody in the snapshot answers to "${key}"`, {
      hint: "give the login name, e-mail address, or id in the directory",
    });
  if (another !== undefined)
    throw new ConfigurationError(`${config.name}: several people answer to "${key}"`, {
      hint: `name one by id: ${one.sourceId}, ${another.sourceId}`,
    });
  return one.id;
}

/** The reason is the yes: undefined when the person at the terminal gives none. */
async function reasonOf({ io, flags }: Invocation, run: number): Promise<string | undefined> {
  const given = textOf(flags, "reason")?.trim() ?? "";
  if (isSet(flags, "yes")) {
    if (given === "")
      throw new ConfigurationError("an undo needs a reason", {
        hint: 'add --reason "..."; it is kept in the audit trail',
      });
    return given;
  }
  if (given !== "")
    return /^y(es)?$/i.test((await io.ask?.("Put this back? (yes/no) ")) ?? "") ? given : undefined;
  const answer = (await io.ask?.(`Why is run ${run} undone? (nothing: leave it as it is) `))?.trim() ?? "";
  return answer === "" ? undefined : answer;
}

function* planLines(
  { config, store }: Connection,
  { run }: UndoRequest,
  { over }: UndoPlan,
  items: readonly UndoItem[],
  { screen, limit, letThrough }: Given,
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

interface Came {
  readonly items: readonly UndoItem[];
  readonly isDone: boolean;
  readonly heldNow: readonly OverLimit[];
  readonly tally: Tally;
  readonly problem: unknown;
}

function closing(work: Work, given: Given, came: Came): readonly string[] {
  const { screen, request } = given;
  const { items, isDone, heldNow, tally, problem } = came;
  const { paint, width } = screen;
  const left = items.filter(({ action }) => action === "left alone").length;
  const parts = undoParts(items);
  const lines: string[] = [];
  const say = (text: string, colour: (text: string) => string = (same) => same) =>
    lines.push(...wrap(text, width).map(colour));
  if (problem instanceof Paused) {
    say(`Stopped: ${problem.message}. What is left is done by typing the same again.`, paint.strong);
    return lines;
  }
  if (isDone) {
    const unlinked = tally.counts["unlink"] ?? 0;
    const applied = [
      ...appliedParts({ applied: tally.counts }),
      ...(unlinked === 0 ? [] : [`${counted(unlinked, "link")} cut`]),
    ];
    lines.push(...applied.map((part, at) => `  ${(at === 0 ? "applied" : "").padEnd(10)} ${part}`));
    for (const { label, action, message } of tally.failures)
      say(`failed: ${escaped(label)}, ${action}: ${escaped(message)}`, paint.remove);
    if (tally.unknown > 0)
      say(
        `${counted(tally.unknown, "call")} got no answer: the next sync finds out what became of it`,
        paint.note,
      );
    if (lines.length > 0) lines.push("");
    const nothing = tally.total === 0 ? "Nothing was put back" : "What is listed above was put back";
    say(
      `${nothing}, as run ${work.run}. The directory still says what it said: those changes are rejected by ${escaped(work.actor)} and wait until it says something else, or \`rollcall held approve --only KEY\` lets one through (\`rollcall held list --rejected\`).`,
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
  const [first] = heldNow;
  if (first !== undefined)
    say(
      `Over the limit and ${isDone ? "not done" : "not to be done"}: ${heldNow.map((each) => each.class).join(", ")}. To do it all the same, add: --let-through ${heldNow.map((each) => each.class).join(" ")}`,
      paint.note,
    );
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
