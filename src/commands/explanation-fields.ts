import type { Explanation } from "./explanation.ts";
import { auditFields } from "./output/audit.ts";
import { findingFields } from "./output/drift.ts";
import { isoTime } from "./output/json.ts";

/** What `explain` says, for other programs: nothing left out, times in UTC. */
export function explanationFields(all: Explanation): Record<string, unknown> {
  const { row, history, next, lastRun, rows, reads: _reads, groups, failingParts, findings, ...rest } = all;
  return {
    ...rest,
    protectedBy: all.protectedBy ?? null,
    person: {
      sourceId: row.sourceId,
      label: row.label,
      presence: row.presence,
      evidence: row.evidence,
      scope: { inScope: row.inScope === 1, rule: row.rule },
      intent: row.intent,
      reason: row.reason,
      problem: row.problem,
      account:
        row.targetId === null ? null : { id: row.targetId, origin: row.origin, since: isoTime(row.linkedAt) },
      found: row.matchId === null ? null : { id: row.matchId, by: row.matchBy },
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
      outsidePilot: row.outside === 1,
      deletedAt: row.goneOff === null ? null : isoTime(row.dueAt),
      waitingForSeat: isoTime(row.seatsSince),
      dueAt: isoTime(row.dueAt),
    },
    failingParts: failingParts.map((part) => ({
      ...part,
      isRemoval: part.isRemoval === 1,
      failingSince: isoTime(part.failingSince),
      retryAt: isoTime(part.retryAt),
      givenUp: isoTime(part.givenUp),
    })),
    mapping: rows.map(({ path, text, where, write }) => ({
      path,
      expression: text,
      where,
      write,
      value: row.body[path] ?? row.onCreate[path] ?? null,
      target: row.appliedBody[path] ?? null,
    })),
    groups: groups.map(({ label, sourceId, desired, applied }) => ({
      label,
      sourceId,
      desired: desired === 1,
      applied: applied === 1,
    })),
    next,
    drift: findings.map(findingFields),
    history: history.map(auditFields),
    asOf: isoTime(lastRun?.startedAt),
  };
}
