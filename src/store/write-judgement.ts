import type { Kind } from "../scim/resource.ts";
import type { Db } from "./database.ts";
import { departureWriter } from "./departures.ts";
import { digest, sameDigest } from "./digest.ts";
import { interner } from "./interner.ts";
import type { Absence, Judgement, Standing } from "./judgement.ts";
import { unfailed } from "./next-try.ts";
import { prepared } from "./prepared.ts";

/** What of a row decides whether a judgement changes it. */
export interface JudgedRow {
  readonly id: number;
  readonly kind: string;
  readonly presence: string;
  readonly in_scope: number;
  readonly intent: string;
  readonly desired: Buffer | null;
  readonly applied: Buffer | null;
  readonly target_id: string | null;
  readonly doubt: number | null;
  readonly assigned: number;
  readonly piloted: number;
  readonly outside: number;
  readonly gone_off: number | null;
  readonly put_off: number | null;
  readonly due_at: number | null;
  readonly label: string;
  readonly rule: string;
  readonly reason: string;
  readonly reason_code: string;
  readonly problem: string | null;
}

/** The columns of JudgedRow. */
export const judgedColumns =
  "id, kind, presence, in_scope, intent, desired, applied, target_id, doubt, assigned, piloted, outside, gone_off, put_off, due_at, label, rule, reason, reason_code, problem";

/** What a judgement has to know of a row besides its record. */
export function standingOf(row: JudgedRow): Standing {
  return {
    id: row.id,
    isAssigned: row.assigned === 1,
    isPiloted: row.piloted === 1,
    hasAccount: row.target_id !== null || row.doubt !== null,
    goneOffAt: row.gone_off ?? undefined,
    putOffUntil: row.put_off ?? undefined,
  };
}

/**
 * What is wanted at the target, as a digest. Somebody without an account who is not to be active wants nothing more than there is: such people
 * are not looked up, created or counted, also not when they once had one. Somebody who is to be kept as they are has nothing pending.
 */
export function desiredDigest(
  row: Pick<JudgedRow, "applied" | "target_id" | "doubt">,
  judgement: Pick<Judgement, "intent" | "reasonCode"> & { readonly body?: Judgement["body"] },
): Buffer | null {
  if (judgement.intent === "keep") return row.applied;
  const reachable = row.target_id !== null || row.doubt !== null;
  if (judgement.intent !== "active" && !reachable) return row.applied;
  return digest([judgement.intent, judgement.reasonCode, judgement.body ?? null]);
}

/** What of a judgement stands in columns of its own. */
type Written = Pick<
  JudgedRow,
  | "kind"
  | "presence"
  | "in_scope"
  | "intent"
  | "outside"
  | "due_at"
  | "label"
  | "rule"
  | "reason"
  | "reason_code"
  | "problem"
>;

/** Somebody who is to be as they were judged to be before: an edit that changes few writes few. */
export function isAsBefore(
  row: Written,
  kind: Kind,
  { inScope, label, rule, intent, reason, reasonCode, problem, dueAt, isOutside }: Judgement,
  { wantsTheSame, hasAccount }: { readonly wantsTheSame: boolean; readonly hasAccount: boolean },
): boolean {
  if (row.intent !== intent || isOutside || row.outside === 1) return false;
  // How long an account that is on is to be off already, and the like, is worked out with each judgement.
  if (intent !== "active" && hasAccount) return false;
  return (
    wantsTheSame &&
    row.presence === "present" &&
    row.kind === kind &&
    (row.in_scope === 1) === inScope &&
    row.label === label &&
    row.rule === rule &&
    row.reason === reason &&
    row.reason_code === reasonCode &&
    row.problem === (problem ?? null) &&
    row.due_at === (dueAt ?? null)
  );
}

/** What a read says of somebody, to be written together with what follows from it. */
interface Described {
  /** JSON. */
  readonly record: string;
  readonly digest: Buffer;
  /** How it came; undefined where it was put together otherwise. */
  readonly seal: string | undefined;
}

/** Rows of whom somebody's reference names; lost: of whom it would name, if they had not been deleted. */
interface Referred {
  readonly desired: number | null;
  readonly lost: number | null;
}

/** What was refused says nothing about what is wanted now, nor about somebody for whom nothing is sent. */
const anew = "desired is not :desired or :outside = 1";
/** What was given up is tried again when the directory says something new of it. */
const again = `${anew} or (given_up is not null and :recordDigest is not null)`;

/** Writes judgements down: desired digest, body, references, and which groups have to be computed again. */
export function judgementWriter(db: Db, run: number) {
  const started = "(select started_at from run where run.id = :run)";
  const isGoneAndOff =
    "kind = 'user' and :reasonCode = 'deleted' and target_id is not null and applied_intent = 'inactive'";
  const leaving = `case when :intent in ('inactive', 'deleted') and applied_intent = 'active' and :outside = 0
    then coalesce(leaving_since, ${started}) end`;
  const updating = (moved: string) =>
    prepared(
      db,
      `
    update resource set ${moved} rule = :rule, intent = :intent, reason = :reason, reason_code = :reasonCode, problem = :problem, desired = :desired, due_at = :dueAt, gone_off = null, put_off = null,
      touched = case when desired is not :desired then :run else touched end,
      failures = case when ${again} then 0 else failures end,
      retry_at = case when ${anew} then null else retry_at end,
      failing_since = case when ${again} then null else failing_since end,
      given_up = case when ${again} then null else given_up end,
      record_digest = coalesce(:recordDigest, record_digest), seal = case when :recordDigest is null then seal else :seal end,
      seats_since = case when :intent = 'active' and :outside = 0 then seats_since end,
      leaving_since = ${leaving}
    where id = :id`,
    );
  const update = updating(
    "kind = :kind, presence = 'present', evidence = null, label = :label, in_scope = :inScope, outside = :outside,",
  );
  // An index is written anew wherever one of its columns is named, also where that stays as it is.
  const updateInPlace = updating("");
  const body = prepared(
    db,
    `
    update wide set body = :body, on_create = :onCreate where id = :id and (body is not :body or on_create is not :onCreate)`,
  );
  const described = prepared(
    db,
    `
    insert into wide (id, record, body, on_create) values (:id, :record, :body, :onCreate)
    on conflict (id) do update set record = excluded.record, body = excluded.body, on_create = excluded.on_create`,
  );
  const setRecord = prepared(
    db,
    "insert into wide (id, record) values (?, ?) on conflict (id) do update set record = excluded.record",
  );
  const setDigest = prepared(
    db,
    `update resource set record_digest = ?, seal = ?, failures = case when given_up is null then failures else 0 end,
       failing_since = case when given_up is null then failing_since end, given_up = null
     where id = ?`,
  );
  const gone = prepared(
    db,
    `
    update resource set presence = 'absent', evidence = :evidence, in_scope = 0, rule = '', intent = :intent, reason = :reason,
      reason_code = :reasonCode, problem = null, desired = :desired, outside = :outside, put_off = :putOff, record_digest = null,
      due_at = case when gone_off is null and ${isGoneAndOff} then ${started} else :dueAt end,
      gone_off = case when ${isGoneAndOff} then coalesce(gone_off, ${started}) end,
      touched = case when desired is not :desired or evidence is not :evidence then :run else touched end,
      failures = 0, retry_at = null, failing_since = null, given_up = null, seats_since = null, leaving_since = ${leaving}
    where id = :id`,
  );
  const due = prepared(db, "update resource set due_at = ?, put_off = ? where id = ?");
  const groupsOf = prepared(db, "insert or ignore into dirty select grp from edge where member = ?");
  const dirty = prepared(db, "insert or ignore into dirty values (?)");
  const dirtyPerson = prepared(
    db,
    "insert or ignore into dirty_person select member from edge where member = ? limit 1",
  );
  const deleted = prepared(db, "select 1 from resource where id = ? and reason_code = 'deleted'");
  const depart = departureWriter(db, run);
  const intern = interner(db);
  const references = prepared(db, "select path, desired, lost from reference where owner = ?");
  const refer = prepared(
    db,
    `
    insert into reference (owner, path, desired, lost) values (:owner, :path, :desired, :lost)
    on conflict (owner, path) do update set desired = excluded.desired, lost = excluded.lost, drifted = null, ${unfailed}
      where desired is not excluded.desired or lost is not excluded.lost`,
  );
  const restore = prepared(
    db,
    `update reference set desired = lost, lost = null, drifted = null, ${unfailed} where lost = ?`,
  );

  /** Of a group all that it is in is computed again; of a person their own memberships alone. */
  function markMemberships(row: JudgedRow): void {
    if (row.kind === "user") {
      dirtyPerson.run(row.id);
      return;
    }
    groupsOf.run(row.id);
    if (row.kind === "group") dirty.run(row.id);
  }

  /** A directory does not say that the reference to somebody who was deleted is gone, nor that it is back when they are restored. */
  function writeReferences(id: number, wanted: Judgement["references"]): void {
    const known = references.all(id) as (Referred & { readonly path: string })[];
    const write = (path: string, next: Referred) => {
      const before = known.find((each) => each.path === path);
      if (before === undefined || before.desired !== next.desired || before.lost !== next.lost)
        refer.run({ owner: id, path, ...next });
    };
    for (const [path, sourceId] of Object.entries(wanted)) {
      const value = sourceId === null ? null : intern(sourceId);
      const isLost = value !== null && deleted.get(value) !== undefined;
      write(path, isLost ? { desired: null, lost: value } : { desired: value, lost: null });
    }
    for (const { path } of known) if (!(path in wanted)) write(path, { desired: null, lost: null });
  }

  return {
    intern,
    present(row: JudgedRow, kind: Kind, judgement: Judgement, said?: Described): void {
      const broken = judgement.problem !== undefined && judgement.intent === "active";
      const desired = broken ? row.desired : desiredDigest(row, judgement);
      const { inScope, label, rule, intent, reason, reasonCode, problem, dueAt } = judgement;
      depart(row, judgement);
      const hasAccount = row.target_id !== null || row.doubt !== null;
      const outside = judgement.isOutside ? 1 : 0;
      const stays =
        row.presence === "present" &&
        row.kind === kind &&
        row.label === label &&
        (row.in_scope === 1) === inScope &&
        row.outside === outside;
      if (!isAsBefore(row, kind, judgement, { wantsTheSame: sameDigest(row.desired, desired), hasAccount }))
        (stays ? updateInPlace : update).run({
          id: row.id,
          run,
          kind,
          label,
          inScope: inScope ? 1 : 0,
          rule,
          intent,
          reason,
          reasonCode,
          problem: problem ?? null,
          desired,
          dueAt: dueAt ?? null,
          outside,
          recordDigest: said?.digest ?? null,
          seal: said?.seal ?? null,
        });
      else if (said !== undefined) setDigest.run(said.digest, said.seal ?? null, row.id);
      if (judgement.body !== undefined) {
        const wide = {
          id: row.id,
          body: JSON.stringify(judgement.body),
          onCreate: JSON.stringify(judgement.onCreate),
        };
        if (said === undefined) body.run(wide);
        else described.run({ ...wide, record: said.record });
        writeReferences(row.id, judgement.references);
      } else if (said !== undefined) setRecord.run(row.id, said.record);
      if (row.presence === "absent") restore.run(row.id);
      const moved = row.presence !== "present" || (row.in_scope === 1) !== inScope || row.intent !== intent;
      if (moved || row.kind !== kind) markMemberships({ ...row, kind });
    },
    absent(row: JudgedRow, evidence: string, judgement: Absence): void {
      const { intent, reason, reasonCode } = judgement;
      const desired = desiredDigest(row, judgement);
      const outside = judgement.isOutside ? 1 : 0;
      const dueAt = judgement.dueAt ?? null;
      const putOff = judgement.putOffUntil ?? null;
      const isSame = row.presence === "absent" && row.intent === intent && row.outside === outside;
      if (isSame && sameDigest(desired, row.desired)) {
        if (row.due_at !== dueAt || row.put_off !== putOff) due.run(dueAt, putOff, row.id);
        return;
      }
      depart(row, judgement);
      gone.run({ id: row.id, run, evidence, intent, reason, reasonCode, desired, dueAt, putOff, outside });
      markMemberships(row);
    },
  };
}
