import { setImmediate } from "node:timers/promises";
import type { SourceRecord } from "../sources/source.ts";
import type { Db } from "./database.ts";
import { Edits } from "./edits.ts";
import { manageForeignIds } from "./foreign-ids.ts";
import { judgeStored, type StoredRow, storedColumns } from "./judge-stored.ts";
import type { Judge } from "./judgement.ts";
import { Meta } from "./meta.ts";
import { noticeLeaving } from "./notice-leaving.ts";
import { judgementWriter } from "./write-judgement.ts";

/** Judges again, from the stored records, the people whose time has come: an account that expired, for instance. Costs what is due. */
export function rejudgeDue(db: Db, run: number, judge: Judge, now: number): number {
  const due = db.prepare(
    `select ${storedColumns} from resource r join wide w on w.id = r.id where r.due_at <= ? order by r.due_at limit 500`,
  );
  const edits = new Edits(db);
  const page = () => {
    const rows = due.all(now) as StoredRow[];
    for (const row of rows) {
      if (row.record === null || row.due_at === null || row.presence !== "present") continue;
      const record = JSON.parse(row.record) as SourceRecord;
      noticeLeaving(edits, judge, row, { record, at: row.due_at - 1 }, { record, at: now });
    }
    return rows;
  };
  const judgePage = pageJudge(page, db, run, judge, now);
  for (let judged = 0; ; ) {
    const done = judgePage();
    judged += done;
    if (done === 0) return judged;
  }
}

/** How many are judged in one transaction. */
const pageSize = 500;

/**
 * Judges everybody again after an edit of mapping, scope or policy, without asking the directory, and has every group computed again. Costs the
 * size of the snapshot; after each page whoever else has work in this process does it. Where it is known who is judged otherwise than before,
 * only these are: that costs what the edit changes.
 */
export async function rejudgeAll(
  db: Db,
  run: number,
  judge: Judge,
  now: number,
  otherwise?: readonly number[],
): Promise<void> {
  // The configuration may name another group than the one that was found, or one that was not there.
  const lookAnew = db.prepare(
    `update resource set match_id = null, match_by = null, match_note = null, match_at = null, retry_at = null
       where pending and kind = 'group' and target_id is null and doubt is null`,
  );
  const everyGroup = db.prepare(
    "insert or ignore into dirty select id from resource where kind = 'group' and presence = 'present'",
  );
  db.transaction(() => {
    manageForeignIds(db, run, judge.rewritesExternalId);
    lookAnew.run();
    if (noteFlatten(db, judge) && otherwise !== undefined) everyGroup.run();
  }).immediate();
  const page =
    otherwise === undefined ? everybody(db) : these(db, [...new Set([...otherwise, ...withForeignId(db)])]);
  const judgePage = pageJudge(page, db, run, judge, now);
  for (let judged = judgePage(); judged > 0; judged = judgePage())
    if (judged === pageSize) await setImmediate();
}

function everybody(db: Db): () => StoredRow[] {
  const next = db.prepare(
    `select ${storedColumns} from resource r left join wide w on w.id = r.id where r.id > ? and r.presence <> 'unknown' order by r.id limit ${pageSize}`,
  );
  let after = 0;
  return () => {
    const page = next.all(after) as StoredRow[];
    after = page.at(-1)?.id ?? after;
    return page;
  };
}

function these(db: Db, rows: readonly number[]): () => StoredRow[] {
  const some = db.prepare(
    `select ${storedColumns} from json_each(?) j cross join resource r on r.id = j.value left join wide w on w.id = r.id`,
  );
  let at = 0;
  return () => {
    let page: StoredRow[] = [];
    for (; page.length === 0 && at < rows.length; at += pageSize)
      page = some.all(JSON.stringify(rows.slice(at, at + pageSize))) as StoredRow[];
    return page;
  };
}

/** What their accounts are believed to hold may have changed with the policy. */
function withForeignId(db: Db): number[] {
  return db.prepare("select id from resource where foreign_id is not null").pluck().all() as number[];
}

/**
 * True where nested groups count otherwise than before. Who is a member follows from edges, verdicts and this alone: without a change of it only those
 * groups are computed again that a verdict touches.
 */
function noteFlatten(db: Db, { flatten }: Judge): boolean {
  const meta = new Meta(db);
  if (meta.get("flattened") === String(flatten)) return false;
  meta.set("flattened", String(flatten));
  return true;
}

/** Judges the rows of the next page in one transaction, and gives how many these were. */
function pageJudge(page: () => StoredRow[], db: Db, run: number, judge: Judge, now: number): () => number {
  const write = judgementWriter(db, run);
  const dirty = db.prepare("insert or ignore into dirty values (?)");
  return () =>
    db
      .transaction(() => {
        const rows = page();
        for (const row of rows) {
          if (row.kind === "group") dirty.run(row.id);
          judgeStored(write, judge, row, now);
        }
        return rows.length;
      })
      .immediate();
}
