import type { FailedExchange } from "../errors.ts";
import type { Db } from "./database.ts";

/** Why a connection is in quarantine: codes of Microsoft Graph's synchronizationQuarantine, which admins may know. */
export type QuarantineReason =
  /** The login was refused, or what answers does not speak its protocol. */
  | "EncounteredQuarantineException"
  /** Too many people and groups fail. */
  | "EncounteredBaseEscrowThreshold"
  /** Too much fails, references and memberships among it. */
  | "EncounteredTotalEscrowThreshold"
  /** Too large a share of a run's writes was refused. */
  | "EncounteredEscrowProportionThreshold";

/** The quarantine of a connection. Times are ms since 1970 UTC. */
export interface Quarantine {
  readonly reason: QuarantineReason;
  /** What happened, in a sentence, without values of people. */
  readonly message: string;
  /** Since when for this reason. */
  readonly since: number;
  /** Since when without a break, whatever the reason was then. */
  readonly seriesBegan: number;
  /** How often since then it was looked at and left as it is, the first time included. */
  readonly seriesCount: number;
  /** When it was last looked at. */
  readonly evaluatedAt: number;
  /** When a scheduled cycle tries everything again. */
  readonly nextAttempt: number;
  /** From one attempt to the next, ms. */
  readonly waitMs: number;
  /** The first request that failed, and its answer; undefined where nothing was asked over a network. */
  readonly failure: FailedExchange | undefined;
}

/** The quarantine of the snapshot's connection. */
export class Quarantines {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  current(): Quarantine | undefined {
    const row = this.#db
      .prepare(
        `select reason, message, since, series_began as seriesBegan, count as seriesCount, evaluated_at as evaluatedAt,
           next_attempt as nextAttempt, wait_ms as waitMs, failure
         from quarantine where only = 1`,
      )
      .get() as (Omit<Quarantine, "failure"> & { readonly failure: string | null }) | undefined;
    if (row === undefined) return undefined;
    return {
      ...row,
      failure: row.failure === null ? undefined : (JSON.parse(row.failure) as FailedExchange),
    };
  }

  /** Puts the connection into quarantine, or leaves it there. */
  impose(quarantine: Quarantine): void {
    this.#db
      .prepare(
        `insert into quarantine (only, reason, message, since, series_began, count, evaluated_at, next_attempt, wait_ms, failure)
         values (1, :reason, :message, :since, :seriesBegan, :seriesCount, :evaluatedAt, :nextAttempt, :waitMs, :failure)
         on conflict (only) do update set reason = excluded.reason, message = excluded.message, since = excluded.since,
           series_began = excluded.series_began, count = excluded.count, evaluated_at = excluded.evaluated_at,
           next_attempt = excluded.next_attempt, wait_ms = excluded.wait_ms, failure = excluded.failure`,
      )
      .run({
        ...quarantine,
        failure: quarantine.failure === undefined ? null : JSON.stringify(quarantine.failure),
      });
  }

  lift(): void {
    this.#db.prepare("delete from quarantine").run();
  }
}
