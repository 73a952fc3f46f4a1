import type { Db } from "./database.ts";
import type { Mention, Trace } from "./mention.ts";

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
export function eraseMentions(db: Db, person: Mention): void {
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
