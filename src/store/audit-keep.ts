import type { Audit } from "./audit.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** How long events are kept. */
export interface Keeping {
  /** ms since 1970 UTC. */
  readonly now: number;
  readonly keepMs: number;
  /** The run that is about to begin; what the one before it wrote stays. */
  readonly run: number;
  readonly actor: string;
  /** Events go to a syslog server: what was not sent yet stays. */
  readonly isStreamed: boolean;
}

const dayMs = 86_400_000;
/** Dropped in one transaction; what is left is dropped by the next run. */
const mostAtOnce = 50_000;

/**
 * Drops the oldest events of the audit trail once they are a day older than they are to be kept, and says so in the trail: the chain then
 * begins at the hash of the last one that was dropped. Costs what is dropped, and one look-up where nothing is. Returns how many.
 */
export function keepEvents(db: Db, audit: Audit, keeping: Keeping): number {
  const { now, keepMs } = keeping;
  const oldest = prepared(db, "select at from audit where seq = (select min(seq) from audit)")
    .pluck()
    .get() as number | undefined;
  if (oldest === undefined || oldest >= now - keepMs - dayMs) return 0;
  return db.transaction(() => drop(db, audit, keeping)).immediate();
}

function drop(db: Db, audit: Audit, { now, keepMs, run, actor, isStreamed }: Keeping): number {
  const limit = Math.min(firstInDoubt(db), isStreamed ? sent(db) + 1 : Number.POSITIVE_INFINITY);
  const rows = db.prepare("select seq, at, run, hash from audit order by seq").iterate() as IterableIterator<{
    seq: number;
    at: number;
    run: number;
    hash: Buffer;
  }>;
  let dropped = 0;
  let last: { seq: number; hash: Buffer } | undefined;
  for (const row of rows) {
    if (row.at >= now - keepMs || row.run >= run - 1 || row.seq >= limit || dropped >= mostAtOnce) break;
    last = row;
    dropped += 1;
  }
  if (last === undefined) return 0;
  db.prepare("delete from audit_payload where seq <= ?").run(last.seq);
  db.exec("insert into audit_permit values (1, 'keep')");
  db.prepare("delete from audit where seq <= ?").run(last.seq);
  db.exec("delete from audit_permit");
  db.prepare(
    `insert into audit_anchor (only, seq, hash, events) values (1, :seq, :hash, :dropped)
       on conflict (only) do update set seq = excluded.seq, hash = excluded.hash, events = audit_anchor.events + :dropped`,
  ).run({ ...last, dropped });
  audit.decisionOnAll(run, actor, now, "keep", `events older than ${keepMs / dayMs} days`, {
    through: last.seq,
    hash: last.hash.toString("hex"),
    dropped,
  });
  return dropped;
}

/** A call whose outcome is still to be found out keeps its attempt. */
function firstInDoubt(db: Db): number {
  const seq = db.prepare("select min(attempt) from resource where doubt is not null").pluck().get() as
    | number
    | null;
  return seq ?? Number.POSITIVE_INFINITY;
}

function sent(db: Db): number {
  return (db.prepare("select seq from audit_stream").pluck().get() as number | undefined) ?? 0;
}
