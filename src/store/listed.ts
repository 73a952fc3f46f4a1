import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** What a run is limited to: rows of people and groups, memberships, references. */
export interface Listing {
  readonly rows: readonly number[];
  readonly members: readonly { readonly grp: number; readonly usr: number }[];
  readonly references: readonly { readonly owner: number; readonly path: string }[];
  /** All references of these go too: they come with a new account. */
  readonly owners: readonly number[];
}

/** Conditions that limit a query to what was listed last. */
export const listedRow = "in (select id from temp.listed_row)";
export const listedMember = "in (select grp, usr from temp.listed_member)";
export const listedReference = "in (select owner, path from temp.listed_reference)";

/** Lists what a run is limited to; private to this connection of the database, and gone with it. */
export function list(db: Db, { rows, members, references, owners }: Listing): void {
  db.exec(`create temp table if not exists listed_row (id integer primary key);
    create temp table if not exists listed_member (grp integer, usr integer, primary key (grp, usr)) without rowid;
    create temp table if not exists listed_reference (owner integer, path text, primary key (owner, path)) without rowid;
    delete from temp.listed_row; delete from temp.listed_member; delete from temp.listed_reference`);
  const row = prepared(db, "insert or ignore into temp.listed_row values (?)");
  const member = prepared(db, "insert or ignore into temp.listed_member values (?, ?)");
  const reference = prepared(db, "insert or ignore into temp.listed_reference values (?, ?)");
  const all = prepared(
    db,
    "insert or ignore into temp.listed_reference select owner, path from main.reference where owner = ?",
  );
  db.transaction(() => {
    for (const id of rows) row.run(id);
    for (const { grp, usr } of members) member.run(grp, usr);
    for (const { owner, path } of references) reference.run(owner, path);
    for (const owner of owners) all.run(owner);
  })();
}
