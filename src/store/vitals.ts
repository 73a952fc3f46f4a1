import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { type Db, openDatabase } from "./database.ts";
import { Failures } from "./failures.ts";
import { storedCursor } from "./finish.ts";
import { type HeadCount, headCount } from "./head-count.ts";
import { Holds } from "./holds.ts";
import { Meta } from "./meta.ts";
import { Pauses } from "./pauses.ts";
import { prepared } from "./prepared.ts";
import { Quarantines } from "./quarantines.ts";

/** How a connection is, for those who watch it: counts and times, nobody's name. Times are ms since 1970 UTC. */
export interface Vitals {
  /** When the last run of everybody came to its end, whatever is held or failing. */
  readonly lastSuccess: number | undefined;
  /** When the last run of everybody ended, however it went. */
  readonly lastCycle: number | undefined;
  readonly cursorAt: number | undefined;
  readonly pending: {
    readonly user: number;
    readonly group: number;
    readonly membership: number;
    readonly reference: number;
  };
  /** Calls without an answer. */
  readonly doubt: number;
  readonly oldestDeactivation: number | undefined;
  readonly holds: readonly {
    readonly id: number;
    readonly class: string;
    readonly openedAt: number;
    readonly waiting: number;
  }[];
  readonly failing: ReturnType<Failures["counts"]>;
  readonly overdueRemovals: ReturnType<Failures["overdueRemovals"]>;
  readonly quarantine: ReturnType<Quarantines["current"]>;
  readonly paused: boolean;
  /** What the last cycle and the last test found out, as they wrote it down. */
  readonly expiries: string | undefined;
}

const dayMs = 24 * 3_600_000;

/**
 * Looks at a snapshot, also while a cycle works on it: by partial indexes alone, so that it costs what waits and fails, not what there is.
 */
export function readVitals(folder: string, connection: string, clock: Pick<Clock, "now">): Vitals {
  const db = openDatabase(join(folder, `${connection}.db`), "connection", { create: false });
  try {
    return vitalsOf(db, clock.now());
  } finally {
    db.close();
  }
}

/** How many people and groups there are. */
export function readTotals(
  folder: string,
  connection: string,
): Readonly<Record<"users" | "groups", HeadCount>> {
  const db = openDatabase(join(folder, `${connection}.db`), "connection", { create: false });
  try {
    return { users: headCount(db, "user"), groups: headCount(db, "group") };
  } finally {
    db.close();
  }
}

function vitalsOf(db: Db, now: number): Vitals {
  const failures = new Failures(db);
  const holds = new Holds(db);
  return {
    lastSuccess: lastEnd(db, "and outcome in ('done', 'held', 'failing')"),
    lastCycle: lastEnd(db, ""),
    cursorAt: storedCursor(db)?.at,
    pending: {
      user: one(db, "select count(*) from resource where pending and kind = 'user'"),
      group: one(db, "select count(*) from resource where pending and kind = 'group'"),
      membership: one(db, "select count(*) from membership where pending"),
      reference: one(db, "select count(*) from reference where pending"),
    },
    doubt: one(db, "select count(*) from resource where doubt is not null"),
    oldestDeactivation: failures.oldestDeactivation(),
    holds: holds
      .open()
      .map(({ id, class: of, openedAt }) => ({ id, class: of, openedAt, waiting: holds.count(id) })),
    failing: failures.counts(),
    overdueRemovals: failures.overdueRemovals(now - dayMs),
    quarantine: new Quarantines(db).current(),
    paused: new Pauses(db).current() !== undefined,
    expiries: new Meta(db).get("expiries"),
  };
}

function one(db: Db, sql: string): number {
  return prepared(db, sql).pluck().get() as number;
}

/** From the newest run back: those that ended are near. */
function lastEnd(db: Db, condition: string): number | undefined {
  return prepared(
    db,
    `select finished_at from run where purpose = 'sync' and finished_at is not null ${condition} order by id desc limit 1`,
  )
    .pluck()
    .get() as number | undefined;
}
