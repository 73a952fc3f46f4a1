import type { Db } from "./database.ts";
import type { ResourceRow } from "./rows.ts";

/** Shorter texts say nothing of a person by themselves, and stand everywhere. */
const shortest = 5;

/** Finds a person in texts of others. */
export interface Mention {
  isIn(text: string): boolean;
  /** The text without them. */
  without(text: string): string;
}

/**
 * What tells of this one person wherever it stands: their ids, and each value of theirs that nobody else of the snapshot has. Ids, addresses and
 * full names are found in any text, where no letter or digit goes before or after; other values only where JSON has them as a whole. A department
 * that others are in tells nothing. Looks at everybody once.
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
  dropShared(db, id, values);
  const telling = [...values].filter((value) => /[@ ]/.test(value) && value.length > shortest);
  const named = [sourceId, ...ids].filter((value) => value !== null);
  const anywhere = [...named.filter((value) => value.length >= shortest), ...telling];
  return compile(anywhere, [...named, ...values]);
}

function compile(anywhere: readonly string[], whole: readonly string[]): Mention {
  const longestFirst = (values: readonly string[]) =>
    [...new Set(values)]
      .sort((a, b) => b.length - a.length)
      .map((each) => each.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const texts = longestFirst(anywhere.flatMap((each) => [each, inJson(each)])).join("|");
  const strings = longestFirst(whole.map((each) => JSON.stringify(each))).join("|");
  const patterns = [
    new RegExp(strings, "gu"),
    ...(texts === "" ? [] : [new RegExp(`(?<![\\p{L}\\p{N}])(?:${texts})(?![\\p{L}\\p{N}])`, "giu")]),
  ];
  return {
    isIn: (text) => patterns.some((pattern) => text.search(pattern) >= 0),
    without: (text) =>
      patterns.reduce(
        (rest, pattern) =>
          rest.replace(pattern, (found) => (found.startsWith('"') ? '"forgotten"' : "forgotten")),
        text,
      ),
  };
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

/** Takes out what is too short, and what somebody else has too: it is not this person's alone. */
function dropShared(db: Db, id: number, values: Set<string>): void {
  for (const each of values) if (each.length < shortest) values.delete(each);
  const forms = new Map([...values].map((each) => [JSON.stringify(each), each]));
  const rows = db
    .prepare("select record, body, applied from wide where id <> ?")
    .raw()
    .iterate(id) as IterableIterator<(string | null)[]>;
  for (const row of rows) {
    const text = row.join("\n");
    for (const [quoted, value] of forms) {
      if (!text.includes(quoted)) continue;
      forms.delete(quoted);
      values.delete(value);
    }
  }
}

/** As the value stands inside a JSON text. */
function inJson(value: string): string {
  return JSON.stringify(value).slice(1, -1);
}
