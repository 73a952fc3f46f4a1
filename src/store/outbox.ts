import { join } from "node:path";
import { type Db, openDatabase } from "./database.ts";
import { prepared } from "./prepared.ts";

/** Something to be told, as it is kept: what it says stands in `body`. */
export interface Outgoing {
  readonly id: string;
  readonly channel: string;
  readonly at: number;
  readonly attempts: number;
  readonly nextAt: number;
  readonly body: string;
}

/** How it goes with one channel. */
export interface ChannelState {
  readonly name: string;
  readonly waiting: number;
  /** When the oldest that waits came about. */
  readonly oldest: number | null;
  readonly deliveredAt: number | null;
  /** Since when nothing gets through; null when the last attempt did. */
  readonly failedAt: number | null;
  readonly problem: string | null;
  /** Given up: not delivered for days, or refused again and again. */
  readonly dropped: number;
}

/**
 * What persons were told and what is still to be delivered, in a file of its own: a notice and the memory that it was said are written in one
 * commit, and a delivery is forgotten when it was taken. So nothing is lost by a crash, and at most said twice.
 */
export class Outbox {
  readonly #db: Db;

  private constructor(db: Db) {
    this.#db = db;
  }

  static open(stateFolder: string, options: { readonly create: boolean }): Outbox {
    return new Outbox(openDatabase(join(stateFolder, "notices", "outbox.db"), "notices", options));
  }

  close(): void {
    this.#db.close();
  }

  /** Subject -> what was said last, of the subjects that begin so. */
  told(prefix: string): ReadonlyMap<string, string> {
    const rows = prepared(
      this.#db,
      "select subject, value from told where subject >= ? and subject < ? || char(1114111)",
    ).all(prefix, prefix) as { readonly subject: string; readonly value: string }[];
    return new Map(rows.map(({ subject, value }) => [subject, value]));
  }

  /** Writes down what is said from now on, and what of it is to be delivered by which channels. A value of undefined forgets the subject. */
  say(
    at: number,
    said: ReadonlyMap<string, string | undefined>,
    notices: readonly { readonly id: string; readonly body: string; readonly channels: readonly string[] }[],
  ): void {
    this.#db
      .transaction(() => {
        for (const [subject, value] of said) this.#remember(subject, value, at);
        for (const { id, body, channels } of notices) {
          if (channels.length === 0) continue;
          prepared(this.#db, "insert into notice (id, at, body) values (?, ?, ?)").run(id, at, body);
          for (const channel of channels)
            prepared(this.#db, "insert into delivery (notice, channel, at, next_at) values (?, ?, ?, ?)").run(
              id,
              channel,
              at,
              at,
            );
        }
      })
      .immediate();
  }

  /** The oldest for a channel, or the one that comes after another: in order, so that nobody hears of a release before the quarantine. */
  next(channel: string, after?: Pick<Outgoing, "id" | "at">): Outgoing | undefined {
    return prepared(
      this.#db,
      `select d.notice as id, d.channel, d.at, d.attempts, d.next_at as nextAt, n.body
       from delivery d join notice n on n.id = d.notice
       where d.channel = :channel and (d.at, d.notice) > (:at, :id) order by d.at, d.notice limit 1`,
    ).get({ channel, at: after?.at ?? Number.MIN_SAFE_INTEGER, id: after?.id ?? "" }) as Outgoing | undefined;
  }

  delivered({ id, channel }: Pick<Outgoing, "id" | "channel">, at: number): void {
    this.#db
      .transaction(() => {
        this.#end(id, channel);
        prepared(
          this.#db,
          `insert into channel (name, delivered_at) values (:channel, :at)
           on conflict (name) do update set delivered_at = excluded.delivered_at, failed_at = null, problem = null`,
        ).run({ channel, at });
      })
      .immediate();
  }

  /** It was not taken: tried again at `nextAt`, or given up when that is undefined. */
  failed(
    { id, channel }: Pick<Outgoing, "id" | "channel">,
    failure: { readonly at: number; readonly problem: string; readonly nextAt: number | undefined },
  ): void {
    const { at, problem, nextAt } = failure;
    this.#db
      .transaction(() => {
        if (nextAt === undefined) this.#end(id, channel);
        else
          prepared(
            this.#db,
            "update delivery set attempts = attempts + 1, next_at = ? where notice = ? and channel = ?",
          ).run(nextAt, id, channel);
        prepared(
          this.#db,
          `insert into channel (name, failed_at, problem, dropped) values (:channel, :at, :problem, :dropped)
           on conflict (name) do update set failed_at = coalesce(failed_at, excluded.failed_at), problem = excluded.problem,
             dropped = dropped + excluded.dropped`,
        ).run({ channel, at, problem, dropped: nextAt === undefined ? 1 : 0 });
      })
      .immediate();
  }

  /** What was meant for channels that are configured no more goes. */
  keepOnly(channels: readonly string[]): void {
    this.#db
      .transaction(() => {
        const known = prepared(
          this.#db,
          "select distinct channel from delivery union select name from channel",
        )
          .pluck()
          .all() as string[];
        for (const channel of known.filter((each) => !channels.includes(each))) {
          prepared(this.#db, "delete from delivery where channel = ?").run(channel);
          prepared(this.#db, "delete from channel where name = ?").run(channel);
        }
        prepared(
          this.#db,
          "delete from notice where not exists (select 1 from delivery d where d.notice = notice.id)",
        ).run();
      })
      .immediate();
  }

  states(channels: readonly string[]): readonly ChannelState[] {
    return channels.map((name) => {
      const waiting = prepared(
        this.#db,
        "select count(*) as waiting, min(at) as oldest from delivery where channel = ?",
      ).get(name) as { readonly waiting: number; readonly oldest: number | null };
      const known = prepared(
        this.#db,
        "select delivered_at as deliveredAt, failed_at as failedAt, problem, dropped from channel where name = ?",
      ).get(name) as Omit<ChannelState, "name" | "waiting" | "oldest"> | undefined;
      return {
        name,
        ...waiting,
        ...(known ?? { deliveredAt: null, failedAt: null, problem: null, dropped: 0 }),
      };
    });
  }

  #remember(subject: string, value: string | undefined, at: number): void {
    if (value === undefined) prepared(this.#db, "delete from told where subject = ?").run(subject);
    else
      prepared(
        this.#db,
        `insert into told (subject, value, at) values (?, ?, ?)
         on conflict (subject) do update set value = excluded.value, at = excluded.at`,
      ).run(subject, value, at);
  }

  #end(id: string, channel: string): void {
    prepared(this.#db, "delete from delivery where notice = ? and channel = ?").run(id, channel);
    prepared(
      this.#db,
      "delete from notice where id = ? and not exists (select 1 from delivery where notice = ?)",
    ).run(id, id);
  }
}
