import { ItemError } from "../errors.ts";
import type { Kind } from "../scim/resource.ts";
import type { Claims } from "./claims.ts";
import type { Db } from "./database.ts";
import type { Memberships } from "./memberships.ts";
import { prepared } from "./prepared.ts";
import type { Done } from "./write-done.ts";

/** Which row is linked to which account or group at the target: claimed before it is used, dropped when it is gone or another's. */
export class Links {
  readonly #db: Db;
  readonly #claims: Claims;
  readonly #memberships: Memberships;

  constructor(db: Db, claims: Claims, memberships: Memberships) {
    this.#db = db;
    this.#claims = claims;
    this.#memberships = memberships;
  }

  /** The account is no longer this row's: nothing of it is applied any more. Call inside a transaction. */
  drop(id: number): void {
    prepared(
      this.#db,
      "update resource set target_id = null, origin = null, linked_at = null, applied = null, applied_intent = null, match_at = null, leaving_since = null, drifted = null, switched_off = null, gone_off = null, put_off = null where id = ?",
    ).run(id);
    prepared(this.#db, "update wide set contested = null where id = ? and contested is not null").run(id);
    this.#memberships.dropApplied("usr", id);
    this.#memberships.dropApplied("grp", id);
    prepared(this.#db, "update reference set applied = null where owner = ? or desired = ?").run(id, id);
  }

  /** Claims a new link; a sentence when somebody else owns the account. */
  claim(at: number, id: number, done: Done): string | undefined {
    try {
      this.claimOrThrow(at, id, done);
      return undefined;
    } catch (error) {
      if (error instanceof ItemError) return error.message;
      throw error;
    }
  }

  /** Claims a new link; throws ItemError when somebody else owns the account. */
  claimOrThrow(at: number, id: number, done: Done): void {
    const row = prepared(this.#db, "select kind, source_id, target_id from resource where id = ?").get(
      id,
    ) as {
      kind: "user" | "group";
      source_id: string;
      target_id: string | null;
    };
    if (row.target_id === null && done.intent !== "deleted")
      this.#claims.take(row.kind, done.targetId, row.source_id, at);
  }

  /** Switched off, and gone or out of scope: the account is free for whoever comes next. */
  hasLeft(id: number): boolean {
    return (
      prepared(
        this.#db,
        "select 1 from resource where id = ? and (presence <> 'present' or in_scope = 0)",
      ).get(id) !== undefined
    );
  }

  /** Somebody who left loses the link to an account that was taken over by another. */
  dropOthers(kind: Kind, targetId: string, id: number): void {
    const other = prepared(this.#db, "select id from resource where kind = ? and target_id = ? and id <> ?")
      .pluck()
      .get(kind, targetId, id) as number | undefined;
    if (other === undefined) return;
    this.drop(other);
    prepared(this.#db, "update resource set desired = null where id = ?").run(other);
  }
}
