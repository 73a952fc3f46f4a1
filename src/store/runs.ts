import type { Audit } from "./audit.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

export interface RunStart {
  readonly purpose: "sync" | "plan" | "user" | "group" | "undo";
  readonly trigger: string;
  readonly actor: string;
  readonly at: number;
  readonly config: string;
}

export type RunOutcome = "done" | "failed" | "held" | "failing" | "quarantined" | "interrupted";

export interface RunRow {
  readonly id: number;
  readonly purpose: string;
  readonly trigger: string;
  readonly actor: string;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  readonly read: "full" | "delta" | "one" | "none" | null;
  readonly complete: number;
  readonly outcome: RunOutcome | null;
  readonly message: string | null;
  readonly counts: Readonly<Record<string, number>>;
}

/** Where calls in doubt stand: what is in doubt there, and what of it since the run `before`. */
const inDoubtOf = [
  ["reference", "doubt is not null", "doubt = :before"],
  ["resource", "doubt is not null", "doubt = :before"],
  [
    "resource",
    "id in (select grp from membership where pending and doubt is not null)",
    "id in (select grp from membership where pending and doubt = :before)",
  ],
] as const;

/** Runs are the epochs of the snapshot: each has a number, and a row's doubt names the run that sent the call. */
export class Runs {
  readonly #db: Db;
  readonly #audit: Audit;

  constructor(db: Db, audit: Audit) {
    this.#db = db;
    this.#audit = audit;
  }

  /**
   * Opens a run. Calls of earlier runs that never settled (the process died) get their settle time, memberships and references too: `settleMs` from now,
   * not from their mark, because the last calls of a window go out long after it was marked. Those of the run just before get it anew also where they
   * had one: between two processes nobody counts seconds, and the clock may have been set forward. A clock that was ahead then, and went back,
   * makes nobody wait longer than that either. In the audit trail their attempts end as unknown, except those that a row still carries: these get
   * what their look-up finds.
   */
  begin(start: RunStart, settleMs: number): number {
    return this.#db
      .transaction(() => {
        this.#db
          .prepare("update run set outcome = 'interrupted' where finished_at is null and outcome is null")
          .run();
        const { purpose, trigger, actor, at, config } = start;
        const run = this.#db
          .prepare("insert into run (purpose, trigger, actor, started_at, config) values (?, ?, ?, ?, ?)")
          .run(purpose, trigger, actor, at, config).lastInsertRowid;
        for (const [table, inDoubt, justBefore] of inDoubtOf) {
          this.#db
            .prepare(
              `update ${table} set settle_at = :at + :settleMs
               where ${inDoubt} and (settle_at is null or settle_at > :at + :settleMs or ${justBefore})`,
            )
            .run({ settleMs, at, before: Number(run) - 1 });
        }
        this.#endAttempts(Number(run), at);
        return Number(run);
      })
      .immediate();
  }

  /** Attempts of the run just before whose outcome the process did not live to write down. Those of runs before it got theirs when it began. */
  #endAttempts(run: number, at: number): void {
    const open = prepared(
      this.#db,
      `select a.seq from audit a where a.run = ? and a.event = 'attempt' and not exists (select 1 from audit o where o.attempt = a.seq)
           and not exists (select 1 from resource r where r.id = a.resource and r.attempt = a.seq)
         order by a.seq`,
    )
      .pluck()
      .all(run - 1) as number[];
    const message =
      "the run ended before an answer was written down; the target is read before anything is sent again";
    for (const seq of open) this.#audit.outcome(seq, at, run, "unknown", { message });
  }

  read(run: number, read: NonNullable<RunRow["read"]>): void {
    this.#db.prepare("update run set read = ? where id = ?").run(read, run);
  }

  end(
    run: number,
    at: number,
    outcome: RunOutcome,
    message: string | undefined,
    counts: Readonly<Record<string, number>>,
  ): void {
    this.#db
      .prepare("update run set finished_at = ?, outcome = ?, message = ?, counts = ? where id = ?")
      .run(at, outcome, message ?? null, JSON.stringify(counts), run);
    this.#audit.noteHead();
  }

  /** What the sync of everybody before this run counted; undefined when it did not come to its end. */
  countsBefore(run: number): Readonly<Record<string, number>> | undefined {
    const before = this.#db
      .prepare("select outcome, counts from run where id < ? and purpose = 'sync' order by id desc limit 1")
      .get(run) as { readonly outcome: RunOutcome | null; readonly counts: string } | undefined;
    const isWhole = before !== undefined && before.outcome !== "failed" && before.outcome !== "interrupted";
    return isWhole ? (JSON.parse(before.counts) as Record<string, number>) : undefined;
  }

  /** What asked for a run. */
  triggerOf(run: number): string | undefined {
    return prepared(this.#db, "select trigger from run where id = ?").pluck().get(run) as string | undefined;
  }

  /** What asked for the run that sent the last call for a person or group, if nothing else ran since. */
  lastTriggerFor(resource: number): string | undefined {
    return prepared(
      this.#db,
      `select run.trigger from run where id = (
           select a.run from audit a where a.resource = ? and a.event = 'attempt' order by a.seq desc limit 1)
         and not exists (select 1 from run later where later.id > run.id and later.trigger <> run.trigger)`,
    )
      .pluck()
      .get(resource) as string | undefined;
  }

  latest(limit: number): RunRow[] {
    const rows = this.#db
      .prepare(
        `select id, purpose, trigger, actor, started_at as startedAt, finished_at as finishedAt, read, complete, outcome, message, counts
         from run order by id desc limit +?`,
      )
      .all(limit) as (Omit<RunRow, "counts"> & { counts: string })[];
    return rows.map((row) => ({ ...row, counts: JSON.parse(row.counts) as Record<string, number> }));
  }
}
