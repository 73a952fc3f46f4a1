import type { Db } from "./database.ts";
import type { ResourceRow } from "./rows.ts";

/** Shorter texts say nothing of a person by themselves, and stand everywhere. */
const shortest = 5;

/** One way to find a person in texts of others. */
export interface Trace {
  isIn(text: string): boolean;
  /** The text without them. */
  without(text: string): string;
}

/** Finds a person in what is about others. */
export interface Mention {
  /** In a sentence: their ids, addresses and full names, as words of their own. */
  readonly sentences: Trace;
  /** In JSON: what is theirs alone, where it is the whole of a value. */
  readonly values: Trace;
  /** In the record of somebody else, in JSON: their ids, where one is the whole of a value. */
  readonly references: Trace;
  /** Whether an account's or a person's id is one of theirs. */
  isId(id: string | null): boolean;
}

/**
 * What tells of this one person: their ids, and each value of theirs that nobody else of the snapshot has. A department that others are in tells
 * nothing, nor does a name that is part of somebody else's. Looks at everybody once.
 */
export function mentionOf(db: Db, { id, sourceId }: Pick<ResourceRow, "id" | "sourceId">): Mention {
  const ids = db
    .prepare(
      `select source_id from resource where id = :id union select target_id from resource where id = :id
         union select match_id from resource where id = :id union select foreign_id from resource where id = :id
         union select target_id from audit where resource = :id`,
    )
    .pluck()
    .all({ id }) as (string | null)[];
  const values = new Set(textsOf(db, id).flatMap((text) => [...leavesOf(JSON.parse(text))]));
  values.add(
    (db.prepare("select label from resource where id = ?").pluck().get(id) as string | undefined) ?? "",
  );
  const partly = dropShared(db, id, values);
  const telling = [...values].filter(
    (value) => /[@ ]/.test(value) && value.length > shortest && !partly.has(value),
  );
  const named = [sourceId, ...ids].filter((value) => value !== null);
  const known = named.filter((value) => value.length >= shortest);
  return {
    sentences: sentencesWith([...known, ...telling]),
    values: valuesThatAre([...named, ...values]),
    references: valuesThatAre(known),
    isId: (each) => each !== null && known.includes(each),
  };
}

/** What may stand inside of a name, an address or an id: `lee@example.com` is no part of `ann.lee@example.com`. */
const joints = "[.@_+'’-]";
const letter = "[\\p{L}\\p{N}]";

function sentencesWith(values: readonly string[]): Trace {
  const texts = longestFirst(values.flatMap((each) => [each, inJson(each)]));
  // The full stop that ends a sentence and a genitive are no part of it.
  const pattern = `(?<!${letter}${joints}*)(?:${texts})(?!${letter})(?!(?!['’]s(?!${letter}))${joints}+${letter})`;
  return traceOf(texts, new RegExp(pattern, "giu"), "forgotten");
}

/** The name of an attribute is no value. */
function valuesThatAre(values: readonly string[]): Trace {
  const texts = longestFirst(values.map((each) => JSON.stringify(each)));
  return traceOf(texts, new RegExp(`(?<!\\\\)(?:${texts})(?!:)`, "gu"), JSON.stringify("forgotten"));
}

function traceOf(texts: string, pattern: RegExp, instead: string): Trace {
  if (texts === "") return { isIn: () => false, without: (text) => text };
  return {
    isIn: (text) => text.search(pattern) >= 0,
    without: (text) => text.replace(pattern, instead),
  };
}

function longestFirst(values: readonly string[]): string {
  return [...new Set(values)]
    .sort((a, b) => b.length - a.length)
    .map((each) => each.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"))
    .join("|");
}

function textsOf(db: Db, id: number): string[] {
  const wide = db
    .prepare("select record, body, on_create, applied, contested from wide where id = ?")
    .raw()
    .all(id) as (string | null)[][];
  const payloads = db
    .prepare(
      "select p.before, p.after from audit a join audit_payload p on p.seq = a.seq where a.resource = ?",
    )
    .raw()
    .all(id) as (string | null)[][];
  const findings = db.prepare("select ours, theirs from drift where resource = ?").raw().all(id) as (
    | string
    | null
  )[][];
  return [...wide, ...payloads, ...findings].flat().filter((text) => text !== null);
}

function* leavesOf(value: unknown): Iterable<string> {
  if (typeof value === "string") yield value;
  else if (typeof value === "object" && value !== null)
    for (const each of Object.values(value)) yield* leavesOf(each);
}

/**
 * Takes out what is too short, and what somebody else has too: it is not this person's alone. Returns the names that are part of a value of
 * somebody else, as "Ann Lee" is of "Mary Ann Lee".
 */
function dropShared(db: Db, id: number, values: Set<string>): ReadonlySet<string> {
  for (const each of values) if (each.length < shortest) values.delete(each);
  const forms = new Map([...values].map((each) => [JSON.stringify(each), each]));
  const names = new Set([...values].filter((each) => each.includes(" ")));
  const partly = new Set<string>();
  const rows = db
    .prepare("select record, body, applied from wide where id <> ?")
    .raw()
    .iterate(id) as IterableIterator<(string | null)[]>;
  for (const row of rows) {
    const text = row.join("\n");
    for (const name of names) {
      if (!text.includes(inJson(name))) continue;
      names.delete(name);
      partly.add(name);
    }
    for (const [quoted, value] of forms) {
      if (!text.includes(quoted)) continue;
      forms.delete(quoted);
      values.delete(value);
    }
  }
  return partly;
}

/** As the value stands inside a JSON text. */
function inJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}
