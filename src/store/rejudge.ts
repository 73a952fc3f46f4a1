import type { Evidence, SourceRecord } from "../sources/source.ts";
import type { Db } from "./database.ts";
import type { Judge } from "./judgement.ts";
import { type JudgedRow, judgedColumns, judgementWriter } from "./write-judgement.ts";

type Stored = JudgedRow & { readonly record: string | null; readonly evidence: string | null };

const columns = `r.${judgedColumns.split(", ").join(", r.")}, r.evidence, w.record`;

/** Judges again, from the stored records, the people whose time has come: an account that expired, for instance. Costs what is due. */
export function rejudgeDue(db: Db, run: number, judge: Judge, now: number): number {
  const due = db.prepare(
    `select ${columns} from resource r join wide w on w.id = r.id where r.due_at <= ? order by r.due_at limit 500`,
  );
  return inPages(() => due.all(now) as Stored[], db, run, judge, now);
}

/**
 * Judges everybody again after an edit of mapping, scope or policy, without asking the directory, and has every group computed again. Costs the
 * size of the snapshot.
 */
export function rejudgeAll(db: Db, run: number, judge: Judge, now: number): number {
  const next = db.prepare(
    `select ${columns} from resource r left join wide w on w.id = r.id where r.id > ? and r.presence <> 'unknown' order by r.id limit 500`,
  );
  let after = 0;
  return inPages(
    () => {
      const page = next.all(after) as Stored[];
      after = page.at(-1)?.id ?? after;
      return page;
    },
    db,
    run,
    judge,
    now,
  );
}

function inPages(page: () => Stored[], db: Db, run: number, judge: Judge, now: number): number {
  const write = judgementWriter(db, run);
  const dirty = db.prepare("insert or ignore into dirty values (?)");
  for (let judged = 0; ; ) {
    const done = db
      .transaction(() => {
        const rows = page();
        for (const row of rows) {
          if (row.kind === "group") dirty.run(row.id);
          if (row.presence === "absent")
            write.absent(row, row.evidence ?? "not-visible", judge.absent(kindOf(row), evidenceOf(row)));
          else if (row.record !== null) {
            write.present(
              row,
              kindOf(row),
              judge.present(kindOf(row), JSON.parse(row.record) as SourceRecord, now, row.assigned === 1),
            );
          }
        }
        return rows.length;
      })
      .immediate();
    judged += done;
    if (done === 0) return judged;
  }
}

function kindOf(row: Stored): "user" | "group" {
  return row.kind === "group" ? "group" : "user";
}

function evidenceOf(row: Stored): Evidence {
  return (row.evidence ?? "not-visible") as Evidence;
}
