import { hash, randomBytes } from "node:crypto";
import type { Attributes, Kind } from "../scim/resource.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** One write that is about to be sent, one approval that was given, or another thing that a person decided. */
export interface Attempt {
  readonly resource: number;
  readonly kind: Kind;
  readonly sourceId: string;
  readonly targetId: string | null;
  /** create, adopt, update, rename, deactivate, reactivate, delete, addMembers, removeMembers, setReference, ... */
  readonly action: string;
  readonly reason: string;
  readonly before: Attributes | null;
  readonly after: Attributes | null;
}

export type Outcome = "done" | "failed" | "unknown" | "found-done" | "found-not-done";

/** One line of `rollcall log`. */
export interface AuditEntry {
  readonly seq: number;
  readonly at: number;
  readonly run: number;
  readonly event: "attempt" | "approval" | "decision";
  /** 0: the connection as a whole. */
  readonly resource: number;
  readonly label: string;
  readonly kind: Kind | "connection";
  readonly sourceId: string;
  readonly targetId: string | null;
  readonly action: string;
  readonly reason: string;
  readonly actor: string;
  readonly outcome: Outcome | null;
  readonly status: number | null;
  readonly message: string | null;
  readonly before: Attributes | null;
  readonly after: Attributes | null;
}

export interface AuditQuery {
  readonly since?: number;
  readonly resource?: number;
  readonly run?: number;
  readonly failed?: boolean;
  readonly limit: number;
}

/** What an event is of. */
interface Event {
  readonly at: number;
  readonly run: number;
  readonly event: string;
  readonly attempt: number | null;
  readonly actor: string;
  readonly outcome: Outcome | null;
  readonly status: number | null;
}

type About = Omit<Attempt, "kind"> & { readonly kind: Kind | "connection" };

/**
 * The audit trail: an attempt is written in the transaction that marks its row in doubt, its outcome in the one that settles it. Each event's
 * hash covers the one before; values of people stand apart, salted, so that they can be erased and the chain still verifies.
 */
export class Audit {
  readonly #db: Db;
  readonly #insert;
  readonly #payload;

  constructor(db: Db) {
    this.#db = db;
    this.#insert = db.prepare(`
      insert into audit (seq, at, run, event, attempt, resource, kind, source_id, target_id, action, reason, actor, outcome, status, payload, previous, hash)
      values (:seq, :at, :run, :event, :attempt, :resource, :kind, :sourceId, :targetId, :action, :reason, :actor, :outcome, :status, :payload, :previous, :hash)`);
    this.#payload = db.prepare("insert into audit_payload (seq, salt, before, after) values (?, ?, ?, ?)");
  }

  /** Call inside the transaction of the mark that it belongs to. Returns the attempt's number. */
  attempt(run: number, actor: string, at: number, attempt: Attempt): number {
    return this.#append(
      { at, run, event: "attempt", attempt: null, actor, outcome: null, status: null },
      attempt,
    );
  }

  approval(run: number, actor: string, at: number, approved: Attempt): number {
    return this.#append(
      { at, run, event: "approval", attempt: null, actor, outcome: null, status: null },
      approved,
    );
  }

  /** What a person decided about one object other than a yes: a no, a link made or cut by hand. */
  decision(run: number, actor: string, at: number, decided: Attempt): number {
    return this.#append(
      { at, run, event: "decision", attempt: null, actor, outcome: null, status: null },
      decided,
    );
  }

  /** What a person decided about the connection as a whole: `action` is a verb such as "pause". */
  decisionOnAll(run: number, actor: string, at: number, action: string, reason: string): number {
    return this.#append(
      { at, run, event: "decision", attempt: null, actor, outcome: null, status: null },
      {
        resource: 0,
        kind: "connection",
        sourceId: "",
        targetId: null,
        action,
        reason,
        before: null,
        after: null,
      },
    );
  }

  /** `message` is the sentence of an error, without values of people. */
  outcome(
    seq: number,
    at: number,
    run: number,
    outcome: Outcome,
    options: { status?: number | undefined; message?: string | undefined; targetId?: string } = {},
  ): void {
    const attempt = prepared(
      this.#db,
      "select resource, kind, source_id as sourceId, target_id as targetId, action, actor from audit where seq = ?",
    ).get(seq) as Omit<Attempt, "reason" | "before" | "after"> & { actor: string };
    this.#append(
      {
        at,
        run,
        event: "outcome",
        attempt: seq,
        actor: attempt.actor,
        outcome,
        status: options.status ?? null,
      },
      {
        ...attempt,
        targetId: options.targetId ?? attempt.targetId,
        reason: options.message ?? "",
        before: null,
        after: null,
      },
    );
  }

  /** What an attempt was to do, to which account or group, and what stood at the target before. */
  attempted(seq: number):
    | {
        readonly action: string;
        readonly targetId: string | null;
        readonly before: Attributes;
        readonly after: Attributes;
      }
    | undefined {
    const found = prepared(
      this.#db,
      "select a.action, a.target_id as targetId, p.before, p.after from audit a left join audit_payload p on p.seq = a.seq where a.seq = ?",
    ).get(seq) as
      | { action: string; targetId: string | null; before: string | null; after: string | null }
      | undefined;
    if (found === undefined) return undefined;
    return { ...found, before: parse(found.before) ?? {}, after: parse(found.after) ?? {} };
  }

  /** True when a creation was sent that got no answer and, when it was looked for, had not happened: it may have happened since. */
  mayHaveCreated(resource: number): boolean {
    const found = prepared(
      this.#db,
      "select 1 from audit where resource = ? and event = 'outcome' and action = 'create' and outcome = 'found-not-done' limit 1",
    ).get(resource);
    return found !== undefined;
  }

  entries(query: AuditQuery): AuditEntry[] {
    const where = ["a.event in ('attempt', 'approval', 'decision')"];
    if (query.since !== undefined) where.push("a.at >= :since");
    if (query.resource !== undefined) where.push("a.resource = :resource");
    if (query.run !== undefined) where.push("a.run = :run");
    if (query.failed === true)
      where.push("coalesce(o.outcome, '') not in ('done', 'found-done')", "a.event = 'attempt'");
    const rows = prepared(
      this.#db,
      `select a.seq, a.at, a.run, a.event, a.resource, r.label, a.kind, a.source_id as sourceId, coalesce(o.target_id, a.target_id) as targetId,
           a.action, a.reason, a.actor, o.outcome, o.status, o.reason as message, p.before, p.after
         from audit a left join audit o on o.seq = (select max(seq) from audit where attempt = a.seq)
           left join resource r on r.id = a.resource left join audit_payload p on p.seq = a.seq
         where ${where.join(" and ")} order by a.seq desc limit +:limit`,
    ).all({ ...query, failed: undefined }) as (Omit<AuditEntry, "before" | "after"> & {
      before: string | null;
      after: string | null;
    })[];
    return rows.reverse().map((row) => ({ ...row, before: parse(row.before), after: parse(row.after) }));
  }

  /** Walks the chain. Undefined if it holds, else the number of the first event that does not fit. */
  firstBreak(): number | undefined {
    let previous: Buffer = Buffer.alloc(32);
    const rows = this.#db.prepare(
      "select a.*, p.salt, p.before, p.after from audit a left join audit_payload p on p.seq = a.seq order by a.seq",
    );
    for (const row of rows.iterate() as IterableIterator<Record<string, unknown>>) {
      const { hash: stored, salt, before, after, ...fields } = row;
      const follows =
        (fields["previous"] as Buffer).equals(previous) && (stored as Buffer).equals(chain(fields));
      if (!follows || !isOfPayload(fields["payload"], salt, before, after)) return Number(row["seq"]);
      previous = stored as Buffer;
    }
    return undefined;
  }

  /** Two processes may add at once (a cycle, and a person who pauses it): nobody gets between the last event that was read and the new one. */
  #append(event: Event, about: About): number {
    if (this.#db.inTransaction) return this.#add(event, about);
    return this.#db.transaction(() => this.#add(event, about)).immediate();
  }

  #add(event: Event, { before, after, ...about }: About): number {
    const last = prepared(this.#db, "select seq, hash from audit order by seq desc limit 1").get() as
      | { seq: number; hash: Buffer }
      | undefined;
    const seq = (last?.seq ?? 0) + 1;
    const hasPayload = before !== null || after !== null;
    const salt = randomBytes(16);
    const texts = [before, after].map((value) => (value === null ? null : JSON.stringify(value)));
    const payload = hasPayload ? payloadDigest(salt, texts[0], texts[1]) : null;
    const previous = last?.hash ?? Buffer.alloc(32);
    const { resource, kind, sourceId, targetId, action, reason } = about;
    const fields = {
      seq,
      at: event.at,
      run: event.run,
      event: event.event,
      attempt: event.attempt,
      resource,
      kind,
      source_id: sourceId,
      target_id: targetId,
      action,
      reason,
      actor: event.actor,
      outcome: event.outcome,
      status: event.status,
      payload,
      previous,
    };
    this.#insert.run({ ...fields, sourceId, targetId, hash: chain(fields) });
    if (hasPayload) this.#payload.run(seq, salt, texts[0], texts[1]);
    return seq;
  }
}

/** Values that were erased (no salt any more) say nothing; others are what the chain's digest says. */
function isOfPayload(digest: unknown, salt: unknown, before: unknown, after: unknown): boolean {
  if (!Buffer.isBuffer(salt)) return true;
  return Buffer.isBuffer(digest) && digest.equals(payloadDigest(salt, before, after));
}

function payloadDigest(salt: Buffer, before: unknown, after: unknown): Buffer {
  return hash("sha256", Buffer.concat([salt, Buffer.from(JSON.stringify([before, after]))]), "buffer");
}

/** The hash of an event covers every column, in the table's order, and the hash before it. */
function chain(fields: Readonly<Record<string, unknown>>): Buffer {
  const text = JSON.stringify(
    Object.values(fields).map((value) => (Buffer.isBuffer(value) ? value.toString("hex") : value)),
  );
  return hash("sha256", text, "buffer");
}

function parse(text: string | null): Attributes | null {
  return text === null ? null : (JSON.parse(text) as Attributes);
}
