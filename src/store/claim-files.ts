import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Db, openDatabase } from "./database.ts";

/** Files of claims are called as their target; names of targets have no dots, other files beside them do. */
const fileOfTarget = /^([A-Za-z0-9][A-Za-z0-9_-]*)\.db$/;

/** What one target's file knows of a connection. */
export interface ClaimsOf {
  readonly target: string;
  /** Accounts and groups that are the connection's. */
  readonly claims: number;
  /** The snapshot that wrote to the target; undefined: none did. */
  readonly lineage: string | undefined;
}

/** What the targets know of a connection, by the files alone. */
export function claimsOf(folder: string, connection: string): ClaimsOf[] {
  return eachTarget(folder, (db, target) => ({
    target,
    claims: db
      .prepare("select count(*) from claim where connection = ? and released_at is null")
      .pluck()
      .get(connection) as number,
    lineage: db.prepare("select lineage from connection where name = ?").pluck().get(connection) as
      | string
      | undefined,
  })).filter(({ claims, lineage }) => claims > 0 || lineage !== undefined);
}

/** Everything that belongs to one connection belongs to the other from now on. Giving the same command again does no harm. */
export function renameClaims(folder: string, from: string, to: string): void {
  eachTarget(folder, (db) => {
    const names = { from, to };
    db.prepare("update claim set connection = :to where connection = :from").run(names);
    db.prepare("update or replace wish set connection = :to where connection = :from").run(names);
    db.prepare("update or replace handed_over set connection = :to where connection = :from").run(names);
    db.prepare("update or replace announcement set connection = :to where connection = :from").run(names);
    db.prepare("update or replace connection set name = :to where name = :from").run(names);
  });
}

/** What belongs to a connection is free; the accounts and groups stay as they are. Returns how many. */
export function releaseClaims(folder: string, connection: string, at: number): number {
  return eachTarget(folder, (db) => {
    const { changes } = db
      .prepare("update claim set released_at = ? where connection = ? and released_at is null")
      .run(at, connection);
    db.prepare("delete from wish where connection = ?").run(connection);
    db.prepare("delete from handed_over where connection = ?").run(connection);
    db.prepare("delete from announcement where connection = ?").run(connection);
    db.prepare("delete from connection where name = ?").run(connection);
    return changes;
  }).reduce((sum, n) => sum + n, 0);
}

/** One transaction a file. */
function eachTarget<T>(folder: string, work: (db: Db, target: string) => T): T[] {
  const place = join(folder, "targets");
  if (!existsSync(place)) return [];
  return readdirSync(place)
    .flatMap((name) => fileOfTarget.exec(name)?.[1] ?? [])
    .sort()
    .map((target) => {
      const db = openDatabase(join(place, `${target}.db`), "target", { create: false });
      try {
        return db.transaction(() => work(db, target)).immediate();
      } finally {
        db.close();
      }
    });
}
