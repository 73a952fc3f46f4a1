import { randomBytes } from "node:crypto";
import type { Attributes } from "../scim/resource.ts";
import type { Audit } from "./audit.ts";
import type { Db } from "./database.ts";
import { type Mention, mentionOf, type Trace } from "./mention.ts";
import { rangesText } from "./number-ranges.ts";
import type { ResourceRow } from "./rows.ts";
import { scrub } from "./scrub.ts";

/** Why somebody cannot be forgotten yet. */
export type Obstacle = "present" | "group" | "doubt" | "pending" | "active" | "member";

/** What was taken out of one snapshot. */
export interface Forgotten {
  /** Events of the audit trail whose personal part is gone. */
  readonly events: number;
  /** Of these events of others that named the person. */
  readonly mentions: number;
}

/** Erasing people from one snapshot. */
export class Forgetting {
  readonly #db: Db;
  readonly #audit: Audit;

  constructor(db: Db, audit: Audit) {
    this.#db = db;
    this.#audit = audit;
  }

  /** What stands in the way, the weightiest first; undefined: nothing does. */
  obstacle(row: ResourceRow): Obstacle | undefined {
    return obstacleTo(this.#db, row);
  }

  /** Erases them, in one transaction. The bytes themselves go with `scrub`. */
  erase(row: Pick<ResourceRow, "id" | "sourceId">, told: Told): Forgotten {
    return this.#db.transaction(() => forget(this.#db, this.#audit, row, told)).immediate();
  }

  /** How many events of the audit trail are about them. */
  countEvents(id: number): number {
    return this.#db.prepare("select count(*) from audit where resource = ?").pluck().get(id) as number;
  }

  /** True when somebody was erased, and the file was not written anew since. */
  get isUnscrubbed(): boolean {
    return this.#db.prepare("select 1 from meta where key = 'unscrubbed'").get() !== undefined;
  }

  /** Writes the file anew. False while another process keeps old pages in use: then it is still to be done. */
  scrub(): boolean {
    if (!scrub(this.#db)) return false;
    this.#db.prepare("delete from meta where key = 'unscrubbed'").run();
    return true;
  }
}

/** Who forgets, and why: without a word of whom. */
interface Told {
  readonly run: number;
  readonly actor: string;
  /** ms since 1970 UTC. */
  readonly at: number;
  readonly reason: string;
}

function obstacleTo(db: Db, row: ResourceRow): Obstacle | undefined {
  if (row.kind !== "user") return "group";
  if (row.presence === "present") return "present";
  if (row.doubt !== null) return "doubt";
  if (row.appliedIntent === "active") return "active";
  const { pending } = db.prepare("select pending from resource where id = ?").get(row.id) as {
    pending: number;
  };
  if (pending === 1) return "pending";
  const member = db
    .prepare("select 1 from membership where usr = ? and (applied = 1 or pending) limit 1")
    .get(row.id);
  return member === undefined ? undefined : "member";
}

/**
 * Erases a person from a snapshot: the row becomes an empty one that nothing leads to, and messages, notes, findings and records of others lose what
 * tells of them. The audit trail keeps that something was done, when, by whom and with which outcome, and that this was erased. Call inside a
 * transaction.
 */
function forget(db: Db, audit: Audit, row: Pick<ResourceRow, "id" | "sourceId">, told: Told): Forgotten {
  const person = mentionOf(db, row);
  const own = db
    .prepare("select seq from audit where resource = ? order by seq")
    .pluck()
    .all(row.id) as number[];
  const mentions = mentionsIn(db, person, new Set(own));
  const seqs = [...own, ...mentions].sort((a, b) => a - b);
  eraseEvents(db, seqs);
  eraseRow(db, row.id);
  eraseMentions(db, person);
  db.prepare("insert into meta (key, value) values ('unscrubbed', '1') on conflict (key) do nothing").run();
  const { run, actor, at, reason } = told;
  audit.decisionOnAll(run, actor, at, "forget", reason, { events: rangesText(seqs) } satisfies Attributes);
  return { events: seqs.length, mentions: mentions.length };
}

/** Events of others whose values, reason or ids name the person. What is said of the connection as a whole may hold lists in one text. */
function mentionsIn(db: Db, person: Mention, own: ReadonlySet<number>): number[] {
  const rows = db
    .prepare(
      `select a.seq, a.kind, a.source_id as sourceId, a.target_id as targetId, a.reason, p.before, p.after
         from audit a left join audit_payload p on p.seq = a.seq order by a.seq`,
    )
    .iterate() as IterableIterator<EventOfOthers>;
  const found: number[] = [];
  for (const row of rows) if (!own.has(row.seq) && isMentionedIn(person, row)) found.push(row.seq);
  return found;
}

interface EventOfOthers {
  readonly seq: number;
  readonly kind: string;
  readonly sourceId: string;
  readonly targetId: string | null;
  readonly reason: string;
  readonly before: string | null;
  readonly after: string | null;
}

function isMentionedIn(person: Mention, event: EventOfOthers): boolean {
  const { kind, sourceId, targetId, reason, before, after } = event;
  if (person.sentences.isIn(reason)) return true;
  if (kind === "user" && (person.isId(sourceId) || person.isId(targetId))) return true;
  const values = `${before ?? ""}\n${after ?? ""}`;
  return person.values.isIn(values) || (kind === "connection" && person.sentences.isIn(values));
}

function eraseEvents(db: Db, seqs: readonly number[]): void {
  const event = db.prepare(
    "update audit set source_id = '', target_id = null, reason = '', salt = null, form = case form when 2 then 2 else 0 end where seq = ?",
  );
  const values = db.prepare("delete from audit_payload where seq = ?");
  db.exec("insert into audit_permit values (1, 'forget')");
  for (const seq of seqs) {
    event.run(seq);
    values.run(seq);
  }
  db.exec("delete from audit_permit");
}

/** The number stays taken: events and departures count by it, and a new person must not get it. */
function eraseRow(db: Db, id: number): void {
  for (const [table, ...columns] of [
    ["wide", "id"],
    ["edge", "member", "grp"],
    ["membership", "usr", "grp"],
    ["dirty", "grp"],
    ["reference", "owner"],
    ["assignment", "root"],
    ["approval", "resource", "grp"],
    ["rejection", "resource", "grp"],
    ["protection", "resource"],
    ["protected_change", "resource", "grp"],
    ["edited", "resource"],
    ["drift", "resource", "grp"],
    ["departure", "resource"],
  ] as const)
    for (const column of columns) db.prepare(`delete from ${table} where ${column} = ?`).run(id);
  db.prepare("update reference set desired = null where desired = ?").run(id);
  db.prepare("update reference set applied = null where applied = ?").run(id);
  db.prepare("update reference set lost = null where lost = ?").run(id);
  db.prepare("delete from resource where id = ?").run(id);
  db.prepare("insert into resource (id, kind, source_id, presence) values (?, 'unknown', ?, 'unknown')").run(
    id,
    `forgotten:${randomBytes(8).toString("hex")}`,
  );
}

/** Sentences: error messages, reasons, notes. */
const sentenceColumns = {
  resource: ["rule", "reason", "problem", "match_note", "error"],
  membership: ["error"],
  reference: ["error"],
  run: ["message"],
  hold: ["message"],
  quarantine: ["message", "failure"],
  approval: ["reason"],
  rejection: ["reason"],
  pause: ["reason"],
  protected_change: ["reason"],
  departure: ["reason"],
} as const;

/** JSON, or findings in JSON. */
const valueColumns = {
  meta: ["value"],
  run: ["counts"],
  edited: ["effects"],
  drift: ["ours", "theirs"],
} as const;

/**
 * Takes the person out of what is about others. What another's account is to hold, and holds, is left as it is: it would be sent. Only their record
 * loses the ids of the person, a manager's for instance, and is then read again before anything is made of it.
 */
function eraseMentions(db: Db, person: Mention): void {
  for (const [name, trace] of [
    ["sentence", person.sentences],
    ["value", person.values],
    ["reference", person.references],
  ] as const)
    defineFunctions(db, name, trace);
  db.function("is_their_id", options, (id: unknown) => (typeof id === "string" && person.isId(id) ? 1 : 0));
  // Whose account somebody else may have been matched with is looked up anew.
  db.exec(
    `update resource set match_id = null, match_by = null, match_note = null, match_at = null
       where match_at is not null and (is_their_id(match_id) or sentence_names(match_note))`,
  );
  eraseReferences(db);
  eraseIn(db, "sentence", sentenceColumns);
  eraseIn(db, "value", valueColumns);
}

/** A directory that tells changes alone would never tell the value again: everything is read. */
function eraseReferences(db: Db): void {
  db.exec(
    "update resource set record_digest = null where id in (select id from wide where reference_names(record))",
  );
  const { changes } = db
    .prepare("update wide set record = without_reference(record) where reference_names(record)")
    .run();
  if (changes > 0) db.exec("delete from cursor; delete from meta where key = 'last_full_at'");
}

const options = { deterministic: true, directOnly: true } as const;

function defineFunctions(db: Db, name: string, trace: Trace): void {
  db.function(`${name}_names`, options, (text: unknown) =>
    typeof text === "string" && trace.isIn(text) ? 1 : 0,
  );
  db.function(`without_${name}`, options, (text: unknown) => trace.without(String(text)));
}

function eraseIn(db: Db, name: string, columns: Readonly<Record<string, readonly string[]>>): void {
  for (const [table, each] of Object.entries(columns))
    for (const column of each)
      db.exec(
        `update "${table}" set "${column}" = without_${name}("${column}") where ${name}_names("${column}")`,
      );
}
