import { type Connection, connectionNamed } from "../connection.ts";
import { ConfigurationError, Paused } from "../errors.ts";
import type { HoldClass } from "../store/holds.ts";
import { Tally } from "../sync/tally.ts";
import { applyUndo, checkRun, hasSomethingToDo, planUndo, settleDoubts } from "../sync/undo.ts";
import { type Invocation, isSet, textOf } from "./invocation.ts";
import { limitOf } from "./limit.ts";
import { openConfig, withConnection } from "./open.ts";
import { undoItems } from "./output/undo.ts";
import { createScreen } from "./screen.ts";
import { appliedLines, type Came, closing, planLines, type UndoLayout } from "./undo-screen.ts";

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

interface Given extends UndoLayout {
  readonly clear: () => void;
}

async function undo(invocation: Invocation, connection: Connection, given: Given): Promise<number> {
  const { request, screen, letThrough } = given;
  const { store, config } = connection;
  const mayWrite = isSet(invocation.flags, "yes") || (invocation.io.ask !== undefined && !screen.json);
  if (mayWrite) refuseWhereNothingIsWritten(connection);
  const work = connection.begin({ purpose: mayWrite ? "undo" : "plan", trigger: "on demand" });
  const tally = new Tally();
  const came: Came = { items: [], over: [], isDone: false, isStopped: false, tally };
  let problem: unknown;
  try {
    if (mayWrite) await settleDoubts(work, tally);
    const planned = await planUndo(work, request);
    came.over = planned.over.filter((each) => !letThrough.has(each.class));
    came.items = undoItems(work, { ...planned, over: came.over });
    given.clear();
    if (!screen.quiet || mayWrite)
      screen.lines(planLines(connection, request, planned.over, came.items, given));
    const reason =
      hasSomethingToDo(planned) && mayWrite ? await reasonOf(invocation, request.run) : undefined;
    if (reason !== undefined) {
      came.isDone = true;
      await applyUndo(work, request, planned, { reason, letThrough }, tally);
    }
  } catch (error) {
    came.isStopped = error instanceof Paused || invocation.io.signal.aborted;
    problem = error;
  }
  given.clear();
  const outcome = outcomeOf(came, problem);
  store.runs.end(work.run, work.clock.now(), outcome, messageOf(problem), tally.counts);
  if (problem !== undefined && !came.isStopped) {
    screen.lines(appliedLines(tally));
    throw problem;
  }
  screen.document("Undo", {
    connection: config.name,
    run: work.run,
    undone: request.run,
    done: came.isDone,
    applied: tally.counts,
    failures: tally.failures,
    unknown: tally.unknown,
    over: came.over,
    items: came.items,
  });
  if (!screen.quiet || outcome !== "done") screen.lines(closing(work, given, came));
  return { failed: 1, interrupted: 1, held: 3, failing: 4, done: 0 }[outcome];
}

function outcomeOf({ over, isDone, isStopped, tally }: Came, problem: unknown) {
  if (problem !== undefined) return isStopped ? "interrupted" : "failed";
  if (isDone && over.length > 0) return "held";
  return tally.failures.length + tally.unknown > 0 ? "failing" : "done";
}

function messageOf(problem: unknown): string | undefined {
  if (problem === undefined) return undefined;
  return problem instanceof Error ? problem.message : String(problem);
}

function refuseWhereNothingIsWritten({ config }: Connection): void {
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
