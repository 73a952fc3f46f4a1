import type { Attributes } from "../scim/resource.ts";
import type { Outcome } from "./audit.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** One call of a run, with what stood at the target before and what was to stand there after it. */
export interface Journalled {
  readonly seq: number;
  readonly run: number;
  readonly action: string;
  readonly reason: string;
  readonly targetId: string | null;
  /** Null: the process died over it, and nobody has looked yet. */
  readonly outcome: Outcome | null;
  readonly before: Attributes | null;
  readonly after: Attributes | null;
}

/** A run as far as undoing it goes. */
export interface JournalledRun {
  readonly id: number;
  readonly purpose: string;
  readonly startedAt: number;
  readonly actor: string;
}

const columns = `select a.seq, a.run, a.action, a.reason, coalesce(o.target_id, a.target_id) as targetId, o.outcome, p.before, p.after
  from audit a left join audit o on o.seq = (select max(seq) from audit where attempt = a.seq) left join audit_payload p on p.seq = a.seq`;

/** What runs wrote to the target, from the audit trail: run by run, and of each run row by row. */
export class Journal {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  run(id: number): JournalledRun | undefined {
    return prepared(
      this.#db,
      "select id, purpose, started_at as startedAt, actor from run where id = +?",
    ).get(id) as JournalledRun | undefined;
  }

  /** The newest runs that sent something. */
  lastThatWrote(limit: number): number[] {
    return prepared(
      this.#db,
      `select id from run where exists (select 1 from audit where audit.run = run.id and event = 'attempt') order by id desc limit +?`,
    )
      .pluck()
      .all(limit) as number[];
  }

  /** Rows for which a run sent something. */
  rowsOf(run: number): number[] {
    return prepared(
      this.#db,
      "select distinct resource from audit where run = ? and event = 'attempt' order by resource",
    )
      .pluck()
      .all(run) as number[];
  }

  /** What a run sent for one row, oldest first. */
  of(run: number, resource: number): Journalled[] {
    return prepared(
      this.#db,
      `${columns} where a.resource = :resource and a.event = 'attempt' and a.run = :run order by a.seq`,
    )
      .all({ run, resource })
      .map(journalled);
  }

  /** What later runs sent for it and may have brought about, oldest first. */
  since(run: number, resource: number): Journalled[] {
    return prepared(
      this.#db,
      `${columns} where a.resource = :resource and a.event = 'attempt' and a.run > :run
         and coalesce(o.outcome, 'unknown') in ('done', 'found-done', 'unknown') order by a.seq`,
    )
      .all({ run, resource })
      .map(journalled);
  }
}

function journalled(raw: unknown): Journalled {
  const row = raw as Omit<Journalled, "before" | "after"> & { before: string | null; after: string | null };
  return { ...row, before: parse(row.before), after: parse(row.after) };
}

function parse(text: string | null): Attributes | null {
  return text === null ? null : (JSON.parse(text) as Attributes);
}
