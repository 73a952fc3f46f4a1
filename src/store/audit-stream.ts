import { join } from "node:path";
import { type Db, openDatabase } from "./database.ts";

/** One event for a log server: what happened, to which row and ids; values only where they are asked for. */
export interface StreamedEvent {
  readonly seq: number;
  readonly at: number;
  readonly run: number;
  readonly event: "attempt" | "outcome" | "approval" | "decision";
  readonly attempt: number | null;
  readonly kind: string;
  readonly sourceId: string;
  readonly targetId: string | null;
  readonly action: string;
  readonly reason: string;
  readonly actor: string;
  readonly outcome: string | null;
  readonly status: number | null;
  readonly config: string | null;
  /** Hex; the chain of the trail, so that a copy elsewhere shows what was changed here. */
  readonly hash: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** The audit trail as a stream with a place that is kept: what was handed over stays handed over, whatever dies. Close it. */
export class AuditStream {
  readonly #db: Db;

  private constructor(db: Db) {
    this.#db = db;
  }

  static open(folder: string, connection: string): AuditStream {
    return new AuditStream(openDatabase(join(folder, `${connection}.db`), "connection", { create: false }));
  }

  /** The next events, oldest first. */
  next(limit: number): StreamedEvent[] {
    const rows = this.#db
      .prepare(
        `select a.seq, a.at, a.run, a.event, a.attempt, a.kind, a.source_id as sourceId, a.target_id as targetId, a.action, a.reason, a.actor,
           a.outcome, a.status, a.config, lower(hex(a.hash)) as hash, p.before, p.after
         from audit a left join audit_payload p on p.seq = a.seq where a.seq > ? order by a.seq limit +?`,
      )
      .all(this.#position, limit) as (Omit<StreamedEvent, "before" | "after"> & {
      before: string | null;
      after: string | null;
    })[];
    return rows.map((row) => ({ ...row, before: parse(row.before), after: parse(row.after) }));
  }

  /** Everything up to there is in other hands. */
  advance(seq: number): void {
    this.#db
      .prepare(
        "insert into audit_stream (only, seq) values (1, ?) on conflict (only) do update set seq = max(seq, excluded.seq)",
      )
      .run(seq);
  }

  /** Events that wait. */
  get waiting(): number {
    const newest = this.#db.prepare("select max(seq) from audit").pluck().get() as number | null;
    const oldest = this.#db.prepare("select min(seq) from audit").pluck().get() as number | null;
    if (newest === null || oldest === null) return 0;
    return Math.max(0, newest - Math.max(this.#position, oldest - 1));
  }

  close(): void {
    this.#db.close();
  }

  get #position(): number {
    return (this.#db.prepare("select seq from audit_stream").pluck().get() as number | undefined) ?? 0;
  }
}

function parse(text: string | null): Readonly<Record<string, unknown>> | null {
  return text === null ? null : (JSON.parse(text) as Readonly<Record<string, unknown>>);
}
