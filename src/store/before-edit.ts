import type { Attributes } from "../scim/resource.ts";
import type { Evidence, SourceRecord } from "../sources/source.ts";
import type { Db } from "./database.ts";
import { type StoredRow, storedColumns } from "./judge-stored.ts";
import type { Intent, Judge, ReasonCode } from "./judgement.ts";
import { prepared } from "./prepared.ts";
import { standingOf } from "./write-judgement.ts";

/** What was wanted of a person or group before it was judged anew. */
export interface WantedBefore {
  readonly id: number;
  readonly intent: Intent;
  readonly reason: string;
  readonly reasonCode: ReasonCode | "";
  readonly problem: string | null;
  readonly outside: number;
  readonly body: Attributes;
  /** Their time had come, and until then the new configuration wanted of them what the old one did. */
  readonly isByTimeAlone: boolean;
}

type Was = Omit<WantedBefore, "body" | "isByTimeAlone"> & {
  readonly body: string | null;
  /** When their time came; null: it had not come when the edit was judged. */
  readonly dueAt: number | null;
};

/** Memberships that are wanted, or are not any more, since. */
export interface MembershipChanges {
  readonly added: number;
  readonly ended: number;
  readonly groups: number;
}

/**
 * Remembers what was wanted, of everything that is judged otherwise from now on. Only for a copy of a snapshot that nobody else uses: it is written
 * down by triggers, in tables of its own. Costs what changes.
 */
export class BeforeEdit {
  readonly #db: Db;

  constructor(db: Db, now: number) {
    this.#db = db;
    db.exec(tables);
    db.exec(triggers(now));
  }

  /** Everybody who is judged otherwise, in row order; the judge is that of the new configuration. */
  *objects(judge: Judge): Iterable<WantedBefore> {
    const next = prepared(
      this.#db,
      `select id, intent, reason, reason_code as reasonCode, problem, outside, body, due_at as dueAt from was where id > ? order by id limit 200`,
    );
    for (let after = 0; ; ) {
      const page = next.all(after) as Was[];
      for (const { dueAt, body, ...row } of page) {
        const isByTimeAlone = dueAt !== null && this.#wasWantedAt(row, judge, dueAt - 1);
        yield { ...row, isByTimeAlone, body: body === null ? {} : (JSON.parse(body) as Attributes) };
      }
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  /** Whether the new configuration would have wanted of them at a moment (ms since 1970 UTC) what the old one did. */
  #wasWantedAt(was: Omit<Was, "body" | "dueAt">, judge: Judge, at: number): boolean {
    const row = prepared(
      this.#db,
      `select ${storedColumns} from resource r left join wide w on w.id = r.id where r.id = ?`,
    ).get(was.id) as StoredRow | undefined;
    if (row === undefined) return true;
    const kind = row.kind === "group" ? "group" : "user";
    if (row.presence === "absent") {
      const evidence = (row.evidence ?? "not-visible") as Evidence;
      const { intent, isOutside } = judge.absent(kind, evidence, at, standingOf(row));
      return intent === was.intent && isOutside === (was.outside === 1);
    }
    if (row.record === null) return true;
    const record = JSON.parse(row.record) as SourceRecord;
    const { intent, isOutside, problem = null } = judge.present(kind, record, at, standingOf(row));
    return intent === was.intent && isOutside === (was.outside === 1) && problem === was.problem;
  }

  memberships(): MembershipChanges {
    return prepared(
      this.#db,
      `select coalesce(sum(is_now > desired), 0) as added, coalesce(sum(is_now < desired), 0) as ended,
           count(distinct grp) filter (where is_now <> desired) as groups
         from (select w.grp, w.desired, coalesce(m.desired, 0) as is_now
           from was_membership w left join membership m on m.grp = w.grp and m.usr = w.usr)`,
    ).get() as MembershipChanges;
  }

  /** Managers and the like that are others now. */
  references(): number {
    return prepared(
      this.#db,
      `select count(*) from was_reference w left join reference f on f.owner = w.owner and f.path = w.path where f.desired is not w.desired`,
    )
      .pluck()
      .get() as number;
  }
}

const tables = `
  create table was (
    id integer primary key, intent text not null, reason text not null, reason_code text not null, problem text, outside integer not null,
    due_at integer, body text
  ) strict;
  create table was_membership (grp integer not null, usr integer not null, desired integer not null, primary key (grp, usr)) strict, without rowid;
  create table was_reference (owner integer not null, path text not null, desired integer, primary key (owner, path)) strict, without rowid;`;

/** Of each the first old value counts. A row is written before its body is: the body is still the one of before. */
function triggers(now: number): string {
  return `
  create trigger was_judged after update of desired on resource
    when old.desired is not new.desired or old.problem is not new.problem or old.outside <> new.outside or old.intent <> new.intent begin
    insert into was values (old.id, old.intent, old.reason, old.reason_code, old.problem, old.outside,
      case when old.due_at <= ${Math.floor(now)} then old.due_at end, (select body from wide where id = old.id)) on conflict do nothing;
  end;
  create trigger was_no_member after insert on membership begin
    insert into was_membership values (new.grp, new.usr, 0) on conflict do nothing;
  end;
  create trigger was_member after update of desired on membership when old.desired <> new.desired begin
    insert into was_membership values (old.grp, old.usr, old.desired) on conflict do nothing;
  end;
  create trigger was_no_reference after insert on reference begin
    insert into was_reference values (new.owner, new.path, null) on conflict do nothing;
  end;
  create trigger was_referred after update of desired on reference when old.desired is not new.desired begin
    insert into was_reference values (old.owner, old.path, old.desired) on conflict do nothing;
  end;`;
}
