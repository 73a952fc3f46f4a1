import { approvalOf } from "./approval.ts";
import type { Db } from "./database.ts";
import type { Guarded, HoldClass } from "./holds.ts";
import { prepared } from "./prepared.ts";

/** The guards' rolling window: what was applied of each class, and when, as far as nobody approved it. */
export class Window {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /**
   * A change that was applied, of these classes, which took `members` memberships along: what a person approved does not count. Returns the classes
   * that it is to be counted toward.
   */
  countDone(
    at: number,
    change: Guarded & { readonly mayBeApproved: boolean },
    classes: readonly HoldClass[],
    members: number,
  ): readonly HoldClass[] {
    const isApproved = (name: HoldClass) =>
      change.mayBeApproved && approvalOf(this.#db, change, name, at) !== undefined;
    if (classes.length === 0 || isApproved("configuration")) return [];
    if (!isApproved("member-removals")) this.#countRemoved(at, change.id, members);
    return classes.filter((name) => !isApproved(name));
  }

  /** How many changes of each class were applied. */
  count(at: number, changes: ReadonlyMap<HoldClass, number>): void {
    const insert = prepared(this.#db, "insert into applied_change (at, class, n) values (?, ?, ?)");
    for (const [name, n] of changes) insert.run(at, name, n);
  }

  /** How many changes of a class were applied since, without somebody's approval: the guards' rolling window. */
  appliedSince(holdClass: HoldClass, since: number): number {
    return prepared(this.#db, "select coalesce(sum(n), 0) from applied_change where class = ? and at > ?")
      .pluck()
      .get(holdClass, since) as number;
  }

  /** How many members one group lost since, without somebody's approval. */
  removedSince(group: number, since: number): number {
    return prepared(
      this.#db,
      "select coalesce(sum(n), 0) from applied_change where grp = +? and grp <> 0 and class = 'member-removals' and at > ?",
    )
      .pluck()
      .get(group, since) as number;
  }

  /** Memberships that came and went: those that a person approved use up that approval, the other removals count toward the window. */
  countMembers(
    at: number,
    group: number,
    { removed, added }: { readonly removed: readonly number[]; readonly added: readonly number[] },
  ): void {
    const used = prepared(
      this.#db,
      "delete from approval where resource = ? and grp = ? and class in ('member-removals', 'configuration') returning expires_at",
    ).pluck();
    // A yes that had expired let nothing through: what went was few enough to go without one.
    const n = removed.filter(
      (user) => !(used.all(user, group) as number[]).some((until) => until > at),
    ).length;
    this.#countRemoved(at, group, n);
    const joined = prepared(
      this.#db,
      "delete from approval where resource = ? and grp = ? and class = 'privileged-additions'",
    );
    for (const user of added) joined.run(user, group);
  }

  /** Class by class, through the index: what stays costs nothing, as many as it may be on the day after a first sync. */
  forgetBefore(at: number): void {
    const next = prepared(this.#db, "select min(class) from applied_change where class > ?").pluck();
    const drop = prepared(this.#db, "delete from applied_change where class = ? and at < ?");
    for (let name = next.get(""); typeof name === "string"; name = next.get(name)) drop.run(name, at);
  }

  #countRemoved(at: number, group: number, n: number): void {
    if (n === 0) return;
    prepared(
      this.#db,
      "insert into applied_change (at, class, n, grp) values (?, 'member-removals', ?, ?)",
    ).run(at, n, group);
  }
}
