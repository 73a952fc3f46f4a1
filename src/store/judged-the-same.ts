import type { Evidence, SourceRecord } from "../sources/source.ts";
import type { Db } from "./database.ts";
import { sameDigest } from "./digest.ts";
import { type StoredRow, storedColumns } from "./judge-stored.ts";
import type { Judge, Judgement } from "./judgement.ts";
import { prepared } from "./prepared.ts";
import { desiredDigest, isAsBefore, standingOf } from "./write-judgement.ts";

/** A row with all that tells whether judging it again would write anything. */
export type ComparedRow = StoredRow & { readonly onCreate: string | null; readonly refs: string | null };

/** The columns of ComparedRow, of `resource r` and `wide w`. */
export const comparedColumns = `${storedColumns}, w.on_create as onCreate,
  (select json_group_array(json_array(f.path, v.source_id)) from reference f left join resource v on v.id = coalesce(f.desired, f.lost)
     where f.owner = r.id) as refs`;

/** What judging a row again came to: whether nothing would be written, and the judgement of whoever is there. */
export interface Compared {
  readonly isSame: boolean;
  readonly judgement: Judgement | undefined;
}

/** Judges a row again and compares what comes of it with what is written down, digest and all. Writes nothing. */
export function compareJudged(db: Db, judge: Judge, row: ComparedRow, now: number): Compared {
  const kind = row.kind === "group" ? "group" : "user";
  if (row.presence === "absent")
    return { isSame: isSameAbsence(judge, row, kind, now), judgement: undefined };
  if (row.record === null) return { isSame: true, judgement: undefined };
  const judgement = judge.present(kind, JSON.parse(row.record) as SourceRecord, now, standingOf(row));
  return { isSame: isSamePresence(db, row, kind, judgement), judgement };
}

function isSamePresence(db: Db, row: ComparedRow, kind: "user" | "group", judgement: Judgement): boolean {
  const { body, problem, intent, onCreate, references } = judgement;
  const isBroken = problem !== undefined && intent === "active";
  const desired = isBroken ? row.desired : desiredDigest(row, judgement);
  if (!isAsBefore(row, kind, judgement, desired)) return false;
  if (body === undefined) return true;
  if (JSON.stringify(onCreate) !== row.onCreate || !isSameReferences(row.refs, references)) return false;
  // The digest of whoever is active covers the body; of others it need not.
  return intent === "active" || JSON.stringify(body) === bodyOf(db, row.id);
}

function bodyOf(db: Db, id: number): string | null {
  return prepared(db, "select body from wide where id = ?").pluck().get(id) as string | null;
}

/** Every path that is wanted is written down, also where it names nobody. */
function isSameReferences(text: string | null, wanted: Judgement["references"]): boolean {
  const stored = text === null ? [] : (JSON.parse(text) as [path: string, sourceId: string | null][]);
  let met = 0;
  for (const [path, sourceId] of stored) {
    if (Object.hasOwn(wanted, path)) met += 1;
    if ((wanted[path] ?? null) !== sourceId) return false;
  }
  return met === Object.keys(wanted).length;
}

function isSameAbsence(judge: Judge, row: ComparedRow, kind: "user" | "group", now: number): boolean {
  const evidence = (row.evidence ?? "not-visible") as Evidence;
  const absence = judge.absent(kind, evidence, now, standingOf(row));
  return (
    row.intent === absence.intent &&
    row.outside === (absence.isOutside ? 1 : 0) &&
    row.due_at === (absence.dueAt ?? null) &&
    row.put_off === (absence.putOffUntil ?? null) &&
    sameDigest(row.desired, desiredDigest(row, absence))
  );
}
