import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** A person's word that nothing more is written. */
export interface Pause {
  /** ms since 1970 UTC. */
  readonly since: number;
  readonly actor: string;
  readonly reason: string;
}

/**
 * Whether the connection is paused. Written without the connection's lock, so that it can be said while a cycle runs; the cycle asks before each
 * window of calls.
 */
export class Pauses {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  current(): Pause | undefined {
    return prepared(this.#db, "select since, actor, reason from pause where only = 1").get() as
      | Pause
      | undefined;
  }

  /** Call inside a transaction. A connection that is paused already stays so as it is: then false. */
  begin(pause: Pause): boolean {
    return (
      this.#db
        .prepare(
          "insert or ignore into pause (only, since, actor, reason) values (1, :since, :actor, :reason)",
        )
        .run(pause).changes > 0
    );
  }

  /** Call inside a transaction. False when it was not paused. */
  end(): boolean {
    return this.#db.prepare("delete from pause").run().changes > 0;
  }
}
