import type { Evidence, SourceRecord } from "../sources/source.ts";
import type { Judge, Standing } from "./judgement.ts";
import { type JudgedRow, judgedColumns, type judgementWriter, standingOf } from "./write-judgement.ts";

/** A row with everything that a judgement needs. */
export type StoredRow = JudgedRow & { readonly record: string | null; readonly evidence: string | null };

/** The columns of StoredRow, of `resource r` and `wide w`. */
export const storedColumns = `r.${judgedColumns.split(", ").join(", r.")}, r.evidence, w.record`;

/** Judges a row again from what the directory last said of it, without asking; `changed` is what is now known besides. */
export function judgeStored(
  write: ReturnType<typeof judgementWriter>,
  judge: Judge,
  row: StoredRow,
  now: number,
  changed: Partial<Standing> = {},
): void {
  const kind = row.kind === "group" ? "group" : "user";
  const standing = { ...standingOf(row), ...changed };
  if (row.presence === "absent") {
    const evidence = (row.evidence ?? "not-visible") as Evidence;
    write.absent(row, evidence, judge.absent(kind, evidence, now, standing));
  } else if (row.record !== null)
    write.present(row, kind, judge.present(kind, JSON.parse(row.record) as SourceRecord, now, standing));
}
