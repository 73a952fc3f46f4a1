import type { Change, Sealed } from "../sources/source.ts";
import { Bits } from "./bits.ts";
import type { Db } from "./database.ts";
import type { MemberLists } from "./member-lists.ts";
import { prepared } from "./prepared.ts";

/** So long a seal is believed. Then everything is taken apart once, and sealed anew where it comes otherwise by now. */
const believedMs = 30 * 86_400_000;
/** So many pages nothing is looked up ahead after it was in vain. */
const pause = 8;

type Ahead = readonly [row: number, sourceId: string, seal: string | null];

/**
 * How the objects of one read came. A row keeps the seal under which its record, and of a group its list of members, was written down; triggers take
 * it away when either changes by anything else. To be the same is worth a look at the row; to come otherwise without saying anything new is
 * worth no writing.
 */
export class Seals {
  readonly #db: Db;
  /** What was written down of how objects came may be relied on. */
  readonly isBelieved: boolean;
  readonly #find: ReturnType<typeof prepared>;
  readonly #behind: ReturnType<typeof prepared>;
  readonly #set: ReturnType<typeof prepared>;
  /** Groups whose list came in one piece so far. */
  readonly #whole = new Map<number, string>();
  /** Rows that were looked up with others, by source id. */
  #ahead = new Map<string, Ahead>();
  #hits = 0;
  #pause = 0;
  /** Rows of whose record or members this read has written something. */
  readonly #written = new Bits();
  #isUsed = false;

  constructor(db: Db, now: number) {
    this.#db = db;
    const at = prepared(db, "select value from meta where key = 'sealed_at'").pluck().get();
    // Nothing was sealed in times to come: then a clock was wrong.
    this.isBelieved = at !== undefined && Number(at) <= now && now - Number(at) < believedMs;
    this.#find = prepared(
      db,
      "select id from resource where source_id = ? and seal = ? and presence = 'present'",
    ).pluck();
    this.#behind = prepared(
      db,
      `select id, source_id, seal from resource where presence = 'present'
         and id between (select id from resource where source_id = :first) and (select id from resource where source_id = :first) + :most`,
    ).raw();
    this.#set = prepared(db, "update resource set seal = ? where id = ? and seal is not ?");
  }

  /**
   * Rows that are likely to be asked for: those that follow the row of the first. A directory mostly tells everybody in one order, and a walk along
   * the table costs a third of a look for each. Where it does not, that is noticed.
   */
  lookAhead(changes: readonly (Change | Sealed)[]): void {
    if (this.#hits * 2 < this.#ahead.size) this.#pause = pause;
    // Not cleared: a table that is cleared leads to the next one, and all of them would stay in memory until everything is collected.
    this.#ahead = new Map();
    this.#hits = 0;
    const [first] = changes;
    if (first?.type !== "sealed" || !this.isBelieved || this.#pause-- > 0) return;
    this.#pause = 0;
    for (const row of this.#behind.all({ first: first.id, most: changes.length }) as Ahead[])
      this.#ahead.set(row[1], row);
  }

  /** The row of which all is written down that an object under that seal says. */
  rowOf(sourceId: string, seal: string): number | undefined {
    this.#isUsed = true;
    const ahead = this.#ahead.get(sourceId);
    if (ahead?.[2] === seal && !this.#written.has(ahead[0])) {
      this.#hits += 1;
      return ahead[0];
    }
    return this.isBelieved ? (this.#find.get(sourceId, seal) as number | undefined) : undefined;
  }

  /** Somebody whose record was not written, because it is the same. */
  keep(row: number, seal: string): void {
    if (!this.isBelieved) this.#set.run(seal, row, seal);
  }

  /** All that a group's list holds came under that seal. */
  listed(group: number, seal: string): void {
    this.#whole.set(group, seal);
  }

  /** There is more to the list than what was sealed. */
  listedElsewhere(group: number): void {
    this.#whole.delete(group);
  }

  /** A record, or the members of a group, changed. */
  wrote(row: number): void {
    this.#written.add(row);
  }

  /** Seals the groups whose lists ended. Part of the finish transaction, after what was not listed is gone. */
  finish(ended: ReadonlySet<number>, lists: MemberLists, now: number): void {
    for (const group of ended) {
      const isWritten = this.#written.has(group);
      const whole = this.isBelieved && !isWritten ? undefined : this.#whole.get(group);
      const seal = this.#whole.has(group) ? whole : lists.sealOf(group, isWritten);
      if (seal !== undefined) this.#set.run(seal, group, seal);
    }
    if ((this.#isUsed || lists.isUsed) && !this.isBelieved)
      prepared(
        this.#db,
        "insert into meta (key, value) values ('sealed_at', ?) on conflict (key) do update set value = excluded.value",
      ).run(String(now));
  }
}
