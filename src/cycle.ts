import type { Connection } from "./connection.ts";
import { ConnectionError, Paused, TransientError } from "./errors.ts";
import { storeFailure } from "./store/database.ts";
import type { Reach } from "./store/pending.ts";
import { apply } from "./sync/apply.ts";
import { letThrough } from "./sync/approve.ts";
import { checkPlan } from "./sync/check-plan.ts";
import { guard, type Verdict } from "./sync/guard.ts";
import { match } from "./sync/match.ts";
import { noteExpiries } from "./sync/note-expiries.ts";
import { askOwnAccount } from "./sync/own-account.ts";
import { countPlan } from "./sync/plan.ts";
import type { OpenedPlan } from "./sync/plan-file.ts";
import { namePrivilegedGroups } from "./sync/privileged.ts";
import { findProtected } from "./sync/protection.ts";
import { probe, review, type Scope, scheduledScope } from "./sync/quarantine.ts";
import { read } from "./sync/read.ts";
import { readSubject } from "./sync/read-subject.ts";
import { isReconcileDue, reconcile } from "./sync/reconcile.ts";
import type { Report } from "./sync/report.ts";
import { type RunResult, reportRun } from "./sync/report-run.ts";
import { resolve } from "./sync/resolve.ts";
import { isRestored, settleRestored } from "./sync/restored.ts";
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
  /** One group only, with its members; nobody gets an account by that. */
  readonly group?: string;
  /** Exactly what this plan lists, as it was listed; the directory is not asked. */
  readonly plan?: OpenedPlan;
  /** Lets the one person through whatever holds them, for this reason: an approval like any other. */
  readonly letThrough?: string;
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
    result.problem ??= settleRestored(work.store, isForAll(request) && result.read?.type === "full");
    if (request.plan === undefined) await match(work, result.tally, reach.only);
    await askOwnAccount(work);
    findProtected(work, result.read?.type === "full");
    result.verdict = guardAll(work, request, reach);
    result.tally.room = result.verdict.room;
    result.plan = countPlan(work, reach);
    if (mayWrite(work, request, result.verdict)) await write(work, reach, result.tally);
    // What one person's sync left in doubt before the first run was approved is looked at all the same.
    else if (request.purpose === "sync" && result.verdict.firstRun) await resolve(work, result.tally, reach);
    result.problem ??= result.tally.silence;
    if (result.problem === undefined && request.purpose === "sync")
      await review(work, { tally: result.tally, isWhole: isWhole(work, request, scope) });
    if (request.purpose === "sync") await noteExpiries(work);
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
  if (reach.only === undefined && reach.listed !== true && reach.removalsOnly !== true) probe(work);
  await apply(work, reach, tally);
}

/** True for a run of everybody that nothing kept from writing. */
function isWhole({ store }: Work, request: CycleRequest, scope: Scope): boolean {
  return isForAll(request) && scope === "everything" && store.pause.current() === undefined;
}

/**
 * A target that cannot be compared now can perhaps be written: what is pending is applied all the same, and the next cycle compares. Only after a
 * read that was finished, so that what is wanted is of today.
 */
async function compareTarget(work: Work, request: CycleRequest, result: RunResult): Promise<void> {
  if (!isForAll(request) || result.problem !== undefined) return;
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

/** Somebody may fall under several guards, each of which is seen when the one before has its answer. */
const mostGuards = 12;

function guardAll(work: Work, request: CycleRequest, reach: Reach): Verdict {
  if (isForAll(request)) return guard(work, reach);
  let verdict = guard(work, everything);
  const { letThrough: reason, purpose } = request;
  if (reason === undefined || purpose !== "sync" || reach.only === undefined) return verdict;
  for (let at = 0; at < mostGuards && letThrough(work, reach.only, reason) > 0; at++)
    verdict = guard(work, everything);
  // Whoever is named was looked at: a first run that waits for the others does not keep them.
  return { ...verdict, firstRun: false };
}

/** Not for one person or group, and not for what a plan lists. */
function isForAll({ user, group, plan: listed }: CycleRequest): boolean {
  return user === undefined && group === undefined && listed === undefined;
}

/**
 * A read that was not finished removes nobody and moves no cursor; what earlier reads left pending, and this one did not touch, may still be
 * applied.
 */
async function readChanges(work: Work, request: CycleRequest, result: RunResult): Promise<Reach> {
  const { user, group, plan: listed } = request;
  if (listed !== undefined) {
    result.read = nothingRead;
    result.listed = checkPlan(work, listed);
    work.store.pending.list(result.listed.listing);
    work.store.runs.read(work.run, "none");
    return { touchedUpTo: Number.MAX_SAFE_INTEGER, listed: true };
  }
  if (user !== undefined || group !== undefined) {
    await namePrivilegedGroups(work);
    const { report, row } = await readSubject(
      work,
      user === undefined ? "group" : "user",
      user ?? group ?? "",
    );
    result.read = report;
    result.subject = { id: row.id, kind: row.kind, sourceId: row.sourceId, label: row.label };
    return { touchedUpTo: work.run, only: row.id };
  }
  const finishedBefore = work.store.meta.number("complete_run");
  try {
    await namePrivilegedGroups(work);
    result.read = await read(work, { full: request.full === true });
    return { touchedUpTo: work.run };
  } catch (error) {
    if (!(error instanceof TransientError)) throw error;
    result.problem = error;
    return { touchedUpTo: finishedBefore };
  }
}

const nothingRead = { type: "none", users: 0, groups: 0, changed: 0, absent: 0, durationMs: 0 } as const;

function mayWrite(work: Work, request: CycleRequest, verdict: Verdict): boolean {
  if (request.purpose !== "sync" || work.config.mode !== "sync" || verdict.firstRun) return false;
  if (isRestored(work.store)) return false;
  return work.store.pause.current() === undefined;
}
