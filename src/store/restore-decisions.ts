import { existsSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { stateDatabases } from "./backup.ts";
import type { Manifest } from "./backup-manifest.ts";
import type { Pause } from "./pauses.ts";

/** A person's no in the state that is here, and that a backup does not know. */
export interface LostRejection {
  readonly connection: string;
  readonly label: string;
  /** Of a membership: the group; else null. */
  readonly group: string | null;
  readonly class: string;
  readonly actor: string;
  readonly reason: string;
  /** ms since 1970 UTC. */
  readonly at: number;
}

/**
 * Every no that is lost with the state here: of the same snapshot those that were given since the backup was made, of others all. The last one first.
 * Costs what is rejected.
 */
export function lostRejections(folder: string, { files, madeAt }: Manifest): readonly LostRejection[] {
  const lost = stateDatabases(folder)
    .filter(({ kind }) => kind === "connection")
    .flatMap(({ name }) => {
      const lineage = files.find((each) => each.name === name)?.lineage;
      return read(join(folder, name), (db) => {
        const since = lineage !== undefined && lineageOf(db) === lineage ? Date.parse(madeAt) : 0;
        return (
          db
            .prepare(
              `select coalesce(nullif(r.label, ''), r.source_id) as label, nullif(g.label, '') as "group", j.class, j.actor, j.reason, j.at
                 from rejection j join resource r on r.id = j.resource left join resource g on g.id = j.grp where j.at >= ?`,
            )
            .all(since) as Omit<LostRejection, "connection">[]
        ).map((each) => ({ connection: name.replace(/\.db$/, ""), ...each }));
      });
    });
  return lost.sort((a, b) => b.at - a.at);
}

/** The pause in a snapshot's file, if it is a form of that snapshot: a restore does not end it. */
export function pauseIn(path: string, lineage: string): Pause | undefined {
  if (!existsSync(path)) return undefined;
  return read(path, (db) =>
    lineageOf(db) === lineage
      ? (db.prepare("select since, actor, reason from pause").get() as Pause | undefined)
      : undefined,
  );
}

function lineageOf(db: Database.Database): unknown {
  return db.prepare("select value from meta where key = 'lineage'").pluck().get();
}

function read<T>(path: string, look: (db: Database.Database) => T): T {
  const db = new Database(path, { fileMustExist: true });
  try {
    return look(db);
  } finally {
    db.close();
  }
}
