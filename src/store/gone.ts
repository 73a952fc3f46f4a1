import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** People who are gone from the directory and whose account is off: their period of grace runs. */
export class Gone {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** How many there are, and since when the first of them is off, ms since 1970 UTC. */
  counts(): { readonly people: number; readonly oldest: number | null } {
    return prepared(
      this.#db,
      "select count(*) as people, min(gone_off) as oldest from resource where gone_off is not null",
    ).get() as { people: number; oldest: number | null };
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
