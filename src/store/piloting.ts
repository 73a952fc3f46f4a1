import type { Db } from "./database.ts";
import { judgeStored, type StoredRow, storedColumns } from "./judge-stored.ts";
import type { Judge } from "./judgement.ts";
import { judgementWriter } from "./write-judgement.ts";

/** Who is in the pilot, by source ids: members of these groups and of groups inside them, and these people. */
export interface PilotRoots {
  readonly groups: readonly string[];
  readonly users: readonly string[];
}

/**
 * Works out who is in the pilot, from the stored edges, and judges those again who came or went. Who is gone or disabled stays in it: most
 * directories take their memberships away, and they are to lose their access all the same. Call inside the finish transaction of a complete
 * read. Costs the size of the pilot. Returns how many changed.
 */
export function takeIntoPilot(db: Db, run: number, judge: Judge, now: number, roots: PilotRoots): number {
  const write = judgementWriter(db, run);
  db.exec("create temp table if not exists pilot (id integer primary key)");
  db.exec("delete from temp.pilot");
  const root = db.prepare("insert or ignore into temp.pilot values (?)");
  for (const id of [...roots.groups, ...roots.users]) root.run(write.intern(id));
  db.exec(
    `insert or ignore into temp.pilot
       with recursive inside (id) as (select id from temp.pilot union select e.member from inside join edge e on e.grp = inside.id)
       select id from inside`,
  );
  const changed = db
    .prepare(
      `select ${storedColumns} from resource r left join wide w on w.id = r.id
         where r.id in (select id from temp.pilot) and r.kind = 'user' and r.piloted = 0
       union all
       select ${storedColumns} from resource r indexed by resource_piloted left join wide w on w.id = r.id
         where r.piloted = 1 and r.id not in (select id from temp.pilot) and r.presence = 'present' and r.reason_code <> 'disabled'`,
    )
    .all() as StoredRow[];
  const set = db.prepare("update resource set piloted = ? where id = ?");
  for (const row of changed) {
    const isPiloted = row.piloted === 0;
    set.run(isPiloted ? 1 : 0, row.id);
    judgeStored(write, judge, row, now, { isPiloted });
  }
  db.exec("delete from temp.pilot");
  return changed.length;
}
