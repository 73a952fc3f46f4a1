import type { Attempt, Audit, Settled } from "./audit.ts";
import type { Claims } from "./claims.ts";
import type { Db } from "./database.ts";
import { Links } from "./links.ts";
import type { Memberships } from "./memberships.ts";
import { type NextTry, tried, triedAgain } from "./next-try.ts";
import { prepared } from "./prepared.ts";
import { type Done, DoneWriter } from "./write-done.ts";

/** The attempt that a row's doubt mark stands for. */
export interface Marked {
  readonly resource: number;
  readonly seq: number;
  readonly actor: string;
  readonly attempt: Attempt;
}

export type Settlement =
  | ({ readonly type: "done" } & Done)
  | {
      readonly type: "failed";
      readonly code: string;
      readonly message: string;
      readonly status?: number | undefined;
      readonly retryAt: NextTry;
    }
  /** Nothing is wrong with this person: the target has no licence left. */
  | { readonly type: "no seat"; readonly message: string; readonly status?: number | undefined }
  /** Refused for now: it is sent again in this run, after somebody else. */
  | { readonly type: "put off"; readonly message: string; readonly status?: number | undefined }
  | { readonly type: "unknown"; readonly message: string; readonly settleAt: number };

/**
 * The life of a call. `mark` is durable before the call goes out; `settle` is the only place where `applied` changes.
 *
 *     pending --mark--> in doubt --settle done-----> applied
 *                                --settle failed---> pending, retry_at
 *                                --settle unknown--> in doubt, settle_at --look--> resolve
 *
 * A process that dies leaves the row in doubt: the next run looks before it sends anything again.
 */
export class Outcomes {
  readonly #db: Db;
  readonly #audit: Audit;
  readonly #claims: Claims;
  readonly #links: Links;
  readonly #write: DoneWriter;

  constructor(db: Db, audit: Audit, claims: Claims, memberships: Memberships) {
    this.#db = db;
    this.#audit = audit;
    this.#claims = claims;
    this.#links = new Links(db, claims, memberships);
    this.#write = new DoneWriter(db, { claims, memberships, links: this.#links });
  }

  /** One dispatch window: every attempt is written down and its row marked, in one commit, before any of the calls. */
  mark(run: number, actor: string, at: number, attempts: readonly Attempt[]): readonly Marked[] {
    const doubt = prepared(
      this.#db,
      "update resource set doubt = ?, doubt_at = ?, settle_at = null, attempt = ?, error_code = null where id = ?",
    );
    return this.#db
      .transaction(() =>
        this.#audit.attempts(run, actor, at, attempts).map((seq, index) => {
          const attempt = attempts[index] as Attempt;
          doubt.run(run, at, seq, attempt.resource);
          return { resource: attempt.resource, seq, actor, attempt };
        }),
      )
      .immediate();
  }

  /** Settles one dispatch window in one commit, after its new links were claimed: who does not own an account never writes to it again. */
  settle(
    run: number,
    at: number,
    settlements: readonly { readonly marked: Marked; readonly settlement: Settlement }[],
  ): void {
    const refused = new Map<number, string>();
    // One look at our rows for all of them, which ends with the claims.
    const claim = this.#db.transaction(() =>
      this.#claims.batch(() => {
        for (const { marked, settlement } of settlements) {
          if (settlement.type !== "done") continue;
          const problem = this.#links.claim(at, marked.resource, settlement);
          if (problem !== undefined) refused.set(marked.resource, problem);
        }
        this.#claims.announcements.end(at);
      }),
    );
    claim.deferred();
    this.#db
      .transaction(() => {
        const all = settlements.map(({ marked, settlement }): (typeof settlements)[number] => {
          const message = refused.get(marked.resource);
          if (message === undefined) return { marked, settlement };
          return { marked, settlement: { type: "failed", code: "collision", message, retryAt: at } };
        });
        this.#audit.outcomes(
          run,
          at,
          all.map(({ marked, settlement }) => ({ ...marked, settled: settledBy(settlement) })),
        );
        this.#write.all(at, all.flatMap(doneOf));
        for (const { marked, settlement } of all)
          if (settlement.type !== "done") this.#settle(at, marked.resource, settlement);
      })
      .immediate();
  }

  /**
   * A doubtful call was looked up. `seen` is what the target holds now (undefined: no account); `happened` says whether that is the call's
   * effect. Either way the doubt is over, and the row is pending again unless what was seen is what is wanted.
   */
  resolve(
    run: number,
    at: number,
    row: { readonly id: number; readonly attempt: number | null },
    seen: Done | undefined,
    happened = seen !== undefined,
  ): void {
    if (seen !== undefined) this.#links.claimOrThrow(at, row.id, seen);
    this.#db
      .transaction(() => {
        if (row.attempt !== null) {
          this.#audit.outcome(row.attempt, at, run, happened ? "found-done" : "found-not-done", {
            ...(seen === undefined ? {} : { targetId: seen.targetId }),
          });
        }
        if (seen === undefined) this.#clearDoubt(row.id, row.attempt);
        else this.#write.done(at, row.id, seen);
      })
      .immediate();
  }

  /** Nothing has to be sent: the target already holds what is wanted. */
  settleQuietly(at: number, id: number, done: Done): void {
    this.#links.claimOrThrow(at, id, done);
    this.#db.transaction(() => this.#write.done(at, id, done)).immediate();
  }

  /** This object cannot be handled now; no call was sent for it. */
  fail(at: number, id: number, code: string, message: string, retryAt: NextTry): void {
    this.#fail(at, id, code, message, retryAt);
  }

  /** The target has no licence left for these people; nothing was sent for them. */
  waitForSeats(at: number, ids: readonly number[], message: string): void {
    this.#db
      .transaction(() => {
        for (const id of ids) this.#waitForSeat(at, id, message);
      })
      .immediate();
  }

  /** The account behind a link is gone at the target: the link is dropped, the person is pending and looked up anew. */
  unlink(id: number): void {
    this.#db.transaction(() => this.#links.drop(id)).immediate();
  }

  #settle(at: number, id: number, settlement: Exclude<Settlement, { readonly type: "done" }>): void {
    if (settlement.type === "failed") {
      this.#clearDoubt(id);
      this.#fail(at, id, settlement.code, settlement.message, settlement.retryAt);
    } else if (settlement.type === "no seat") {
      this.#clearDoubt(id);
      this.#waitForSeat(at, id, settlement.message);
    } else if (settlement.type === "put off") {
      const clear = "doubt = null, doubt_at = null, settle_at = null, attempt = null";
      prepared(this.#db, `update resource set ${clear} where id = ?`).run(id);
    } else {
      prepared(this.#db, "update resource set settle_at = ?, error_code = 'no-answer' where id = ?").run(
        settlement.settleAt,
        id,
      );
    }
  }

  /** `lookedUp`: the attempt that was found to have had no effect; an account that it was to take over is still the one to be taken over. */
  #clearDoubt(id: number, lookedUp: number | null = null): void {
    const adopted = "exists (select 1 from audit where seq = :lookedUp and action = 'adopt')";
    // Somebody who is not to be active and has no account after all is nothing that we want at the target.
    prepared(
      this.#db,
      `update resource set doubt = null, doubt_at = null, settle_at = null, attempt = null,
           match_id = case when ${adopted} then match_id end, match_by = case when ${adopted} then match_by end,
           match_at = case when ${adopted} then match_at end,
           desired = case when target_id is null and intent <> 'active' then applied else desired end
         where id = :id`,
    ).run({ id, lookedUp });
  }

  #fail(at: number, id: number, code: string, message: string, next: NextTry): void {
    const when = code === "unavailable" ? "next cycle" : next;
    prepared(
      this.#db,
      `update resource set ${tried}, seats_since = null, error_code = :code, error = :message where id = :id`,
    ).run({ id, at, code, message, ...triedAgain(when, at) });
  }

  #waitForSeat(at: number, id: number, message: string): void {
    prepared(
      this.#db,
      `update resource set seats_since = coalesce(seats_since, :at), failures = 0, failing_since = null, retry_at = null, given_up = null,
           error_code = 'seats', error = :message
         where id = :id`,
    ).run({ id, at, message });
  }
}

function doneOf({ marked, settlement }: { readonly marked: Marked; readonly settlement: Settlement }) {
  return settlement.type === "done" ? [{ id: marked.resource, done: settlement }] : [];
}

/** What the audit trail says of it. */
function settledBy(settlement: Settlement): Settled {
  if (settlement.type === "done") return { outcome: "done", targetId: settlement.targetId };
  const { message } = settlement;
  if (settlement.type === "unknown") return { outcome: "unknown", message };
  return { outcome: "failed", status: settlement.status, message };
}
