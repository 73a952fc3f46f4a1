import type { Audit } from "./audit.ts";
import type { Claims } from "./claims.ts";
import type { Db } from "./database.ts";

/** What a person has a snapshot forget. The audit trail never does. */
export class Resets {
  readonly #db: Db;
  readonly #claims: Claims;
  readonly #audit: Audit;

  constructor(db: Db, parts: { readonly claims: Claims; readonly audit: Audit }) {
    this.#db = db;
    this.#claims = parts.claims;
    this.#audit = parts.audit;
  }

  /** The next cycle reads everything. */
  cursor(): void {
    this.#db.exec("delete from cursor");
    this.#db.prepare("delete from meta where key = 'last_full_at'").run();
  }

  /** How many accounts and groups are linked. */
  countLinks(): number {
    return this.#db
      .prepare("select count(*) from resource where target_id is not null and kind in ('user', 'group')")
      .pluck()
      .get() as number;
  }

  /**
   * Every account and group is nobody's: whoever is to have one is matched anew, as in a first run. Claims are let go before links are cut, so that a
   * process that dies in between leaves links that claim anew what is theirs. A creation without an answer is still looked up.
   */
  links(run: number, at: number): number {
    const linked = this.#db
      .prepare(
        "select kind, target_id as targetId from resource where target_id is not null and kind in ('user', 'group')",
      )
      .all() as { kind: "user" | "group"; targetId: string }[];
    this.#claims.batch(() => {
      for (const { kind, targetId } of linked) this.#claims.release(kind, targetId, at);
    });
    this.#db.transaction(() => this.#cut(run, at)).immediate();
    return linked.length;
  }

  #cut(run: number, at: number): void {
    const open = this.#db
      .prepare(
        "select attempt from resource where doubt is not null and target_id is not null and attempt is not null",
      )
      .pluck()
      .all() as number[];
    const message = "the links of the connection were reset; what became of the call was not looked at";
    for (const attempt of open) this.#audit.outcome(attempt, at, run, "unknown", { message });
    this.#db.exec(`
      update wide set applied = null, contested = null
        where id in (select id from resource where target_id is not null);
      update resource set doubt = null, doubt_at = null, settle_at = null, attempt = null where target_id is not null;
      update resource set target_id = null, origin = null, linked_at = null, applied = null, applied_intent = null, leaving_since = null,
        drifted = null, switched_off = null, gone_off = null, put_off = null, foreign_id = null, match_id = null, match_by = null, match_note = null,
        match_at = null, failures = 0, failing_since = null, retry_at = null, given_up = null, error_code = null, error = null, hold_id = null
        where target_id is not null;
      update resource set desired = null where intent <> 'active' and doubt is null and target_id is null;
      delete from membership where desired = 0;
      update membership set applied = 0, doubt = null, hold_id = null, drifted = null, failures = 0, failing_since = null, retry_at = null,
        given_up = null, error = null;
      update reference set applied = null, doubt = null, drifted = null, failures = 0, failing_since = null, retry_at = null, given_up = null,
        error = null;
      delete from meta where key = 'started';`);
  }
}
