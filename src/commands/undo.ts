import { type Connection, connectionNamed } from "../connection.ts";
import { ConfigurationError, ConnectionError, Paused } from "../errors.ts";
import { digest } from "../store/digest.ts";
import type { HoldClass } from "../store/holds.ts";
import { Tally } from "../sync/tally.ts";
import {
  applyUndo,
  checkRun,
  hasSomethingToDo,
  type OverLimit,
  planUndo,
  settleDoubts,
  type UndoRequest,
} from "../sync/undo.ts";
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
  const inTurn = (how: How) =>
    withConnection(invocation, config, named, async (connection, clear) => {
      checkRun(connection, Number(text));
      const only = personOf(connection, textOf(invocation.flags, "user"));
      const request = { run: Number(text), only };
      return undo(invocation, connection, { request, letThrough, limit, screen, clear, how });
    });
  const isAsked = !isSet(invocation.flags, "yes") && invocation.io.ask !== undefined && !screen.json;
  if (!isAsked) {
    const reason = isSet(invocation.flags, "yes") ? reasonGiven(invocation) : undefined;
    const undone = await inTurn({ isAsked, reason });
    undone.close();
    return undone.code;
  }
  const seen = await inTurn({ isAsked });
  // Nobody else waits for the connection while somebody thinks.
  const reason = seen.isSomething ? await askedReason(invocation, Number(text)) : undefined;
  if (reason === undefined) {
    seen.close();
    return seen.code;
  }
  const undone = await inTurn({ isAsked, reason, expected: seen.digest });
  undone.close();
  return undone.code;
}

/** One of the turns of an undo. */
interface How {
  /** The person is shown what there is to do in a turn, asked outside of any, and has it done in another one. */
  readonly isAsked: boolean;
  /** The yes; undefined: it is only shown. */
  readonly reason?: string | undefined;
  /** Digest of what the person was shown. */
  readonly expected?: string;
}

interface Given extends UndoLayout {
  readonly clear: () => void;
  readonly how: How;
}

/** What came of a turn. */
interface Undone {
  readonly code: number;
  readonly isSomething: boolean;
  readonly digest: string;
  /** Prints the last lines. */
  readonly close: () => void;
}

async function undo(invocation: Invocation, connection: Connection, given: Given): Promise<Undone> {
  const { request, screen, letThrough, how } = given;
  const { store, config } = connection;
  const mayWrite = how.isAsked || how.reason !== undefined;
  if (mayWrite) refuseWhereNothingIsWritten(connection);
  const purpose = how.reason === undefined ? "plan" : "undo";
  const work = connection.begin({ purpose, trigger: "on demand" });
  const tally = new Tally();
  const came: Came = { items: [], over: [], isDone: false, isStopped: false, tally };
  let problem: unknown;
  let isSomething = false;
  let shown = "";
  try {
    if (mayWrite) await settleDoubts(work, tally);
    const planned = await planUndo(work, request);
    isSomething = hasSomethingToDo(planned);
    came.over = planned.over.filter((each) => !letThrough.has(each.class));
    came.items = undoItems(work, { ...planned, over: came.over });
    shown = digestOf(came, planned.over);
    given.clear();
    if (how.expected === undefined && (!screen.quiet || mayWrite))
      screen.lines(planLines(connection, request, planned.over, came.items, given));
    if (how.expected !== undefined && how.expected !== shown) throw changedMeanwhile(config.name, request);
    if (how.reason !== undefined && isSomething) {
      came.isDone = true;
      await applyUndo(work, request, planned, { reason: how.reason, letThrough }, tally);
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
  return {
    code: { failed: 1, interrupted: 1, held: 3, failing: 4, done: 0 }[outcome],
    isSomething: isSomething && problem === undefined,
    digest: shown,
    close() {
      if (!screen.quiet || outcome !== "done") screen.lines(closing(work, given, came));
    },
  };
}

function digestOf({ items }: Came, over: readonly OverLimit[]): string {
  return digest([items, over.map((each) => each.class)]).toString("hex");
}

function changedMeanwhile(name: string, { run }: UndoRequest): ConnectionError {
  return new ConnectionError(
    `${name}: what an undo of run ${run} would do is not what you looked at any more. Nothing was written`,
    { hint: `look again: rollcall undo ${run} ${name}` },
  );
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

/** Checked before anything is opened. */
function reasonGiven({ flags }: Invocation): string {
  const given = textOf(flags, "reason")?.trim() ?? "";
  if (given !== "") return given;
  throw new ConfigurationError("an undo needs a reason", {
    hint: 'add --reason "..."; it is kept in the audit trail',
  });
}

/** The reason is the yes: undefined when the person at the terminal gives none. */
async function askedReason({ io, flags }: Invocation, run: number): Promise<string | undefined> {
  const given = textOf(flags, "reason")?.trim() ?? "";
  if (given !== "")
    return /^y(es)?$/i.test((await io.ask?.("Put this back? (yes/no) ")) ?? "") ? given : undefined;
  const answer = (await io.ask?.(`Why is run ${run} undone? (nothing: leave it as it is) `))?.trim() ?? "";
  return answer === "" ? undefined : answer;
}
