import type { Connection } from "./connection.ts";
import {
  ConfigurationError,
  ConnectionError,
  CredentialsRefused,
  isRollcallError,
  TransientError,
} from "./errors.ts";
import type { Kind } from "./scim/resource.ts";
import { storeFailure } from "./store/database.ts";
import type { FailureCounts } from "./store/failures.ts";
import type { Reach } from "./store/pending.ts";
import { apply } from "./sync/apply.ts";
import { guard, type Verdict } from "./sync/guard.ts";
import { match } from "./sync/match.ts";
import { overdueRemovals } from "./sync/overdue.ts";
import { countPlan, type PlanCounts, plan } from "./sync/plan.ts";
import { quarantine } from "./sync/quarantine.ts";
import { type ReadReport, read, readOne } from "./sync/read.ts";
import { isReconcileDue, reconcile } from "./sync/reconcile.ts";
import type { ReconcileReport } from "./sync/reconcile-notes.ts";
import type { Report } from "./sync/report.ts";
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
  /** "on demand", "schedule" */
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
  const result: Result = { tally: new Tally() };
  try {
    const reach = await readChanges(work, request, result);
    await compareTarget(work, request, result);
    await match(work, result.tally, reach.only);
    result.verdict = guard(work, request.user === undefined ? reach : everything);
    result.plan = countPlan(plan(work, reach));
    if (mayWrite(work, request, result.verdict)) await apply(work, reach, result.tally);
    result.problem ??= result.tally.silence;
    if (result.problem === undefined) await leaveQuarantine(work);
  } catch (error) {
    result.problem = error;
  }
  return finish(work, request, result);
}

/** A success ends the quarantine; a run that had nothing to ask of the target asks it something first. */
async function leaveQuarantine(work: Work): Promise<void> {
  if (work.store.runs.quarantine() === undefined) return;
  await work.target.users.count(work.abort);
  work.store.runs.leaveQuarantine();
}

/**
 * A target that cannot be compared now can perhaps be written: what is pending is applied all the same, and the next cycle compares. Only after a
 * read that was finished, so that what is wanted is of today.
 */
async function compareTarget(work: Work, request: CycleRequest, result: Result): Promise<void> {
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

/** What is known so far; what is missing when a step throws stays undefined. */
interface Result {
  read?: ReadReport;
  reconcile?: ReconcileReport;
  verdict?: Verdict;
  plan?: PlanCounts;
  problem?: unknown;
  readonly tally: Tally;
}

/**
 * A read that was not finished removes nobody and moves no cursor; what earlier reads left pending, and this one did not touch, may still be
 * applied.
 */
async function readChanges(work: Work, request: CycleRequest, result: Result): Promise<Reach> {
  if (request.user !== undefined) return readPerson(work, request.user, result);
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

async function readPerson(work: Work, key: string, result: Result): Promise<Reach> {
  const id = await whoIs(work, "user", key);
  // Edges of a read that was not finished wait for one that is.
  const groupsAreWhole = !work.store.memberships.areDirty;
  result.read = await readOne(work, "user", id);
  if (groupsAreWhole) work.store.recomputeGroups(work.judge.flatten);
  const row = work.store.people.find(id, "user")[0];
  if (row === undefined) throw notFound(work, key);
  return { touchedUpTo: work.run, only: row.id };
}

/** The source id of the one person that an admin means. */
async function whoIs(work: Work, kind: Kind, key: string): Promise<string> {
  const known = work.store.people.find(key, kind).map((row) => row.sourceId);
  const ids = known.length > 0 ? known : await work.source.find(kind, key, work.signal);
  const [id, another] = ids;
  if (id === undefined) throw notFound(work, key);
  if (another !== undefined) {
    throw new ConfigurationError(`${work.config.name}: ${ids.length} people answer to that name`, {
      hint: `name one by id: ${ids.slice(0, 5).join(", ")}`,
    });
  }
  return id;
}

function notFound(work: Work, key: string): ConfigurationError {
  return new ConfigurationError(
    `${work.config.name}: nobody in the directory or the snapshot answers to "${key}"`,
    {
      hint: "give the login name, e-mail address, or id in the directory",
    },
  );
}

function mayWrite(work: Work, request: CycleRequest, verdict: Verdict): boolean {
  return request.purpose === "sync" && work.config.mode === "sync" && !verdict.firstRun;
}

/** Writes down how it went: the run's row, the quarantine of a connection that a person has to mend, one line in the log. */
function finish(work: Work, request: CycleRequest, result: Result): Report {
  const { store, clock } = work;
  if (storeFailure(result.problem) !== undefined) throw result.problem;
  if (result.problem !== undefined && !isForTheReport(result.problem)) {
    store.runs.end(
      work.run,
      clock.now(),
      "failed",
      "ended by an error that is no part of a report",
      result.tally.counts,
    );
    throw result.problem;
  }
  const problem = problemOf(work, result.problem);
  if (result.problem instanceof CredentialsRefused)
    quarantine(work, "EncounteredQuarantineException", problem?.message ?? "");
  const holds = store.holds.open().map((hold) => ({ ...hold, waiting: store.holds.count(hold.id) }));
  const failures = store.failures.counts();
  const outcome = outcomeOf(work, result, holds.length, failures);
  const report: Report = {
    connection: work.config.name,
    run: work.run,
    purpose: request.user === undefined ? request.purpose : "user",
    mode: work.config.mode,
    startedAt: work.startedAt,
    durationMs: clock.now() - work.startedAt,
    read: result.read,
    reconcile: result.reconcile,
    plan: result.plan,
    applied: result.tally.counts,
    failures: result.tally.failures,
    nameWaits: result.tally.nameWaits,
    holds,
    firstRunHeld: result.verdict?.firstRun ?? false,
    waiting: {
      references: result.tally.waiting,
      names: result.tally.nameWaits.length,
      unknown: result.tally.unknown,
      leftAlone: result.tally.leftAlone,
      failing: failures.objects,
      failingReferences: failures.parts,
      givenUp: failures.givenUp,
      seats: failures.seats,
    },
    oldestDeactivation: store.failures.oldestDeactivation(),
    overdueRemovals: request.purpose === "sync" ? overdueRemovals(work) : undefined,
    totals: { users: totals(work, "user"), groups: totals(work, "group") },
    quarantine: store.runs.quarantine(),
    outcome,
    problem,
  };
  store.runs.end(work.run, clock.now(), outcome, problem?.message, {
    ...result.tally.counts,
    failing: failures.objects,
    failingReferences: failures.parts,
    givenUp: failures.givenUp,
    seats: failures.seats,
    held: holds.length,
  });
  work.log.info(logFields(report), "cycle ended");
  return report;
}

function outcomeOf(
  work: Work,
  result: Result,
  holds: number,
  { objects, parts, seats }: FailureCounts,
): Report["outcome"] {
  if (work.signal.aborted) return "interrupted";
  if (result.problem instanceof CredentialsRefused) return "quarantined";
  if (result.problem !== undefined) return "failed";
  if (holds > 0) return "held";
  return objects + parts + seats > 0 ? "failing" : "done";
}

function totals(work: Work, kind: Kind) {
  const { store } = work;
  return {
    present: store.present(kind),
    inScope: store.inScope(kind),
    managedActive: store.people.managedActive(kind),
  };
}

/** A wrong command line and our own bugs end the command instead: there is nothing to report about the connection. */
function isForTheReport(error: unknown): boolean {
  if (error instanceof ConfigurationError) return false;
  return isRollcallError(error) || (error instanceof Error && error.name === "AbortError");
}

function problemOf(work: Work, error: unknown): Report["problem"] {
  if (error === undefined) return undefined;
  if (work.signal.aborted)
    return {
      message: `${work.config.name}: stopped before the end`,
      hint: "what is left is done by the next cycle",
    };
  if (!isRollcallError(error)) return { message: String(error), hint: undefined };
  return {
    message: error.message,
    hint: error.hint ?? (error instanceof TransientError ? passing : undefined),
  };
}

/** For whoever is woken by it: rows and cursor are as they were, and nothing has to be done at once. */
const passing = "nothing is lost: the next sync goes on where the last good one ended";

/** Counts only: who it was stands in the snapshot. */
function driftFields({ users, groups, found, unmanagedMembers, durationMs }: ReconcileReport) {
  const { examples: _users, ...people } = users;
  const { examples: _groups, ...theirGroups } = groups;
  return { users: people, groups: theirGroups, unmanagedMembers, found, durationMs };
}

function logFields(report: Report): Record<string, unknown> {
  const { connection, run, purpose, durationMs, outcome, applied, waiting } = report;
  return {
    connection,
    run,
    purpose,
    durationMs,
    outcome,
    read: report.read,
    ...(report.reconcile === undefined ? {} : { drift: driftFields(report.reconcile) }),
    applied,
    waiting,
    held: report.holds.length,
  };
}
