import { createHash } from "node:crypto";
import type { Condition } from "./notify-transitions.ts";
import { subjectOf } from "./notify-transitions.ts";
import type { Observed } from "./observation.ts";

/** So many cycles that fail or do not run are said. */
const mostMissed = 3;

/** How a connection is, as far as persons are told. */
export function conditionOf(
  { config, vitals, isReadable, lastSuccess, dueAt, isKeptWaiting, failedInARow }: Observed,
  told: ReadonlyMap<string, string>,
  time: { readonly now: number; readonly startedAt: number },
): Condition {
  const toldLate = told.get(`${subjectOf(config.name)}late`);
  // What was due while the worker was off is made up for now, and one that takes long does run.
  const waitsSince = dueAt === undefined ? undefined : Math.max(dueAt, time.startedAt);
  const isOverdue =
    isKeptWaiting && waitsSince !== undefined && waitsSince + mostMissed * config.everyMs < time.now;
  // Once it was said, only a cycle that comes to its end takes it back.
  const isStillLate = toldLate !== undefined && (!isReadable || (lastSuccess ?? 0) <= Number(toldLate));
  const isLate =
    isStillLate || ((failedInARow >= mostMissed || isOverdue) && vitals?.quarantine === undefined);
  return {
    connection: config.name,
    isReadable,
    quarantine: vitals?.quarantine,
    holds: vitals?.holds ?? [],
    overdueRemovals: vitals?.overdueRemovals,
    lateSince: isLate ? Number(toldLate ?? lastSuccess ?? time.startedAt) : undefined,
  };
}

/** What is wrong with a configuration, without what stands in it. */
export interface ConfigProblem {
  readonly digest: string;
  readonly count: number;
}

/** The problems as such may quote the file: of them only how many there are is told. */
export function configProblem(error: unknown): ConfigProblem {
  const text = error instanceof Error ? error.message : String(error);
  const problems = error instanceof Error && "problems" in error ? error.problems : undefined;
  const count = Array.isArray(problems) ? problems.length : 1;
  return { digest: createHash("sha256").update(text).digest("hex").slice(0, 32), count };
}
