import type { SourceRecord } from "../sources/source.ts";
import type { Edits } from "./edits.ts";
import type { Judge } from "./judgement.ts";
import { type JudgedRow, standingOf } from "./write-judgement.ts";

/** What was known of somebody at a moment, ms since 1970 UTC. */
interface Known {
  readonly record: SourceRecord;
  readonly at: number;
}

/** Whom an edit would switch off, and who now is off by the directory's word (or because their time has come) as well, leaves without waiting for a word on the edit. */
export function noticeLeaving(edits: Edits, judge: Judge, row: JudgedRow, before: Known, now: Known): void {
  if (edits.of(row.id)?.intent === undefined) return;
  const kind = row.kind === "group" ? "group" : "user";
  const isOff = ({ record, at }: Known) => judge.present(kind, record, at, standingOf(row)).isDisabled;
  if (isOff(now) && !isOff(before)) edits.leaves(row.id);
}
