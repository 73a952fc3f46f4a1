import type { Explanation } from "./explanation.ts";
import { auditFields } from "./output/audit.ts";
import { findingFields } from "./output/drift.ts";
import { isoTime } from "./output/json.ts";

/** What `explain` says, for other programs: nothing left out, times in UTC. */
export function explanationFields(all: Explanation): Record<string, unknown> {
  const { connection, source, target, record, row, match } = all;
  return {
    connection,
    source,
    target,
    object: objectFields(all),
    record,
    protectedBy: all.protectedBy ?? null,
    match,
    mapping: all.rows.map(({ path, text, where, write }) => {
      const trace = all.traces.get(path);
      return {
        path,
        expression: text,
        where,
        write,
        value: row.body[path] ?? row.onCreate[path] ?? null,
        target: row.appliedBody[path] ?? null,
        by: trace?.by ?? "nothing",
        reads: trace?.reads ?? {},
        problem: trace?.problem ?? null,
      };
    }),
    references: all.references.map(({ path, label, targetId, settled }) => ({
      path,
      label,
      targetId,
      settled: settled === 1,
    })),
    groups: all.groups.map(({ label, sourceId, desired, applied }) => ({
      label,
      sourceId,
      desired: desired === 1,
      applied: applied === 1,
    })),
    members: all.members ?? null,
    failingParts: all.failingParts.map((part) => ({
      ...part,
      isRemoval: part.isRemoval === 1,
      failingSince: isoTime(part.failingSince),
      retryAt: isoTime(part.retryAt),
      givenUp: isoTime(part.givenUp),
    })),
    drift: all.findings.map(findingFields),
    next: all.next,
    history: all.history.map(auditFields),
    asOf: isoTime(all.lastRun?.startedAt),
  };
}

function objectFields({ row, scope, held, rejection }: Explanation): Record<string, unknown> {
  const { kind, sourceId, label, presence, evidence, intent, reason, problem } = row;
  return {
    kind,
    sourceId,
    label,
    presence,
    evidence,
    scope: {
      inScope: row.inScope === 1,
      rule: row.rule,
      parts: scope.clauses.map((clause) => ({ ...clause, holds: clause.holds ?? null })),
    },
    intent,
    reason,
    problem,
    account:
      row.targetId === null ? null : { id: row.targetId, origin: row.origin, since: isoTime(row.linkedAt) },
    found: row.matchId === null ? null : { id: row.matchId, by: row.matchBy },
    held: held === undefined ? null : { hold: held.id, class: held.class, since: isoTime(held.openedAt) },
    rejected: rejection === undefined ? null : { ...rejection, at: isoTime(rejection.at) },
    failing:
      row.failingSince === null
        ? null
        : {
            since: isoTime(row.failingSince),
            attempts: row.failures,
            error: row.error,
            retryAt: isoTime(row.retryAt),
            givenUp: isoTime(row.givenUp),
          },
    inDoubt: row.doubt === null ? null : { since: isoTime(row.doubtAt), lookedUpAt: isoTime(row.settleAt) },
    outsidePilot: row.outside === 1,
    deletedAt: row.goneOff === null ? null : isoTime(row.dueAt),
    waitingForSeat: isoTime(row.seatsSince),
    dueAt: isoTime(row.dueAt),
  };
}
