import type { Attributes, Kind } from "../scim/resource.ts";
import { AuditChain } from "./audit-chain.ts";
import { entriesWhere, entryOf } from "./audit-entries.ts";
import { type Keeping, keepEvents } from "./audit-keep.ts";
import { type Verification, verifyAudit } from "./audit-verify.ts";
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

/** What came of an attempt. */
export interface Settled {
  readonly outcome: Outcome;
  readonly status?: number | undefined;
  readonly message?: string | undefined;
  /** The account or group that it made. */
  readonly targetId?: string | undefined;
}

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
  /** Digest of the configuration in force; null where no run had it yet. */
  readonly config: string | null;
  readonly before: Attributes | null;
  readonly after: Attributes | null;
}

export interface AuditQuery {
  readonly since?: number;
  readonly resource?: number;
  readonly run?: number;
  readonly failed?: boolean;
  /** Only changes of the configuration. */
  readonly configuration?: boolean;
  readonly limit: number;
}

/** The newest event is noted; not where the one that was noted is gone or another one, so that nobody who cuts the trail off has it covered up by the next run. */
const noteHead = `
  insert into meta (key, value) select 'audit_head', json_object('seq', seq, 'hash', lower(hex(hash))) from audit
    where seq = (select max(seq) from audit) and not exists (
      select 1 from meta m where m.key = 'audit_head' and (json_valid(m.value) = 0
        or (json_extract(m.value, '$.seq') > coalesce((select seq from audit_anchor), 0) and not exists (
          select 1 from audit a where a.seq = json_extract(m.value, '$.seq') and lower(hex(a.hash)) = json_extract(m.value, '$.hash')))))
    on conflict (key) do update set value = excluded.value where value <> excluded.value`;

/** What an event is, beside whom or what it is about. */
export interface Event {
  readonly at: number;
  readonly run: number;
  readonly event: string;
  readonly attempt: number | null;
  readonly actor: string;
  readonly outcome: Outcome | null;
  readonly status: number | null;
}

export type About = Omit<Attempt, "kind"> & { readonly kind: Kind | "connection" };

/**
 * The audit trail: an attempt is written in the transaction that marks its row in doubt, its outcome in the one that settles it. Each event's
 * hash covers the one before; values of people stand apart, salted, so that they can be erased and the chain still verifies.
 */
export class Audit {
  readonly #db: Db;
  readonly #chain: AuditChain;

  constructor(db: Db) {
    this.#db = db;
    this.#chain = new AuditChain(db);
  }

  /** Call inside the transaction of the mark that it belongs to. Returns the attempt's number. */
  attempt(run: number, actor: string, at: number, attempt: Attempt): number {
    return this.#append(said("attempt", run, actor, at), attempt);
  }

  /** The same for a whole window. */
  attempts(run: number, actor: string, at: number, attempts: readonly Attempt[]): number[] {
    const event = said("attempt", run, actor, at);
    return this.#chain.add(attempts.map((about) => ({ event, about })));
  }

  approval(run: number, actor: string, at: number, approved: Attempt): number {
    return this.#append(said("approval", run, actor, at), approved);
  }

  /** What a person decided about one object other than a yes: a no, a link made or cut by hand. */
  decision(run: number, actor: string, at: number, decided: Attempt): number {
    return this.#append(said("decision", run, actor, at), decided);
  }

  /** What a person decided about the connection as a whole: `action` is a verb such as "pause". */
  decisionOnAll(
    run: number,
    actor: string,
    at: number,
    action: string,
    reason: string,
    after: Attributes | null = null,
  ): number {
    return this.#onAll(run, actor, at, { action, reason, before: null, after });
  }

  /** The configuration is another one since this run: setting -> value, before and after. */
  configuration(
    run: number,
    actor: string,
    at: number,
    change: { readonly reason: string; readonly before: Attributes; readonly after: Attributes },
  ): number {
    return this.#onAll(run, actor, at, { action: "configuration", ...change });
  }

  #onAll(
    run: number,
    actor: string,
    at: number,
    word: Pick<Attempt, "action" | "reason" | "before" | "after">,
  ): number {
    const about = { resource: 0, kind: "connection", sourceId: "", targetId: null } as const;
    return this.#append(said("decision", run, actor, at), { ...about, ...word });
  }

  /** `message` is the sentence of an error, without values of people. */
  outcome(
    seq: number,
    at: number,
    run: number,
    outcome: Outcome,
    options: Omit<Settled, "outcome"> = {},
  ): void {
    const attempt = prepared(
      this.#db,
      "select resource, kind, source_id as sourceId, target_id as targetId, action, actor from audit where seq = ?",
    ).get(seq) as Omit<Attempt, "reason" | "before" | "after"> & { actor: string };
    this.outcomes(run, at, [{ seq, actor: attempt.actor, attempt, settled: { ...options, outcome } }]);
  }

  /** What came of the attempts of a window. */
  outcomes(
    run: number,
    at: number,
    settled: readonly {
      readonly seq: number;
      readonly actor: string;
      readonly attempt: Omit<Attempt, "reason" | "before" | "after">;
      readonly settled: Settled;
    }[],
  ): void {
    this.#chain.add(
      settled.map(({ seq, actor, attempt, settled: { outcome, status, message, targetId } }) => {
        const { resource, kind, sourceId, action } = attempt;
        return {
          event: { at, run, event: "outcome", attempt: seq, actor, outcome, status: status ?? null },
          about: {
            ...{ resource, kind, sourceId, action },
            targetId: targetId ?? attempt.targetId,
            ...{ reason: message ?? "", before: null, after: null },
          },
        };
      }),
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

  /** The newest of them, oldest first. */
  entries(query: AuditQuery): AuditEntry[] {
    const { failed: _, configuration: __, ...parameters } = query;
    const rows = prepared(this.#db, `${entriesWhere(query)} order by a.seq desc limit +:limit`).all(
      parameters,
    );
    return rows.reverse().map(entryOf);
  }

  /** All of them, oldest first, one after the other: for files of any length. Nothing else may be asked of the snapshot meanwhile. */
  *each(query: Omit<AuditQuery, "limit">): Iterable<AuditEntry> {
    const { failed: _, configuration: __, ...parameters } = query;
    const rows = this.#db.prepare(`${entriesWhere(query)} order by a.seq`).iterate(parameters);
    for (const row of rows) yield entryOf(row);
  }

  /** Notes which event is the newest: one that is cut off later is missed. */
  noteHead(): void {
    prepared(this.#db, noteHead).run();
  }

  /** Walks the chain: what came of it. */
  verify(): Verification {
    return verifyAudit(this.#db);
  }

  /** Undefined if the chain holds, else the number of the first event that does not fit. */
  firstBreak(): number | undefined {
    return this.verify().firstBreak;
  }

  /** Drops what is older than it is to be kept. Returns how many events. */
  keep(keeping: Keeping): number {
    return keepEvents(this.#db, this, keeping);
  }

  #append(event: Event, about: About): number {
    const [seq] = this.#chain.add([{ event, about }]);
    if (seq === undefined) throw new Error("an event was not added");
    return seq;
  }
}

function said(event: "attempt" | "approval" | "decision", run: number, actor: string, at: number): Event {
  return { at, run, event, attempt: null, actor, outcome: null, status: null };
}

function parse(text: string | null): Attributes | null {
  return text === null ? null : (JSON.parse(text) as Attributes);
}
