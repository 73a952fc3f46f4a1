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

/** Judges some rows again and compares what comes of it with what is written down. Writes nothing. */
export function comparer(
  db: Db,
  judge: Judge,
  now: number,
  rows: readonly number[],
): (row: ComparedRow) => Compared {
  const references = referencesOf(db, rows);
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
          areSameReferences(references.get(id) ?? [], judgement.references)));
    return { isSame, judgement };
  };
}

type Referred = readonly [path: string, sourceId: string | null];

/** Whom the references of rows name, in one look at all of them. */
function referencesOf(db: Db, rows: readonly number[]): ReadonlyMap<number, readonly Referred[]> {
  const found = new Map<number, Referred[]>();
  const stored = prepared(
    db,
    `select f.owner, f.path, v.source_id from json_each(?) j cross join reference f on f.owner = j.value
       left join resource v on v.id = coalesce(f.desired, f.lost)`,
  )
    .raw()
    .all(JSON.stringify(rows)) as (readonly [owner: number, ...Referred])[];
  for (const [owner, ...reference] of stored) {
    const known = found.get(owner);
    if (known === undefined) found.set(owner, [reference]);
    else known.push(reference);
  }
  return found;
}

/** Every path that is wanted is written down, also where it names nobody. */
function areSameReferences(stored: readonly Referred[], wanted: Judgement["references"]): boolean {
  let met = 0;
  for (const [path, sourceId] of stored) {
    if (Object.hasOwn(wanted, path)) met += 1;
    if ((wanted[path] ?? null) !== sourceId) return false;
  }
  return met === Object.keys(wanted).length;
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
