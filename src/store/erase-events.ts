import type { Attributes } from "../scim/resource.ts";
import { wordOf } from "./audit-verify.ts";
import type { Db } from "./database.ts";
import type { Mention } from "./mention.ts";

/** Events of others whose values, reason or ids name the person. What is said of the connection as a whole may hold lists in one text. */
export function mentionsIn(db: Db, person: Mention, own: ReadonlySet<number>): number[] {
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

/** What these events tell of others, and is to be told on when they are erased: who was forgotten before, and which events were dropped. */
export function wordsIn(
  db: Db,
  seqs: readonly number[],
): { readonly events: readonly string[]; readonly dropped: Attributes } {
  const event = db.prepare(
    "select a.event, a.kind, a.action, p.after from audit a join audit_payload p on p.seq = a.seq where a.seq = ?",
  );
  const events: string[] = [];
  let dropped: Attributes = {};
  for (const seq of seqs) {
    const row = event.get(seq) as Parameters<typeof wordOf>[0] | undefined;
    if (row === undefined) continue;
    const word = wordOf(row);
    if (word.events !== undefined && word.events !== "") events.push(word.events);
    if (word.through !== undefined && word.hash !== undefined)
      dropped = { through: word.through, hash: word.hash };
  }
  return { events, dropped };
}

/** Takes what is personal out of them: their place in the chain stays. Call inside a transaction. */
export function eraseEvents(db: Db, seqs: readonly number[]): void {
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
