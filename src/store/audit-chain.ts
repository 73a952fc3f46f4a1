import { randomBytes } from "node:crypto";
import type { About, Event } from "./audit.ts";
import { genesis, hashOf, personalDigest } from "./audit-event.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** One event that is about to be added. */
export interface NewEvent {
  readonly event: Event;
  readonly about: About;
}

/** The last link. */
interface End {
  readonly seq: number;
  readonly hash: Buffer;
}

const saltBytes = 16;

/** Adds events to the chain: each covers the hash of the one before. */
export class AuditChain {
  readonly #db: Db;
  readonly #insert;
  readonly #payload;
  #configuration: { readonly run: number; readonly digest: string } | undefined;
  #random = Buffer.alloc(0);

  constructor(db: Db) {
    this.#db = db;
    // By place: twenty names to be found for each event take longer than the rest of it.
    this.#insert = db.prepare(`
      insert into audit (seq, at, run, event, attempt, resource, kind, source_id, target_id, action, reason, actor, outcome, status, payload,
        previous, hash, form, config, salt)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#payload = db.prepare("insert into audit_payload (seq, salt, before, after) values (?, x'', ?, ?)");
  }

  /**
   * Adds them in this order and returns their numbers. Two processes may add at once (a cycle, and a person who pauses it): nobody gets between
   * the last event that was read and the new ones.
   */
  add(events: readonly NewEvent[]): number[] {
    if (this.#db.inTransaction) return this.#addAll(events);
    return this.#db.transaction(() => this.#addAll(events)).immediate();
  }

  #addAll(events: readonly NewEvent[]): number[] {
    let end = prepared(this.#db, "select seq, hash from audit order by seq desc limit 1").get() as
      | End
      | undefined;
    return events.map((each) => {
      end = this.#addOne(each, end);
      return end.seq;
    });
  }

  #addOne({ event, about: { before, after, ...about } }: NewEvent, last: End | undefined): End {
    const seq = (last?.seq ?? 0) + 1;
    const salt = this.#salt();
    const [textBefore, textAfter] = [textOf(before), textOf(after)];
    const { resource, kind, sourceId, targetId, action, reason } = about;
    const { at, run, attempt, actor, outcome, status } = event;
    const personal = { source_id: sourceId, target_id: targetId, reason };
    const row = {
      seq,
      at,
      run,
      event: event.event,
      attempt,
      resource,
      kind,
      source_id: sourceId,
      target_id: targetId,
      action,
      reason,
      actor,
      outcome,
      status,
      payload: personalDigest(salt, personal, { before: textBefore, after: textAfter }),
      previous: last?.hash ?? genesis,
      form: 2,
      config: this.#configOf(run),
      salt,
    };
    const hash = hashOf(row);
    this.#insert.run(
      ...[seq, at, run, row.event, attempt, resource, kind, sourceId, targetId, action, reason],
      ...[actor, outcome, status, row.payload, row.previous, hash, row.form, row.config, salt],
    );
    if (textBefore !== null || textAfter !== null) this.#payload.run(seq, textBefore, textAfter);
    return { seq, hash };
  }

  /** A run keeps the configuration that it began with. */
  #configOf(run: number): string | null {
    if (this.#configuration?.run === run) return this.#configuration.digest;
    const found = prepared(this.#db, "select config from run where id = +?").pluck().get(run);
    if (typeof found !== "string") return null;
    this.#configuration = { run, digest: found };
    return found;
  }

  /** The system is asked for many at a time: for one it takes as long. */
  #salt(): Buffer {
    if (this.#random.length < saltBytes) this.#random = randomBytes(saltBytes * 256);
    const salt = this.#random.subarray(0, saltBytes);
    this.#random = this.#random.subarray(saltBytes);
    return salt;
  }
}

function textOf(values: About["before"]): string | null {
  return values === null ? null : JSON.stringify(values);
}
