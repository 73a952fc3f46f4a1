import type { Connection } from "./connection.ts";
import { ConnectionError, Paused, TransientError } from "./errors.ts";
import { storeFailure } from "./store/database.ts";
import type { Reach } from "./store/pending.ts";
import { apply } from "./sync/apply.ts";
import { guard, type Verdict } from "./sync/guard.ts";
import { match } from "./sync/match.ts";
import { countPlan, plan } from "./sync/plan.ts";
import { probe, review, type Scope, scheduledScope } from "./sync/quarantine.ts";
import { read } from "./sync/read.ts";
import { readPerson } from "./sync/read-person.ts";
import { isReconcileDue, reconcile } from "./sync/reconcile.ts";
import type { Report } from "./sync/report.ts";
import { type RunResult, reportRun } from "./sync/report-run.ts";
import { resolve } from "./sync/resolve.ts";
import { Tally } from "./sync/tally.ts";
import type { Work } from "./sync/work.ts";

/** What is asked of a cycle. */
export interface CycleRequest {
  /** A plan reads, looks up and judges like a sync, and writes nothing to the target. */
  readonly purpose: "sync" | "plan";
  /** Read everything, not only what changed. */
  readonly full?: boolean;
  /** One person only, by whatever an admin knows them by. */
  readonly user?: string;
  /** Compare everything that the target holds, also when it is not time. */
  readonly reconcile?: boolean;
  /** Only take access away: deactivate, delete, remove from groups. Everything is read and guarded as always. */
  readonly removalsOnly?: boolean;
  /** "on demand"; "schedule" keeps to the clock of a quarantine. */
  readonly trigger: string;
}

/**
 * One cycle of one connection:
 *
 * 1. read what changed in the directory, and store it together with the cursor;
 * 2. reconcile, once a day: what somebody changed at the target is pending like any other change;
 * 3. match people without an account against what the target holds;
 * 4. guard: hold what is over its limit, on the whole plan;
 * 5. apply what is pending and not held, in doubt first.
 *
 * The diff is not a step: it is the rows whose desired and applied state differ.
 */
export async function cycle(connection: Connection, request: CycleRequest): Promise<Report> {
  try {
    return await run(connection, request);
  } catch (error) {
    throw storeFailure(error) ?? error;
  }
}

async function run(connection: Connection, request: CycleRequest): Promise<Report> {
  const work = connection.begin(request);
  const result: RunResult = { tally: new Tally() };
  const scope = scopeOf(work, request);
  if (scope === "nothing") return reportRun(work, request, result);
  try {
    const reach = { ...(await readChanges(work, request, result)), removalsOnly: scope === "removals" };
    await compareTarget(work, request, result);
    await match(work, result.tally, reach.only);
    result.verdict = guard(work, request.user === undefined ? reach : everything);
    result.plan = countPlan(plan(work, reach));
    if (mayWrite(work, request, result.verdict)) await write(work, reach, result.tally);
    // What one person's sync left in doubt before the first run was approved is looked at all the same.
    else if (request.purpose === "sync" && result.verdict.firstRun) await resolve(work, result.tally, reach);
    result.problem ??= result.tally.silence;
    if (result.problem === undefined && request.purpose === "sync")
      await review(work, { tally: result.tally, isWhole: isWhole(work, request, scope) });
  } catch (error) {
    // What a person stopped did not fail.
    if (!(error instanceof Paused)) result.problem = error;
  }
  return reportRun(work, request, result);
}

/** Whoever asks for a cycle gets a whole one; the clock waits in a quarantine. */
function scopeOf({ store, clock }: Work, { removalsOnly, trigger }: CycleRequest): Scope {
  if (removalsOnly === true) return "removals";
  return trigger === "schedule" ? scheduledScope(store.quarantine.current(), clock.now()) : "everything";
}

async function write(work: Work, reach: Reach, tally: Tally): Promise<void> {
  if (reach.only === undefined && reach.removalsOnly !== true) probe(work);
  await apply(work, reach, tally);
}

/** True for a run of everybody that nothing kept from writing. */
function isWhole({ store }: Work, { user }: CycleRequest, scope: Scope): boolean {
  return user === undefined && scope === "everything" && store.pause.current() === undefined;
}

/**
 * A target that cannot be compared now can perhaps be written: what is pending is applied all the same, and the next cycle compares. Only after a
 * read that was finished, so that what is wanted is of today.
 */
async function compareTarget(work: Work, request: CycleRequest, result: RunResult): Promise<void> {
  if (request.user !== undefined || result.problem !== undefined) return;
  if (request.reconcile !== true && !isReconcileDue(work)) return;
  try {
    result.reconcile = await reconcile(work);
    const { problem } = result.reconcile;
    if (problem !== undefined)
      result.problem = new ConnectionError(problem, {
        hint: "`rollcall test` shows what the target answers",
      });
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
    result.problem = error;
  }
}

/** The guards look at everybody also when one person is asked for: what is held stays held. */
const everything: Reach = { touchedUpTo: Number.MAX_SAFE_INTEGER };

/**
 * A read that was not finished removes nobody and moves no cursor; what earlier reads left pending, and this one did not touch, may still be
 * applied.
 */
async function readChanges(work: Work, request: CycleRequest, result: RunResult): Promise<Reach> {
  if (request.user !== undefined) {
    const { report, only } = await readPerson(work, request.user);
    result.read = report;
    return { touchedUpTo: work.run, only };
  }
  const finishedBefore = work.store.meta.number("complete_run");
  try {
    result.read = await read(work, { full: request.full === true });
    return { touchedUpTo: work.run };
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
    result.problem = error;
    return { touchedUpTo: finishedBefore };
  }
}

function mayWrite(work: Work, request: CycleRequest, verdict: Verdict): boolean {
  if (request.purpose !== "sync" || work.config.mode !== "sync" || verdict.firstRun) return false;
  return work.store.pause.current() === undefined;
}
