import type { Kind } from "../scim/resource.ts";
import type { Db } from "./database.ts";
import { digest } from "./digest.ts";
import { prepared } from "./prepared.ts";

/** Somebody who is about to get an account or group. */
export interface Newcomer {
  readonly kind: Kind;
  /** Attribute -> value by which another connection may know the same one. */
  readonly names: Readonly<Record<string, string>>;
  /** When the target was last asked for these, and had nobody. */
  readonly lookedAt: number;
}

/** An announcement that never ended is of a process that died; what became of it shows within this, in ms. */
const livesForMs = 3_600_000;

/**
 * What the connections to one target are about to create. Not every service refuses a second account or group of the same name, and two that
 * look at the same time both find nobody: who looked before the other's call was answered has to look again.
 */
export class Announcements {
  readonly #db: Db;
  readonly #connection: string;

  constructor(db: Db, connection: string) {
    this.#db = db;
    this.#connection = connection;
  }

  /** Announces all of them in one commit, except those that another connection announced first: these come back. */
  make<T extends Newcomer>(at: number, newcomers: readonly T[]): readonly T[] {
    const other = prepared(
      this.#db,
      `select 1 from announcement where name = :name and connection <> :connection and at between :oldest and :at
         and (ended_at is null or ended_at >= :lookedAt)`,
    );
    const announce = prepared(
      this.#db,
      `insert into announcement (name, connection, at) values (:name, :connection, :at)
         on conflict (name, connection) do update set at = excluded.at, ended_at = null`,
    );
    const mine = { connection: this.#connection, at };
    return this.#db
      .transaction(() =>
        newcomers.filter(({ kind, names, lookedAt }) => {
          const all = Object.entries(names).map(([path, value]) => named(kind, path, value));
          const oldest = at - livesForMs;
          if (all.some((name) => other.get({ ...mine, name, oldest, lookedAt }) !== undefined)) return true;
          for (const name of all) announce.run({ ...mine, name });
          return false;
        }),
      )
      .immediate();
  }

  /** True while another connection creates it: it is there perhaps, and claimed by nobody yet. */
  isUnderWay(at: number, kind: Kind, path: string, value: string): boolean {
    return (
      prepared(
        this.#db,
        "select 1 from announcement where name = ? and connection <> ? and at between ? and ? and ended_at is null",
      ).get(named(kind, path, value), this.#connection, at - livesForMs, at) !== undefined
    );
  }

  /** Their calls were answered: what they made can be found from now on. */
  end(at: number): void {
    prepared(this.#db, "update announcement set ended_at = ? where connection = ? and ended_at is null").run(
      at,
      this.#connection,
    );
  }

  /** Drops what is of no use to anybody any more. */
  forget(now: number): void {
    prepared(this.#db, "delete from announcement where at not between ? and ?").run(now - livesForMs, now);
  }
}

function named(kind: Kind, path: string, value: string): Buffer {
  return digest([kind, path, value.toLowerCase()]);
}
