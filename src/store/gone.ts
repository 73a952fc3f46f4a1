import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** People who are gone from the directory and whose account is off: their period of grace runs. */
export class Gone {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** How many of them are deleted when their time has come, and when the first is, ms since 1970 UTC; undefined where nobody is. */
  next(): { readonly people: number; readonly firstAt: number } | undefined {
    const { people, firstAt } = this.#db
      .prepare(
        "select count(due_at) as people, min(due_at) as firstAt from resource where gone_off is not null",
      )
      .get() as { people: number; firstAt: number | null };
    return firstAt === null ? undefined : { people, firstAt };
  }

  /**
   * The clock went back: what it said before is not believed, and everybody's time is worked out anew. A time that was put off stands, unless it
   * lies further ahead than `latest`.
   */
  mendClock(at: number, latest: number): void {
    prepared(
      this.#db,
      `update resource set gone_off = min(gone_off, :at), due_at = :at, put_off = case when put_off <= :latest then put_off end
       where gone_off is not null`,
    ).run({ at, latest });
  }
}
