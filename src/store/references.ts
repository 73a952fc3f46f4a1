import type { Attempt, Audit } from "./audit.ts";
import type { Db } from "./database.ts";
import { type NextTry, tried, triedAgain, unfailed } from "./next-try.ts";
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
  /** Of an unknown one: when its effect must show, ms since 1970 UTC. */
  readonly settleAt?: number;
}

/** How a reference stands: rows of the objects that are and were referred to, and the accounts. */
export interface ReferenceStanding {
  readonly desired: number | null;
  readonly applied: number | null;
  readonly doubt: number | null;
  readonly ownerLink: string | null;
  readonly valueLink: string | null;
}

/** A reference that goes along with the creation of an account. */
export interface GivenReference {
  readonly path: string;
  /** Row of the object referred to. */
  readonly value: number;
  /** Its account. */
  readonly targetId: string;
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
    const doubt = prepared(
      this.#db,
      "update reference set doubt = ?, settle_at = null, error = null where owner = ? and path = ?",
    );
    return this.#db
      .transaction(() =>
        marks.map(({ attempt, path }) => {
          doubt.run(run, attempt.resource, path);
          return this.#audit.attempt(run, actor, at, attempt);
        }),
      )
      .immediate();
  }

  /**
   * References that somebody's account can be created with: whom they name has an account, and nothing is known against them. An account that
   * is made with them needs no second and third call.
   */
  givable(owner: number): readonly GivenReference[] {
    return prepared(
      this.#db,
      `select f.path, f.desired as value, v.target_id as targetId from reference f cross join resource v on v.id = f.desired
         where f.owner = +? and f.pending and f.applied is null and f.doubt is null and f.hold_id is null
           and f.failing_since is null and f.retry_at is null and f.given_up is null and v.target_id is not null`,
    ).all(owner) as GivenReference[];
  }

  /** Whom somebody's references are to name, by path; null for nobody. */
  wanted(owner: number): readonly { readonly path: string; readonly desired: number | null }[] {
    return prepared(this.#db, "select path, desired from reference where owner = ? order by path").all(
      owner,
    ) as { path: string; desired: number | null }[];
  }

  /** How a reference stands; undefined where there is none. */
  standing(owner: number, path: string): ReferenceStanding | undefined {
    return prepared(
      this.#db,
      `select f.desired, f.applied, f.doubt, o.target_id as ownerLink, v.target_id as valueLink
         from reference f join resource o on o.id = f.owner left join resource v on v.id = f.desired where f.owner = +? and f.path = +?`,
    ).get(owner, path) as ReferenceStanding | undefined;
  }

  settle(run: number, at: number, outcomes: readonly ReferenceOutcome[]): void {
    this.#db
      .transaction(() => {
        for (const each of outcomes) {
          this.#audit.outcome(each.seq, at, run, each.outcome, { message: each.message });
          if (each.outcome === "done") this.settleQuietly(each);
          else if (each.outcome === "failed") this.undoubt(each);
          else this.#settleLater(each, each.settleAt ?? at, each.message ?? "no answer");
        }
      })
      .immediate();
  }

  /** A call about one of somebody's references got no answer, and its effect may still come. */
  areUnsettled(owner: number, now: number): boolean {
    return (
      prepared(
        this.#db,
        "select 1 from reference where owner = ? and doubt is not null and settle_at > ?",
      ).get(owner, now) !== undefined
    );
  }

  /** The target already holds what is wanted. */
  settleQuietly(reference: Place & { readonly applied: number | null }): void {
    prepared(
      this.#db,
      `update reference set applied = ?, doubt = null, settle_at = null, drifted = null, ${unfailed} where owner = ? and path = ?`,
    ).run(reference.applied, reference.owner, reference.path);
  }

  /** The target refuses it, before or after it was sent: it is tried again at that time. */
  refuse({ owner, path }: Place, at: number, message: string, next: NextTry): void {
    prepared(
      this.#db,
      `update reference set ${tried}, error = :message where owner = :owner and path = :path`,
    ).run({
      owner,
      path,
      at,
      message,
      ...triedAgain(next, at),
    });
  }

  /**
   * The call was definitely without effect. It was sent because the target does not hold what is wanted: where that is what was believed, an
   * earlier call of unknown outcome has put somebody else there (0), and the reference stays pending.
   */
  undoubt({ owner, path }: Place): void {
    prepared(
      this.#db,
      `update reference set doubt = null, settle_at = null, applied = case when applied is desired then 0 else applied end
         where owner = ? and path = ?`,
    ).run(owner, path);
  }

  #settleLater({ owner, path }: Place, settleAt: number, message: string): void {
    prepared(this.#db, "update reference set settle_at = ?, error = ? where owner = ? and path = ?").run(
      settleAt,
      message,
      owner,
      path,
    );
  }
}
