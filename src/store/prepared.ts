import type { Statement } from "better-sqlite3";
import type { Db } from "./database.ts";

const known = new WeakMap<Db, Map<string, Statement>>();

/**
 * A statement that is prepared once for as long as its database is open: for those that run once a row. One text, one form of result.
 *
 * SQLite plans a statement again for every value of a parameter that bears on its plan: the number after `limit`, the row that a join starts
 * from. That costs ten times the statement itself; `limit +:limit` and `r.id = +?` keep the first plan.
 */
export function prepared(db: Db, sql: string): Statement {
  let statements = known.get(db);
  if (statements === undefined) {
    statements = new Map();
    known.set(db, statements);
  }
  let statement = statements.get(sql);
  if (statement === undefined) {
    statement = db.prepare(sql);
    statements.set(sql, statement);
  }
  return statement;
}
