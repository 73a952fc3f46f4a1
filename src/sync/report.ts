import type { Kind } from "../scim/resource.ts";
import type { OverdueRemovals } from "../store/failures.ts";
import type { Hold } from "../store/holds.ts";
import type { Pause } from "../store/pauses.ts";
import type { ProtectedChange } from "../store/protections.ts";
import type { Quarantine } from "../store/quarantines.ts";
import type { RunOutcome } from "../store/runs.ts";
import type { HeldReminder } from "./held-reminder.ts";
import type { PlanCounts } from "./plan.ts";
import type { ReadReport } from "./read.ts";
import type { ReconcileReport } from "./reconcile-notes.ts";
import type { Failure, NameWait } from "./tally.ts";

/** What one cycle of one connection did, for the screen, the log line, JSON, and the exit code. */
export interface Report {
  readonly connection: string;
  readonly run: number;
  readonly purpose: "sync" | "plan" | "user" | "group";
  /** The one person or group that it was for; `id` is the row. */
  readonly subject:
    | { readonly id: number; readonly kind: Kind; readonly sourceId: string; readonly label: string }
    | undefined;
  readonly mode: "sync" | "dry-run";
  readonly startedAt: number;
  readonly durationMs: number;
  /** Of a plan that was applied as it was listed: made by which run, how many changes, and how many of them were applied before. */
  readonly listed: { readonly run: number; readonly all: number; readonly before: number } | undefined;
  /** Undefined when the directory could not be read. */
  readonly read: ReadReport | undefined;
  /** What a look at the whole target found; undefined when it was not time for one. */
  readonly reconcile: ReconcileReport | undefined;
  /** What was pending before anything was applied. */
  readonly plan: PlanCounts | undefined;
  /** Action -> how many the target accepted. */
  readonly applied: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
  /** Who waits for a name that another of ours still holds, and why that one does. */
  readonly nameWaits: readonly NameWait[];
  readonly holds: readonly (Hold & { readonly waiting: number })[];
  /** What is not sent because somebody is protected; the first of them. */
  readonly protected: { readonly count: number; readonly changes: readonly ProtectedChange[] };
  /** Names in the configuration that mean nobody, a sentence each. */
  readonly unknownEntries: readonly string[];
  /** Set when a first run found existing accounts and wrote nothing. */
  readonly firstRunHeld: boolean;
  readonly waiting: {
    /** References and memberships whose other side has no account yet. */
    readonly references: number;
    readonly names: number;
    readonly unknown: number;
    readonly leftAlone: number;
    /** People and groups that the target refuses, or for whom the mapping fails. */
    readonly failing: number;
    /** References and memberships that the target refuses. */
    readonly failingReferences: number;
    /** Of both: no longer tried. */
    readonly givenUp: number;
    /** People for whom the target has no licence left. */
    readonly seats: number;
    /** People and groups outside the pilot for whom something would be done without it. */
    readonly outside: number;
  };
  /** Since when the first of those waits who are to lose an active account, ms since 1970 UTC. */
  readonly oldestDeactivation: number | undefined;
  /** Said once a day: removals of access that have been failing for more than a day. */
  readonly overdueRemovals: OverdueRemovals | undefined;
  /** Said once a day: what has waited for a person for more than a day. */
  readonly heldReminder: HeldReminder | undefined;
  readonly totals: { readonly users: Totals; readonly groups: Totals };
  readonly quarantine: Quarantine | undefined;
  /** A person's word that nothing is written; it may have come while the run was under way. */
  readonly pause: Pause | undefined;
  readonly outcome: RunOutcome;
  /** One sentence and what to do, when it did not end well. */
  readonly problem: { readonly message: string; readonly hint: string | undefined } | undefined;
}

export interface Totals {
  readonly present: number;
  readonly inScope: number;
  readonly managedActive: number;
}

/** Exit codes: 1 failed, 5 quarantined, 3 something is held, 4 done but objects are failing, 0 done. The first that applies. */
export function exitCodeOf(report: Pick<Report, "outcome">): number {
  return { failed: 1, interrupted: 1, quarantined: 5, held: 3, failing: 4, done: 0 }[report.outcome];
}
