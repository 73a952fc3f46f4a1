import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** Gives the row of a source id; an id that nobody described yet becomes a row of unknown kind. */
export function interner(db: Db): (sourceId: string) => number {
  const find = prepared(db, "select id from resource where source_id = ?").pluck();
  const insert = prepared(
    db,
    "insert into resource (kind, source_id, presence) values ('unknown', ?, 'unknown')",
  );
  return (sourceId) => {
    const id = find.get(sourceId) as number | undefined;
    return id ?? Number(insert.run(sourceId).lastInsertRowid);
  };
}
