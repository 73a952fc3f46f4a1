import type { Attempt, Audit } from "./audit.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** References (the manager) at the target: absolute values, so an unknown outcome is settled by sending the same again after a look. */
export class References {
  readonly #db: Db;
  readonly #audit: Audit;

  constructor(db: Db, audit: Audit) {
    this.#db = db;
    this.#audit = audit;
  }

  mark(run: number, actor: string, at: number, attempt: Attempt, path: string): number {
    return this.#db
      .transaction(() => {
        prepared(this.#db, "update reference set doubt = ? where owner = ? and path = ?").run(
          run,
          attempt.resource,
          path,
        );
        return this.#audit.attempt(run, actor, at, attempt);
      })
      .immediate();
  }

  settle(
    run: number,
    at: number,
    seq: number,
    reference: { readonly owner: number; readonly path: string; readonly applied: number | null },
  ): void {
    this.#db
      .transaction(() => {
        this.#audit.outcome(seq, at, run, "done");
        this.settleQuietly(reference);
      })
      .immediate();
  }

  /** The target already holds what is wanted. */
  settleQuietly(reference: {
    readonly owner: number;
    readonly path: string;
    readonly applied: number | null;
  }): void {
    prepared(
      this.#db,
      "update reference set applied = ?, doubt = null, failures = 0, retry_at = null, error = null where owner = ? and path = ?",
    ).run(reference.applied, reference.owner, reference.path);
  }

  /** The target refuses it, before or after it was sent: it is tried again at that time. */
  refuse(
    reference: { readonly owner: number; readonly path: string },
    message: string,
    retryAt: number,
  ): void {
    prepared(
      this.#db,
      "update reference set failures = failures + 1, error = ?, retry_at = ? where owner = ? and path = ?",
    ).run(message, retryAt, reference.owner, reference.path);
  }

  failed(
    run: number,
    at: number,
    seq: number,
    reference: { readonly owner: number; readonly path: string },
    outcome: "failed" | "unknown",
    message: string,
  ): void {
    this.#db
      .transaction(() => {
        this.#audit.outcome(seq, at, run, outcome, { message });
        if (outcome === "failed") {
          prepared(this.#db, "update reference set doubt = null where owner = ? and path = ?").run(
            reference.owner,
            reference.path,
          );
        }
      })
      .immediate();
  }
}
