import { type Access, accessOf } from "./access.ts";
import type { Db } from "./database.ts";
import { type Departure, departuresSince } from "./departures.ts";
import { type Word, wordsSince } from "./words.ts";

/** What auditors ask for, row by row: nothing is held in memory. While one is read, nothing is written. */
export class Reports {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Who left since then, slowest first. */
  leavers(since: number, now: number): Iterable<Departure> {
    return departuresSince(this.#db, since, now);
  }

  /** Who has an account, and which groups; with `since` only what began then or later. */
  access(since?: number): Iterable<Access> {
    return accessOf(this.#db, since);
  }

  /** What persons approved and decided since then; `goodForMs`: for so long a yes counts. */
  words(since: number, goodForMs: number): Iterable<Word> {
    return wordsSince(this.#db, since, goodForMs);
  }
}
