import type { Db } from "./database.ts";
import { unfailed } from "./next-try.ts";
import { prepared } from "./prepared.ts";
import { judgedColumns } from "./write-judgement.ts";

/** What a read asks and writes once for each object. */
export function stageStatements(db: Db) {
  return {
    same: prepared(
      db,
      "select id from resource where source_id = ? and record_digest = ? and presence = 'present'",
    ).pluck(),
    idOf: prepared(db, "select id from resource where source_id = ?").pluck(),
    judged: prepared(db, `select ${judgedColumns} from resource where id = ?`),
    judgedBySource: prepared(db, `select ${judgedColumns} from resource where source_id = ?`),
    record: prepared(
      db,
      "select w.record from resource r join wide w on w.id = r.id where r.source_id = ? and r.presence = 'present' and w.record is not null",
    ),
    declared: db
      .prepare(
        `select g.source_id from resource r join edge e on e.member = r.id and e.declared = 1 join resource g on g.id = e.grp
         where r.source_id = ? order by g.source_id`,
      )
      .pluck(),
    declaredRows: prepared(db, "select grp from edge where member = ? and declared = 1").pluck(),
    listedEdges: prepared(db, "select member from edge where grp = ? and declared = 0").pluck(),
    edgesOf: prepared(
      db,
      "select grp, member, declared from edge where member = ? union all select grp, member, declared from edge where grp = ?",
    ),
    addEdge: prepared(db, "insert or ignore into edge (grp, member, declared) values (?, ?, ?)"),
    dropEdge: prepared(db, "delete from edge where grp = ? and member = ? and declared = ?"),
    dropReferences: prepared(
      db,
      `update reference set lost = desired, desired = null, ${unfailed} where desired = ?`,
    ),
    dirty: prepared(db, "insert or ignore into dirty values (?)"),
    dirtyPerson: prepared(
      db,
      "insert or ignore into dirty_person select id from resource where id = ? and kind = 'user'",
    ),
    isPerson: prepared(db, "select 1 from resource where id = ? and kind = 'user'"),
  };
}
