import type { ConnectionStatus } from "./connection-status.ts";
import { findingFields } from "./output/drift.ts";
import { approvedFields } from "./output/held.ts";
import { isoTime } from "./output/json.ts";
import { pauseFields } from "./output/pause.ts";
import { protectedFields } from "./output/protected.ts";
import { quarantineFields } from "./output/quarantine.ts";

/** How a connection is, for other programs: nothing left out, times in UTC. */
export function statusFields(status: ConnectionStatus, now: number): Record<string, unknown> {
  const {
    connection,
    lastRun,
    quarantine,
    pause,
    holds,
    approved,
    drift,
    failing,
    oldestDeactivation,
    grace,
    retirement,
    ...rest
  } = status;
  return {
    connection: connection.name,
    ...rest,
    mode: connection.mode,
    source: { name: connection.source.name, type: connection.source.type },
    target: { name: connection.target.name, type: connection.target.type },
    lastRun:
      lastRun === undefined
        ? null
        : { ...lastRun, startedAt: isoTime(lastRun.startedAt), finishedAt: isoTime(lastRun.finishedAt) },
    protected: protectedFields(status.protected),
    quarantine: quarantineFields(quarantine),
    pause: pauseFields(pause),
    drift:
      drift === undefined
        ? null
        : {
            ...drift,
            at: isoTime(drift.at),
            problem: drift.problem ?? null,
            findings: drift.findings.map(findingFields),
          },
    holds: holds.map((hold) => ({
      ...hold,
      answered: hold.answered === 1,
      openedAt: isoTime(hold.openedAt),
    })),
    approved: approved.map((each) => approvedFields(each, now)),
    failing: failing.objects,
    failingReferences: failing.parts,
    givenUp: failing.givenUp,
    seats: failing.seats,
    oldestDeactivation: isoTime(oldestDeactivation),
    grace: grace === undefined ? null : { people: grace.people, firstAt: isoTime(grace.firstAt) },
    retirement: retirement === undefined ? null : { ...retirement, since: isoTime(retirement.since) },
    failures: [...failing.rows, ...failing.partRows].map((row) => ({
      ...row,
      since: isoTime(row.since),
      retryAt: isoTime(row.retryAt),
      givenUp: isoTime(row.givenUp),
    })),
    waitingForSeats: failing.seatless.map((row) => ({ ...row, since: isoTime(row.since) })),
  };
}
