import { ConfigurationError, isRollcallError, TransientError } from "../errors.ts";
import type { Kind } from "../scim/resource.ts";
import { storeFailure } from "../store/database.ts";
import type { FailureCounts } from "../store/failures.ts";
import type { Quarantine } from "../store/quarantines.ts";
import type { CheckedPlan } from "./check-plan.ts";
import type { Verdict } from "./guard.ts";
import { heldReminder } from "./held-reminder.ts";
import { overdueRemovals } from "./overdue.ts";
import type { PlanCounts } from "./plan.ts";
import { isQuarantining, quarantine } from "./quarantine.ts";
import type { ReadReport } from "./read.ts";
import type { ReconcileReport } from "./reconcile-notes.ts";
import type { Report } from "./report.ts";
import type { Tally } from "./tally.ts";
import { unknownEntries } from "./unknown-entries.ts";
import type { Work } from "./work.ts";

/** What a run came to so far; what is missing when a step throws stays undefined. */
export interface RunResult {
  read?: ReadReport;
  subject?: Report["subject"];
  listed?: CheckedPlan;
  reconcile?: ReconcileReport;
  verdict?: Verdict;
  plan?: PlanCounts;
  problem?: unknown;
  readonly tally: Tally;
}

/** So many protected people and groups are named. */
const mostNamed = 100;

/** Writes down how it went: the run's row, the quarantine of a connection that a person has to mend, one line in the log. */
export function reportRun(
  work: Work,
  request: {
    readonly purpose: "sync" | "plan";
    readonly user?: string;
    readonly group?: string;
    readonly trigger?: string;
  },
  result: RunResult,
): Report {
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
  if (isQuarantining(result.problem))
    quarantine(work, {
      reason: "EncounteredQuarantineException",
      message: problem?.message ?? "",
      failure: result.problem.exchange,
    });
  const holds = store.holds.open().map((hold) => ({ ...hold, waiting: store.holds.count(hold.id) }));
  const failures = store.failures.counts();
  const outcome = outcomeOf(work, request.purpose, result, holds.length, failures);
  const report: Report = {
    connection: work.config.name,
    run: work.run,
    purpose: purposeOf(request),
    subject: result.subject,
    listed: listedOf(result.listed),
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
    protected: { count: store.protections.count, changes: store.protections.list(mostNamed) },
    unknownEntries: unknownEntries(work),
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
      outside: store.pending.countOutside(),
    },
    oldestDeactivation: store.failures.oldestDeactivation(),
    overdueRemovals: request.purpose === "sync" ? overdueRemovals(work) : undefined,
    heldReminder: request.purpose === "sync" ? heldReminder(work) : undefined,
    totals: { users: totals(work, "user"), groups: totals(work, "group") },
    quarantine: store.quarantine.current(),
    pause: store.pause.current(),
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
    writesTaken: result.tally.taken,
    writesRefused: result.tally.refused,
  });
  // Whoever asked for a cycle sees how it ended; nobody sees one on schedule.
  const level = request.trigger === "schedule" && needsSomebody(report) ? "warn" : "info";
  work.log[level](logFields(report), "cycle ended");
  return report;
}

/** What is failing is tried again by itself; what is held, and a cycle that could not do its work, is not. */
function needsSomebody({ outcome }: Report): boolean {
  return outcome === "failed" || outcome === "quarantined" || outcome === "held";
}

function listedOf(listed: CheckedPlan | undefined): Report["listed"] {
  return listed && { run: listed.run, all: listed.all, before: listed.before };
}

/** What a run is for: one person or group, or everybody. */
export function purposeOf<Purpose extends string>({
  purpose,
  user,
  group,
}: {
  readonly purpose: Purpose;
  readonly user?: string;
  readonly group?: string;
}): Purpose | "user" | "group" {
  if (user !== undefined) return "user";
  return group === undefined ? purpose : "group";
}

function outcomeOf(
  work: Work,
  purpose: "sync" | "plan",
  result: RunResult,
  holds: number,
  { objects, parts, seats }: FailureCounts,
): Report["outcome"] {
  if (work.signal.aborted) return "interrupted";
  if (isQuarantining(result.problem)) return "quarantined";
  if (result.problem !== undefined) return "failed";
  if (purpose === "sync" && work.store.quarantine.current() !== undefined) return "quarantined";
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
    ...(report.problem === undefined ? {} : { problem: report.problem.message }),
    read: report.read,
    ...(report.reconcile === undefined ? {} : { drift: driftFields(report.reconcile) }),
    applied,
    waiting,
    held: report.holds.length,
    ...(report.quarantine === undefined ? {} : { quarantine: quarantineFields(report.quarantine) }),
    ...(report.pause === undefined ? {} : { pausedSince: new Date(report.pause.since).toISOString() }),
  };
}

function quarantineFields({ reason, since, nextAttempt, seriesBegan, seriesCount, failure }: Quarantine) {
  const iso = (at: number) => new Date(at).toISOString();
  return {
    reason,
    since: iso(since),
    nextAttempt: iso(nextAttempt),
    seriesBegan: iso(seriesBegan),
    seriesCount,
    failure,
  };
}
