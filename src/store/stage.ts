import type { Kind } from "../scim/resource.ts";
import type { Change, Sealed, SourceRecord } from "../sources/source.ts";
import { Bits } from "./bits.ts";
import type { Db } from "./database.ts";
import { Edits } from "./edits.ts";
import type { Judge } from "./judgement.ts";
import { MemberLists } from "./member-lists.ts";
import { noticeLeaving } from "./notice-leaving.ts";
import { recordDigest } from "./record-digest.ts";
import { Seals } from "./seals.ts";
import { stageStatements } from "./stage-statements.ts";
import { presentWithout, type Unseen } from "./unseen.ts";
import { type JudgedRow, judgementWriter, standingOf } from "./write-judgement.ts";

/** Somebody whom a whole read did not name. */
type MembersMode = (Change & { readonly type: "members" })["mode"];

/** One read of the source as it arrives: a page is one transaction, and a page that says nothing new writes nothing. */
export class Stage {
  readonly #db: Db;
  readonly #judge: Judge;
  readonly #now: number;
  readonly #judgeUnchanged: boolean;
  readonly #write: ReturnType<typeof judgementWriter>;
  readonly #statements: ReturnType<typeof stageStatements>;
  readonly #edits: Edits;
  readonly #seals: Seals;
  readonly #lists: MemberLists;
  /** Rows that a page spoke of. */
  readonly #seen = new Bits();
  /** Those of them that are there. */
  readonly #told = new Bits();
  /** Of groups whose list has begun: members that we hold and that it has not named yet. */
  readonly #unlisted = new Map<number, Set<number>>();
  readonly #closed = new Set<number>();
  readonly #fragments = new Map<string, Kind>();
  /** What the pages said, for the report. */
  readonly counts = { users: 0, groups: 0, changed: 0, absent: 0 };

  constructor(db: Db, run: number, judge: Judge, now: number, judgeUnchanged: boolean) {
    this.#judgeUnchanged = judgeUnchanged;
    this.#db = db;
    this.#edits = new Edits(db);
    this.#seals = new Seals(db, now);
    this.#lists = new MemberLists(db, this.#seals.isBelieved);
    this.#judge = judge;
    this.#now = now;
    this.#write = judgementWriter(db, run);
    this.#statements = stageStatements(db);
  }

  /** Writes what a page positively says. Whatever follows from absence waits for the finish. */
  page(changes: readonly (Change | Sealed)[]): void {
    this.#db
      .transaction(() => {
        this.#seals.lookAhead(changes);
        for (const change of changes) this.#apply(change);
      })
      .immediate();
  }

  /** Changes of objects that we hold no record of: they have to be read whole. */
  get fragments(): ReadonlyMap<string, Kind> {
    return this.#fragments;
  }

  /** People and groups that we hold as present and that no page of this read named. */
  unseen(): readonly Unseen[] {
    return presentWithout(this.#db, this.#seen);
  }

  /** A page of this read spoke of that row. */
  hasSeen(row: number): boolean {
    return this.#seen.has(row);
  }

  /** Drops the memberships that a group's complete list no longer named. Part of the finish transaction. */
  dropUnlisted(): number {
    for (const group of this.#lists.waiting) this.#takeWaiting(group);
    let dropped = 0;
    for (const group of this.#closed) {
      for (const member of this.#unlisted.get(group) ?? nobody) {
        if (this.#statements.dropEdge.run(group, member, 0).changes === 0) continue;
        this.#moved(group, member);
        dropped += 1;
      }
    }
    return dropped;
  }

  /** Keeps how groups came. Part of the finish transaction of a read of everybody. */
  seal(): void {
    this.#seals.finish(this.#closed, this.#lists, this.#now);
  }

  #apply(change: Change | Sealed): void {
    if (change.type === "sealed") this.#sealed(change);
    else if (change.type === "members") this.#members(change);
    else if (change.type === "absent") this.#absent(change);
    else if (change.type === "changed") this.#changed(change, change.set, change.cleared);
    else this.#present(change);
  }

  #changed(
    { kind, id, memberOf }: Exclude<Change, { readonly type: "absent" | "members" }>,
    set: SourceRecord,
    cleared: readonly string[],
  ): void {
    const stored = this.#statements.record.get(id) as { record: string; groups: string | null } | undefined;
    if (stored === undefined) {
      this.#fragments.set(id, kind);
      return;
    }
    const record = { ...(JSON.parse(stored.record) as Record<string, unknown>), ...set } as Record<
      string,
      never
    >;
    for (const name of cleared) delete record[name];
    const declared = memberOf ?? (this.#statements.declared.all(id) as string[]);
    this.#present({ type: "present", kind, id, record, memberOf: declared });
  }

  #sealed(sealed: Sealed): void {
    const { kind, id: sourceId, seal } = sealed;
    const row = this.#seals.rowOf(sourceId, seal);
    if (row !== undefined) {
      // All members of a group that we hold are listed.
      if (kind === "group") {
        this.#unlisted.set(row, nobody);
        this.#seals.listedElsewhere(row);
      }
      this.#tell(kind, sourceId, row);
      return;
    }
    const isFirst = !this.#wasTold(sourceId);
    for (const change of sealed.open()) {
      if (change.type === "present") this.#present(change, seal);
      else this.#apply(change);
    }
    if (kind !== "group") return;
    const group = this.#write.intern(sourceId);
    if (isFirst) this.#seals.listed(group, seal);
    else this.#seals.listedElsewhere(group);
  }

  #present(change: Change & { readonly type: "present" }, seal?: string): void {
    const { kind, id: sourceId, record, cleared, memberOf = [] } = change;
    const digest = recordDigest(kind, record, memberOf);
    // Most often nothing is new: one look, at the narrow row alone, says so.
    const same = this.#statements.same.get(sourceId, digest) as number | undefined;
    if (same === undefined && cleared !== undefined && this.#wasTold(sourceId)) {
      this.#changed(change, record, cleared);
      return;
    }
    const id = same ?? this.#write.intern(sourceId);
    this.#tell(kind, sourceId, id);
    // A group is sealed when its list has ended.
    const ownSeal = kind === "user" ? seal : undefined;
    if (same === undefined || this.#judgeUnchanged) this.#writeRecord(change, id, digest, ownSeal);
    else if (ownSeal !== undefined) this.#seals.keep(id, ownSeal);
  }

  #tell(kind: Kind, sourceId: string, row: number): void {
    if (this.#fragments.size > 0) this.#fragments.delete(sourceId);
    if (!this.#told.has(row)) this.counts[kind === "user" ? "users" : "groups"] += 1;
    this.#told.add(row);
    this.#seen.add(row);
  }

  /** This read has told of that object already, and it is there. */
  #wasTold(sourceId: string): boolean {
    const id = this.#statements.idOf.get(sourceId) as number | undefined;
    return id !== undefined && this.#told.has(id);
  }

  #writeRecord(
    change: Change & { readonly type: "present" },
    id: number,
    digest: Buffer,
    seal: string | undefined,
  ): void {
    const { kind, record, memberOf = [] } = change;
    this.#seals.wrote(id);
    this.counts.changed += 1;
    const row = this.#statements.judged.get(id) as JudgedRow;
    const known = this.#statements.record.get(change.id) as { record: string } | undefined;
    if (known !== undefined) {
      const before = { record: JSON.parse(known.record) as SourceRecord, at: this.#now };
      noticeLeaving(this.#edits, this.#judge, row, before, { record, at: this.#now });
    }
    const said = { record: JSON.stringify(record), digest, seal };
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
    const isGone = change.evidence === "tombstone" || change.evidence === "not-found";
    // Who was listed before and who is listed behind it are not the same.
    if (isGone) for (const group of this.#lists.waiting) this.#takeWaiting(group);
    const row = this.#statements.judgedBySource.get(change.id) as JudgedRow | undefined;
    if (row === undefined) return;
    this.#told.delete(row.id);
    this.#seals.wrote(row.id);
    this.#seals.listedElsewhere(row.id);
    if (isGone) {
      // A directory does not say that a deleted person left their groups or is nobody's manager any more: they drop out here.
      this.#statements.dropReferences.run(row.id);
      for (const edge of this.#statements.edgesOf.all(row.id, row.id) as {
        grp: number;
        member: number;
        declared: number;
      }[]) {
        this.#statements.dropEdge.run(edge.grp, edge.member, edge.declared);
        this.#moved(edge.grp, edge.member);
        this.#seals.listedElsewhere(edge.grp);
        this.#lists.spoil(edge.grp);
        // Whoever comes back and is listed later in this read is a new member.
        if (edge.declared === 0) this.#unlisted.get(edge.grp)?.delete(edge.member);
      }
    }
    if (row.presence === "unknown") return;
    if (row.presence === "present") this.#edits.set(row.id, { paths: [] });
    if (row.presence === "present") this.counts.absent += 1;
    this.#seen.add(row.id);
    const { kind, evidence } = change;
    this.#write.absent(row, evidence, this.#judge.absent(kind, evidence, this.#now, standingOf(row)));
  }

  #members({ group: sourceId, mode, ids, last }: Change & { readonly type: "members" }): void {
    const group = this.#write.intern(sourceId);
    if (ids.length > 0) this.#seals.listedElsewhere(group);
    if (mode === "listed") {
      if (last) this.#closed.add(group);
      const how = this.#lists.listed(group, ids, { last, isBegun: this.#unlisted.has(group) });
      if (how === "same") this.#unlisted.set(group, nobody);
      if (how !== "taken") return;
    } else this.#lists.spoil(group);
    this.#takeWaiting(group);
    this.#take(group, mode, ids);
  }

  /** Members that were named before it was clear that the group's list is another than it was. */
  #takeWaiting(group: number): void {
    const ids = this.#lists.waited(group);
    if (ids.length > 0) this.#take(group, "listed", ids);
  }

  #take(group: number, mode: MembersMode, ids: readonly string[]): void {
    const unlisted = mode === "listed" ? this.#beginList(group) : (this.#unlisted.get(group) ?? nobody);
    const statement = mode === "remove" ? this.#statements.dropEdge : this.#statements.addEdge;
    const moved: number[] = [];
    for (const id of ids) {
      const member = this.#write.intern(id);
      // Who is listed and was a member before: nothing to write.
      if (unlisted.delete(member) && mode !== "remove") continue;
      if (statement.run(group, member, 0).changes > 0) moved.push(member);
    }
    // Where most of a list is new, the group is computed as a whole.
    if (moved.length > 0) this.#seals.wrote(group);
    if (mode === "listed" && moved.length > ids.length / 4) this.#statements.dirty.run(group);
    else for (const member of moved) this.#moved(group, member);
    // Most groups are as they were: then there is nothing to remember.
    if (unlisted.size === 0 && mode === "listed") this.#unlisted.set(group, nobody);
  }

  /** A membership came or went: a person's own are computed again, of anything else the whole group. */
  #moved(group: number, member: number): void {
    this.#seals.wrote(group);
    if (this.#statements.dirtyPerson.run(member).changes > 0) return;
    if (this.#statements.isPerson.get(member) === undefined) this.#statements.dirty.run(group);
  }

  /** What is left of the members at the end of the list is none any more. */
  #beginList(group: number): Set<number> {
    let unlisted = this.#unlisted.get(group);
    if (unlisted === undefined) {
      unlisted = new Set(this.#statements.listedEdges.all(group) as number[]);
      this.#unlisted.set(group, unlisted);
    }
    return unlisted;
  }
}

/** Nothing is ever added to it. */
const nobody = new Set<number>();
