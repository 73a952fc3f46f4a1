import type { Evidence, SourceRecord } from "../sources/source.ts";
import type { Db } from "./database.ts";
import { sameDigest } from "./digest.ts";
import { type StoredRow, storedColumns } from "./judge-stored.ts";
import type { Judge, Judgement } from "./judgement.ts";
import { prepared } from "./prepared.ts";
import { desiredDigest, isAsBefore, standingOf } from "./write-judgement.ts";

/** What tells whether judging a row again would write anything. A list and not an object: one is fetched for everybody. */
export type ComparedRow = readonly [
  id: number,
  kind: string,
  presence: string,
  in_scope: number,
  intent: string,
  isWanted: number,
  isSettled: number,
  hasAccount: number,
  assigned: number,
  piloted: number,
  outside: number,
  due_at: number | null,
  label: string,
  rule: string,
  reason: string,
  reason_code: string,
  problem: string | null,
  record: string | null,
  body: string | null,
  onCreate: string | null,
];

/** The columns of ComparedRow, of `resource r` and `wide w`. */
export const comparedColumns = `r.id, r.kind, r.presence, r.in_scope, r.intent, r.desired is not null, r.desired is r.applied,
  r.target_id is not null or r.doubt is not null, r.assigned, r.piloted, r.outside, r.due_at, r.label, r.rule, r.reason, r.reason_code,
  r.problem, w.record, w.body, w.on_create`;

/** What judging a row again came to: whether nothing would be written, and the judgement of whoever is there. */
export interface Compared {
  readonly isSame: boolean;
  readonly judgement: Judgement | undefined;
}

/**
 * Judges rows between two again and compares what comes of it with what is written down. Writes nothing. To be asked in the order of the rows: their
 * references are read beside them.
 */
export function comparer(
  db: Db,
  judge: Judge,
  now: number,
  [first, last]: readonly [number, number],
): (row: ComparedRow) => Compared {
  const areSameReferences = referencesBetween(db, first, last);
  return (row) => {
    const [
      id,
      kind,
      presence,
      in_scope,
      intent,
      isWanted,
      isSettled,
      hasAccount,
      assigned,
      piloted,
      outside,
      due_at,
      label,
      rule,
      reason,
      reason_code,
      problem,
      record,
      body,
      onCreate,
    ] = row;
    const is = kind === "group" ? "group" : "user";
    if (presence === "absent") return { isSame: isSameAbsence(db, judge, id, is, now), judgement: undefined };
    if (record === null) return { isSame: true, judgement: undefined };
    const judgement = judge.present(is, JSON.parse(record) as SourceRecord, now, {
      id,
      isAssigned: assigned === 1,
      isPiloted: piloted === 1,
      hasAccount: hasAccount === 1,
      // Those who are gone alone have these.
      goneOffAt: undefined,
      putOffUntil: undefined,
    });
    const written = {
      kind,
      presence,
      in_scope,
      intent,
      outside,
      due_at,
      label,
      rule,
      reason,
      reason_code,
      problem,
    };
    const isBroken = judgement.problem !== undefined;
    const isActive = judgement.intent === "active";
    // What is wanted of whoever is active was made of the body, which is compared below.
    const wantsTheSame = isActive
      ? isBroken || (isWanted === 1 && judgement.body !== undefined)
      : isSettled === 1;
    const isSame =
      isAsBefore(written, is, judgement, { wantsTheSame, hasAccount: hasAccount === 1 }) &&
      (judgement.body === undefined ||
        (JSON.stringify(judgement.body) === body &&
          JSON.stringify(judgement.onCreate) === onCreate &&
          areSameReferences(id, judgement.references)));
    return { isSame, judgement };
  };
}

/** Compares what somebody's references are to be with what is written down: every path that is wanted is, also where it names nobody. */
function referencesBetween(db: Db, first: number, last: number) {
  const stored = prepared(
    db,
    `select f.owner, f.path, v.source_id from reference f left join resource v on v.id = coalesce(f.desired, f.lost)
       where f.owner between ? and ? order by f.owner`,
  )
    .raw()
    .all(first, last) as (readonly [owner: number, path: string, sourceId: string | null])[];
  let at = 0;
  return (id: number, wanted: Judgement["references"]): boolean => {
    while ((stored[at]?.[0] ?? id) < id) at += 1;
    let met = 0;
    for (let each = stored[at]; each?.[0] === id; each = stored[++at]) {
      const [, path, sourceId] = each;
      if (Object.hasOwn(wanted, path)) met += 1;
      if ((wanted[path] ?? null) !== sourceId) return false;
    }
    return met === Object.keys(wanted).length;
  };
}

function isSameAbsence(db: Db, judge: Judge, id: number, kind: "user" | "group", now: number): boolean {
  const row = storedRow(db, id);
  const absence = judge.absent(kind, (row.evidence ?? "not-visible") as Evidence, now, standingOf(row));
  return (
    row.intent === absence.intent &&
    row.outside === (absence.isOutside ? 1 : 0) &&
    row.due_at === (absence.dueAt ?? null) &&
    row.put_off === (absence.putOffUntil ?? null) &&
    sameDigest(row.desired, desiredDigest(row, absence))
  );
}

/** A row with everything that a judgement needs. */
export function storedRow(db: Db, id: number): StoredRow {
  return prepared(
    db,
    `select ${storedColumns} from resource r left join wide w on w.id = r.id where r.id = +?`,
  ).get(id) as StoredRow;
}
