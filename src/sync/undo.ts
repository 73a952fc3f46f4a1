import pLimit from "p-limit";
import { ConfigurationError } from "../errors.ts";
import type { HoldClass } from "../store/holds.ts";
import { everyOne } from "./every-one.ts";
import { baseOf, overLimit } from "./limits.ts";
import { resolve } from "./resolve.ts";
import { Streak } from "./streak.ts";
import type { Tally } from "./tally.ts";
import { type MembersStep, membersStep, sendMembersBack } from "./undo-members.ts";
import { sendReferencesBack } from "./undo-references.ts";
import type { Undoing } from "./undo-send.ts";
import { heldBack, undoAction, undoClasses } from "./undo-settled.ts";
import { type PlannedUndo, plannedUndo, undoStep } from "./undo-step.ts";
import { putValuesBack } from "./undo-values.ts";
import { undoReason } from "./undo-words.ts";
import type { Work } from "./work.ts";

/** What is to be undone. */
export interface UndoRequest {
  /** The number of the run. */
  readonly run: number;
  /** One person only: their row. */
  readonly only?: number | undefined;
}

/** A class of changes that is over its limit also when it undoes something. */
export interface OverLimit {
  readonly class: HoldClass;
  readonly message: string;
}

/** What undoing a run would do now: nothing is written. */
export interface UndoPlan {
  readonly objects: readonly PlannedUndo[];
  readonly members: readonly MembersStep[];
  readonly over: readonly OverLimit[];
}

/** Longest that an undo waits for the outcome of calls that got no answer, in ms. */
const longestWaitMs = 3 * 60_000;

/** Finds out what became of calls without an answer, as far as that can be known soon: who is in doubt is left alone by an undo. */
export async function settleDoubts(work: Work, tally: Tally): Promise<void> {
  const everybody = { touchedUpTo: Number.MAX_SAFE_INTEGER };
  const deadline = work.clock.now() + longestWaitMs;
  for (;;) {
    const lookedAt = work.clock.now();
    await resolve(work, tally, everybody);
    if (work.store.pending.doubtful().length === 0) return;
    const settleAt = work.store.pending.nextSettle(lookedAt, everybody);
    if (settleAt === undefined || settleAt > deadline) return;
    await work.clock.sleep(Math.max(0, settleAt - work.clock.now()), work.signal);
  }
}

/** Reads at the target what a run left there, and works out what can be put back. Costs what the run did. */
export async function planUndo(work: Work, request: UndoRequest): Promise<UndoPlan> {
  const { store } = work;
  const rows = store.journal.rowsOf(request.run);
  const only = request.only === undefined ? undefined : store.pending.row(request.only);
  const objects: PlannedUndo[] = [];
  const members: MembersStep[] = [];
  const limit = pLimit(work.target.capabilities.concurrency);
  for (let at = 0; at < rows.length; at += pageSize) {
    work.signal.throwIfAborted();
    await everyOne(rows.slice(at, at + pageSize), limit, async (id) => {
      if (only === undefined || id === only.id) {
        const step = await undoStep(work, request.run, id);
        if (step !== undefined) objects.push(plannedUndo(step));
      }
      const group = await membersStep(work, request.run, id, only?.sourceId);
      if (group !== undefined) members.push(group);
    });
    work.progress({ step: "reconcile", done: Math.min(rows.length, at + pageSize), of: rows.length });
  }
  objects.sort((a, b) => a.row.id - b.row.id);
  members.sort((a, b) => a.group.id - b.group.id);
  return { objects, members, over: limitsOf(work, objects, members) };
}

/** Rows that are looked at together. */
const pageSize = 200;

/** The guards' limits count what an undo takes away like anything else. */
function limitsOf(work: Work, objects: readonly PlannedUndo[], members: readonly MembersStep[]): OverLimit[] {
  const counts = new Map<HoldClass, number>();
  const add = (name: HoldClass, n: number) => counts.set(name, (counts.get(name) ?? 0) + n);
  for (const step of objects)
    if (step.back.length > 0) for (const name of undoClasses(work, step)) add(name, 1);
  for (const { changes, isPrivileged } of members) {
    if (isPrivileged) add("privileged-additions", changes.filter(({ member }) => member).length);
    const gone = changes.filter(({ member }) => !member).length;
    if (gone > 0) add("member-removals", gone);
  }
  const now = work.clock.now();
  return [...counts].flatMap(([name, n]) => {
    if (n === 0) return [];
    const message = overLimit(work, name, n, baseOf(work, name), now);
    return message === undefined ? [] : [{ class: name, message }];
  });
}

/** True where something of it would be written. */
export function hasSomethingToDo({ objects, members }: UndoPlan): boolean {
  return (
    objects.some((step) => step.back.length + step.references.length > 0 || step.unlink) ||
    members.some(({ changes }) => changes.length > 0)
  );
}

/**
 * Puts back what a run did: who was switched on goes off again first, then accounts and groups get their values back, references, memberships;
 * accounts that were taken over are let go last. Everything is read again before it is written, marked before it is sent, and settled with what
 * stands then. What the directory wants otherwise is pending again and held back, until it wants something else or a person lets it through.
 */
export async function applyUndo(
  work: Work,
  request: UndoRequest,
  planned: UndoPlan,
  by: { readonly reason: string; readonly letThrough: ReadonlySet<HoldClass> },
  tally: Tally,
): Promise<void> {
  const over = planned.over.map((each) => each.class);
  const undoing: Undoing = {
    work,
    run: request.run,
    reason: by.reason,
    letThrough: new Set(over.filter((each) => by.letThrough.has(each))),
    held: new Set(over.filter((each) => !by.letThrough.has(each))),
    isInPause: work.store.pause.current() !== undefined,
    tally,
    streak: new Streak(work, tally),
    limit: pLimit(work.target.capabilities.concurrency),
  };
  work.store.audit.decisionOnAll(
    work.run,
    work.actor,
    work.clock.now(),
    `undo run ${request.run}`,
    by.reason,
  );
  const rows = planned.objects;
  const isOff = (step: PlannedUndo) => step.back.length > 0 && undoAction(step) === "deactivate";
  await putValuesBack(undoing, rows.filter(isOff));
  await putValuesBack(
    undoing,
    rows.filter((step) => !isOff(step)),
  );
  for (const { row } of rows.filter(({ references }) => references.length > 0)) {
    const step = await undoStep(work, request.run, row.id);
    if (step !== undefined) await sendReferencesBack(undoing, step);
  }
  const one = request.only === undefined ? undefined : work.store.pending.row(request.only)?.sourceId;
  for (const { group } of planned.members) {
    work.signal.throwIfAborted();
    const step = await membersStep(work, request.run, group.id, one);
    if (step !== undefined && step.changes.length > 0) await sendMembersBack(undoing, step);
  }
  for (const { row, unlink } of rows) if (unlink) await letGo(undoing, row.id);
  await undoing.streak.endIfOver();
}

/** An account that had been taken over is nobody's of ours again, and is not taken over again without a person's word. */
async function letGo(undoing: Undoing, id: number): Promise<void> {
  const { work, tally } = undoing;
  const { store } = work;
  const step = await undoStep(work, undoing.run, id);
  if (step === undefined || !step.unlink || step.back.length > 0) return;
  const { row } = step;
  const at = work.clock.now();
  const held = heldBack(work, step);
  const reason = undoReason(undoing.run, undoing.reason);
  store.bindings.release(at, row);
  store.transaction(() => {
    const decision = { run: work.run, actor: work.actor, at, reason, action: "unlink" };
    store.bindings.cut(row, decision);
    // Whom the next look would find is known: that very adoption is what was undone.
    const note = JSON.stringify({ externalId: step.current?.externalId ?? null });
    store.matches.record(at, [{ id: row.id, targetId: row.targetId, by: "userName", note }]);
    if (held !== undefined && row.intent === "active")
      store.holds.reject([held], { actor: work.actor, reason, at });
  });
  tally.done("unlink");
}

/** Throws ConfigurationError for a run that does not exist. */
export function checkRun({ store, config }: Pick<Work, "store" | "config">, run: number): void {
  if (store.journal.run(run) !== undefined) return;
  const known = store.journal.lastThatWrote(5);
  throw new ConfigurationError(`${config.name}: there is no run ${run}`, {
    hint:
      known.length === 0
        ? "no run has written anything to the target yet"
        : `the last runs that wrote something: ${known.join(", ")}; \`rollcall log ${config.name}\` shows what`,
  });
}
