import { join } from "node:path";
import type { Clock } from "../clock.ts";
import type { SharedTimes } from "../targets/target.ts";
import { type Db, openDatabase } from "./database.ts";
import { prepared } from "./prepared.ts";

/**
 * Times that all connections to one target share, also those of other processes, in the file of its claims. A connection of its own, opened
 * when first used: in WAL mode `synchronous=NORMAL` writes without waiting for the disk and cannot damage the file
 * (https://sqlite.org/pragma.html#pragma_synchronous); a power cut may take the last of these times along, a claim never.
 */
export class TargetTimes implements SharedTimes {
  readonly #file: string;
  readonly #clock: Clock;
  #opened: Db | undefined;

  constructor(stateFolder: string, target: string, clock: Clock) {
    this.#file = join(stateFolder, "targets", `${target}.db`);
    this.#clock = clock;
  }

  close(): void {
    this.#opened?.close();
  }

  /** A clock that was set back since takes the time along: what was left of a wait then is left of it now. */
  read(name: string): number {
    const { time, at } = this.#row(name);
    if (at <= this.#clock.now()) return time;
    let moved = time;
    this.change([name], (known) => {
      moved = known[0] ?? 0;
      return known;
    });
    return moved;
  }

  change(names: readonly string[], work: (known: readonly number[], now: number) => readonly number[]): void {
    const set = prepared(
      this.#db,
      "insert into shared_time (name, time, at) values (?, ?, ?) on conflict (name) do update set time = excluded.time, at = excluded.at",
    );
    this.#db
      .transaction(() => {
        // Asked for inside: whoever waited for another must not take its writing for the work of a clock that was set back.
        const now = this.#clock.now();
        const known = names.map((name) => {
          const { time, at } = this.#row(name);
          return time - Math.max(0, at - now);
        });
        for (const [index, time] of work(known, now).entries()) set.run(names[index], time, now);
      })
      .immediate();
  }

  #row(name: string): { readonly time: number; readonly at: number } {
    const row = prepared(this.#db, "select time, at from shared_time where name = ?").get(name);
    return (row as { time: number; at: number } | undefined) ?? { time: 0, at: 0 };
  }

  get #db(): Db {
    if (this.#opened === undefined) {
      this.#opened = openDatabase(this.#file, "target", { create: true });
      this.#opened.pragma("synchronous = NORMAL");
    }
    return this.#opened;
  }
}
