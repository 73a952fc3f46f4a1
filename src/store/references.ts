import type { Attempt, Audit } from "./audit.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** One person's one reference. */
interface Place {
  readonly owner: number;
  readonly path: string;
}

/** What became of one call. */
export interface ReferenceOutcome extends Place {
  /** The attempt's number in the audit trail. */
  readonly seq: number;
  /** Row of the object referred to, as it was sent. */
  readonly applied: number | null;
  readonly outcome: "done" | "failed" | "unknown";
  readonly message?: string;
}

/** References (the manager) at the target: absolute values, so an unknown outcome is settled by sending the same again after a look. */
export class References {
  readonly #db: Db;
  readonly #audit: Audit;

  constructor(db: Db, audit: Audit) {
    this.#db = db;
    this.#audit = audit;
  }

  /** One window: every attempt is written down and its reference marked, in one commit, before any of the calls. */
  mark(
    run: number,
    actor: string,
    at: number,
    marks: readonly { readonly attempt: Attempt; readonly path: string }[],
  ): readonly number[] {
    const doubt = prepared(this.#db, "update reference set doubt = ? where owner = ? and path = ?");
    return this.#db
      .transaction(() =>
        marks.map(({ attempt, path }) => {
          doubt.run(run, attempt.resource, path);
          return this.#audit.attempt(run, actor, at, attempt);
        }),
      )
      .immediate();
  }

  settle(run: number, at: number, outcomes: readonly ReferenceOutcome[]): void {
    this.#db
      .transaction(() => {
        for (const each of outcomes) {
          this.#audit.outcome(each.seq, at, run, each.outcome, { message: each.message });
          if (each.outcome === "done") this.settleQuietly(each);
          else if (each.outcome === "failed") this.#undoubt(each);
        }
      })
      .immediate();
  }

  /** The target already holds what is wanted. */
  settleQuietly(reference: Place & { readonly applied: number | null }): void {
    prepared(
      this.#db,
      "update reference set applied = ?, doubt = null, failures = 0, retry_at = null, error = null where owner = ? and path = ?",
    ).run(reference.applied, reference.owner, reference.path);
  }

  /** The target refuses it, before or after it was sent: it is tried again at that time. */
  refuse(reference: Place, message: string, retryAt: number): void {
    prepared(
      this.#db,
      "update reference set failures = failures + 1, error = ?, retry_at = ? where owner = ? and path = ?",
    ).run(message, retryAt, reference.owner, reference.path);
  }

  #undoubt({ owner, path }: Place): void {
    prepared(this.#db, "update reference set doubt = null where owner = ? and path = ?").run(owner, path);
  }
}
