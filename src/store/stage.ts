import type { Kind } from "../scim/resource.ts";
import type { Change, SourceRecord } from "../sources/source.ts";
import { Bits } from "./bits.ts";
import type { Db } from "./database.ts";
import { digest, sameDigest } from "./digest.ts";
import { Edits } from "./edits.ts";
import type { Judge } from "./judgement.ts";
import { unfailed } from "./next-try.ts";
import { noticeLeaving } from "./notice-leaving.ts";
import { prepared } from "./prepared.ts";
import { type JudgedRow, judgedColumns, judgementWriter, standingOf } from "./write-judgement.ts";

/** Somebody whom a whole read did not name. */
interface Unseen {
  readonly kind: Kind;
  readonly sourceId: string;
  /** When the account at the target became theirs, ms since 1970; null without one. */
  readonly linkedAt: number | null;
}

/** One read of the source as it arrives: a page is one transaction, and a page that says nothing new writes nothing. */
export class Stage {
  readonly #db: Db;
  readonly #judge: Judge;
  readonly #now: number;
  readonly #judgeUnchanged: boolean;
  readonly #write: ReturnType<typeof judgementWriter>;
  readonly #statements: ReturnType<typeof statements>;
  readonly #edits: Edits;
  readonly #seen = new Bits();
  readonly #listed = new Map<number, number[]>();
  readonly #closed = new Set<number>();
  readonly #fragments = new Map<string, Kind>();
  /** What the pages said, for the report. */
  readonly counts = { users: 0, groups: 0, changed: 0, absent: 0, memberships: 0 };

  constructor(db: Db, run: number, judge: Judge, now: number, judgeUnchanged: boolean) {
    this.#judgeUnchanged = judgeUnchanged;
    this.#db = db;
    this.#edits = new Edits(db);
    this.#judge = judge;
    this.#now = now;
    this.#write = judgementWriter(db, run);
    this.#statements = statements(db);
  }

  /** Writes what a page positively says. Whatever follows from absence waits for the finish. */
  page(changes: readonly Change[]): void {
    this.#db
      .transaction(() => {
        for (const change of changes) this.#apply(change);
      })
      .immediate();
  }

  /** Changes of objects that we hold no record of: they have to be read whole. */
  get fragments(): ReadonlyMap<string, Kind> {
    return this.#fragments;
  }

  /** People and groups that we hold as present and that no page of this read named. */
  *unseen(): Iterable<Unseen> {
    const rows = prepared(
      this.#db,
      "select id, kind, source_id as sourceId, linked_at as linkedAt from resource where presence = 'present' and id > ? order by id limit 1000",
    );
    for (let after = 0; ; ) {
      const page = rows.all(after) as (Unseen & { readonly id: number })[];
      for (const row of page) if (!this.#seen.has(row.id)) yield row;
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.id;
    }
  }

  /** A page of this read spoke of that row. */
  hasSeen(row: number): boolean {
    return this.#seen.has(row);
  }

  /** Drops the memberships that a group's complete list no longer named. Part of the finish transaction. */
  dropUnlisted(): number {
    let dropped = 0;
    for (const group of this.#closed) {
      const listed = new Set(this.#listed.get(group));
      const stored = this.#statements.listedEdges.all(group) as number[];
      const gone = stored.filter((member) => !listed.has(member));
      for (const member of gone) {
        this.#statements.dropEdge.run(group, member, 0);
        this.#moved(group, member);
      }
      dropped += gone.length;
    }
    return dropped;
  }

  #apply(change: Change): void {
    if (change.type === "members") this.#members(change);
    else if (change.type === "absent") this.#absent(change);
    else if (change.type === "present") this.#present(change.kind, change.id, change.record, change.memberOf);
    else this.#changed(change);
  }

  #changed(change: Change & { readonly type: "changed" }): void {
    const stored = this.#statements.record.get(change.id) as
      | { record: string; groups: string | null }
      | undefined;
    if (stored === undefined) {
      this.#fragments.set(change.id, change.kind);
      return;
    }
    const record = { ...(JSON.parse(stored.record) as Record<string, unknown>), ...change.set } as Record<
      string,
      never
    >;
    for (const name of change.cleared) delete record[name];
    const declared = change.memberOf ?? (this.#statements.declared.all(change.id) as string[]);
    this.#present(change.kind, change.id, record, declared);
  }

  #present(kind: Kind, sourceId: string, record: SourceRecord, memberOf: readonly string[] = []): void {
    this.#fragments.delete(sourceId);
    this.counts[kind === "user" ? "users" : "groups"] += 1;
    const id = this.#write.intern(sourceId);
    this.#seen.add(id);
    const row = this.#statements.judged.get(id) as JudgedRow & { record_digest: Buffer | null };
    const recordDigest = digest([kind, ordered(record), memberOf]);
    const same = row.presence === "present" && sameDigest(row.record_digest, recordDigest);
    if (same && !this.#judgeUnchanged) return;
    this.counts.changed += 1;
    const known = this.#statements.record.get(sourceId) as { record: string } | undefined;
    if (known !== undefined) {
      const before = { record: JSON.parse(known.record) as SourceRecord, at: this.#now };
      noticeLeaving(this.#edits, this.#judge, row, before, { record, at: this.#now });
    }
    const said = { record: JSON.stringify(record), digest: recordDigest };
    this.#write.present(row, kind, this.#judge.present(kind, record, this.#now, standingOf(row)), said);
    this.#declare(id, memberOf);
  }

  #declare(member: number, groups: readonly string[]): void {
    const wanted = new Set(groups.map((group) => this.#write.intern(group)));
    for (const group of this.#statements.declaredRows.all(member) as number[]) {
      if (wanted.delete(group)) continue;
      this.#statements.dropEdge.run(group, member, 1);
      this.#moved(group, member);
    }
    for (const group of wanted) {
      this.#statements.addEdge.run(group, member, 1);
      this.#moved(group, member);
    }
  }

  #absent(change: Change & { readonly type: "absent" }): void {
    this.#fragments.delete(change.id);
    const row = this.#statements.judgedBySource.get(change.id) as JudgedRow | undefined;
    if (row === undefined) return;
    if (change.evidence === "tombstone" || change.evidence === "not-found") {
      // A directory does not say that a deleted person left their groups or is nobody's manager any more: they drop out here.
      this.#statements.dropReferences.run(row.id);
      for (const edge of this.#statements.edgesOf.all(row.id, row.id) as {
        grp: number;
        member: number;
        declared: number;
      }[]) {
        this.#statements.dropEdge.run(edge.grp, edge.member, edge.declared);
        this.#moved(edge.grp, edge.member);
      }
    }
    if (row.presence === "unknown") return;
    if (row.presence === "present") this.#edits.set(row.id, { paths: [] });
    if (row.presence === "present") this.counts.absent += 1;
    this.#seen.add(row.id);
    const { kind, evidence } = change;
    this.#write.absent(row, evidence, this.#judge.absent(kind, evidence, this.#now, standingOf(row)));
  }

  #members(change: Change & { readonly type: "members" }): void {
    const group = this.#write.intern(change.group);
    const members = change.ids.map((id) => this.#write.intern(id));
    this.counts.memberships += members.length;
    const statement = change.mode === "remove" ? this.#statements.dropEdge : this.#statements.addEdge;
    const moved = members.filter((member) => statement.run(group, member, 0).changes > 0);
    // Where most of a list is new, the group is computed as a whole.
    if (change.mode === "listed" && moved.length > members.length / 4) this.#statements.dirty.run(group);
    else for (const member of moved) this.#moved(group, member);
    this.#note(group, change.mode, members);
    if (change.mode === "listed" && change.last) this.#closed.add(group);
  }

  /** A membership came or went: a person's own are computed again, of anything else the whole group. */
  #moved(group: number, member: number): void {
    if (this.#statements.dirtyPerson.run(member).changes > 0) return;
    if (this.#statements.isPerson.get(member) === undefined) this.#statements.dirty.run(group);
  }

  /** What was listed so far, with what came and went since: only what is in neither goes at the end. */
  #note(group: number, mode: "listed" | "add" | "remove", members: readonly number[]): void {
    const listed = this.#listed.get(group);
    if (mode === "remove") {
      const gone = new Set(members);
      if (listed !== undefined)
        this.#listed.set(
          group,
          listed.filter((each) => !gone.has(each)),
        );
    } else if (listed !== undefined) for (const member of members) listed.push(member);
    else if (mode === "listed") this.#listed.set(group, [...members]);
  }
}

/** The same attributes in one order: a record that was put together from changes equals one that was read whole. */
function ordered(record: SourceRecord): SourceRecord {
  const names = Object.keys(record);
  if (names.every((name, at) => at === 0 || (names[at - 1] ?? "") < name)) return record;
  return Object.fromEntries(names.sort().map((name) => [name, record[name] ?? null]));
}

function statements(db: Db) {
  return {
    judged: prepared(db, `select ${judgedColumns}, record_digest from resource where id = ?`),
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
