import type { Db } from "./database.ts";
import { judgeStored, type StoredRow, storedColumns } from "./judge-stored.ts";
import type { Judge } from "./judgement.ts";
import { judgementWriter } from "./write-judgement.ts";

/** Whom a connection is limited to, by source ids. */
export interface Roots {
  /** People, and groups whose members are meant. */
  readonly ids: readonly string[];
  /** Members of nested groups are meant too. */
  readonly transitive: boolean;
}

/** Fills temp.assigned with the people who are assigned, from the stored edges. */
export function fillAssigned(db: Db, roots: Roots, intern: (sourceId: string) => number): void {
  db.exec("delete from assignment");
  const root = db.prepare("insert or ignore into assignment values (?)");
  for (const id of roots.ids) root.run(intern(id));
  db.exec("create temp table if not exists assigned (id integer primary key)");
  db.exec("delete from temp.assigned");
  const meant = roots.transitive
    ? "with recursive meant (id) as (select root from assignment union select e.member from meant join edge e on e.grp = meant.id)"
    : "with meant (id) as (select root from assignment union select e.member from assignment a join edge e on e.grp = a.root)";
  db.exec(
    `insert or ignore into temp.assigned ${meant} select meant.id from meant cross join resource r on r.id = meant.id where r.kind = 'user'`,
  );
}

/** Source ids of those whom the connection was limited to when it was last read. */
export function assignedRoots(db: Db): string[] {
  return db
    .prepare("select r.source_id from assignment a cross join resource r on r.id = a.root order by a.root")
    .pluck()
    .all() as string[];
}

const losing = "r.assigned = 1 and r.id not in (select id from temp.assigned)";

/** Source ids of people with an active account who are about to lose their assignment, as far as the read has told so far. */
export function losingAssignment(db: Db, run: number, roots: Roots): string[] {
  return db
    .transaction(() => {
      fillAssigned(db, roots, judgementWriter(db, run).intern);
      return db
        .prepare(
          `select r.source_id from resource r where ${losing} and r.presence = 'present' and r.intent = 'active' and r.target_id is not null`,
        )
        .pluck()
        .all() as string[];
    })
    .immediate();
}

/**
 * Works out who is assigned and judges again whose assignment changed. Call inside the finish transaction of a complete read, before groups are
 * computed again. Returns how many changed.
 */
export function assign(db: Db, run: number, judge: Judge, now: number, roots: Roots): number {
  const write = judgementWriter(db, run);
  fillAssigned(db, roots, write.intern);
  const changed = db
    .prepare(
      `select ${storedColumns}, 1 as now_assigned from resource r left join wide w on w.id = r.id
         where r.id in (select id from temp.assigned) and r.assigned = 0
       union all
       select ${storedColumns}, 0 from resource r left join wide w on w.id = r.id
         where ${losing}`,
    )
    .all() as (StoredRow & { readonly now_assigned: number })[];
  const set = db.prepare("update resource set assigned = ? where id = ?");
  for (const row of changed) {
    set.run(row.now_assigned, row.id);
    judgeStored(write, judge, row, now, { isAssigned: row.now_assigned === 1 });
  }
  db.exec("delete from temp.assigned");
  return changed.length;
}
