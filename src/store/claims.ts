import { hash } from "node:crypto";
import { join } from "node:path";
import { ConfigurationError, ItemError } from "../errors.ts";
import type { Kind } from "../scim/resource.ts";
import { Announcements } from "./announcements.ts";
import { type Db, openDatabase } from "./database.ts";
import { prepared } from "./prepared.ts";
import { scrub } from "./scrub.ts";

/**
 * Which connection owns which account or group at one target. A claim is written before a link is used and checked before every write; an
 * account that another connection claims is never touched.
 */
export class Claims {
  readonly #db: Db;
  readonly #connection: string;
  readonly announcements: Announcements;

  private constructor(db: Db, connection: string) {
    this.#db = db;
    this.#connection = connection;
    this.announcements = new Announcements(db, connection);
  }

  static open(stateFolder: string, target: string, connection: string): Claims {
    return new Claims(
      openDatabase(join(stateFolder, "targets", `${target}.db`), "target", { create: true }),
      connection,
    );
  }

  close(): void {
    this.#db.close();
  }

  /** Throws ItemError "collision" when another connection owns it. Claiming again what is ours is nothing. */
  take(kind: Kind, targetId: string, sourceId: string, at: number): void {
    if (this.#isOurs(this.owner(kind, targetId), sourceId)) return;
    // One statement: of two processes that claim it at once, one gets it.
    const { changes } = prepared(
      this.#db,
      `insert into claim (kind, target_id, connection, source_id, at) values (:kind, :targetId, :connection, :sourceId, :at)
         on conflict (kind, target_id) do update set connection = excluded.connection, source_id = excluded.source_id, at = excluded.at, released_at = null
           where released_at is not null`,
    ).run({ kind, targetId, connection: this.#connection, sourceId, at });
    const owner = changes === 0 ? this.owner(kind, targetId) : undefined;
    if (owner !== undefined && !this.#isOurs(owner, sourceId)) {
      throw new ItemError(
        "collision",
        owner.connection === this.#connection
          ? `${kind} ${targetId} at the target already belongs to ${owner.sourceId}`
          : `${kind} ${targetId} at the target belongs to ${owner.sourceId} of connection ${owner.connection}`,
        { hint: "one account can follow one person only: limit the scope of one of the two" },
      );
    }
  }

  #isOurs(owner: ReturnType<Claims["owner"]>, sourceId: string): boolean {
    return owner?.connection === this.#connection && owner.sourceId === sourceId;
  }

  /** Several claims in one commit. */
  batch(work: () => void): void {
    this.#db.transaction(work).immediate();
  }

  release(kind: Kind, targetId: string, at: number): void {
    prepared(
      this.#db,
      "update claim set released_at = ? where kind = ? and target_id = ? and connection = ?",
    ).run(at, kind, targetId, this.#connection);
  }

  /** Gives what this connection owns to somebody of another one: from one moment to the next it has another owner, and never none or two. */
  handOver(
    kind: Kind,
    targetId: string,
    sourceId: string,
    to: { readonly connection: string; readonly sourceId: string },
    at: number,
  ): void {
    const { changes } = prepared(
      this.#db,
      `update claim set connection = :heir, source_id = :heirId, at = :at
         where kind = :kind and target_id = :targetId and connection = :connection and source_id = :sourceId and released_at is null`,
    ).run({
      ...{ kind, targetId, sourceId, at, connection: this.#connection },
      ...{ heir: to.connection, heirId: to.sourceId },
    });
    prepared(
      this.#db,
      `insert into handed_over (connection, kind, source_id, target_id) values (?, ?, ?, ?)
         on conflict (connection, kind, source_id) do update set target_id = excluded.target_id`,
    ).run(this.#connection, kind, sourceId, targetId);
    prepared(
      this.#db,
      "delete from handed_over where connection = ? and kind = ? and source_id = ? and target_id = ?",
    ).run(to.connection, kind, to.sourceId, targetId);
    const owner = changes === 0 ? this.owner(kind, targetId) : undefined;
    if (changes === 0 && (owner?.connection !== to.connection || owner.sourceId !== to.sourceId))
      throw new ItemError("collision", `${kind} ${targetId} at the target no longer belongs to ${sourceId}`);
  }

  /** Where the account of somebody of ours went that was handed to another connection, for as long as that one looks after it. */
  handedTo(
    kind: Kind,
    sourceId: string,
  ): { readonly connection: string; readonly sourceId: string; readonly targetId: string } | undefined {
    return prepared(
      this.#db,
      `select c.connection, c.source_id as sourceId, c.target_id as targetId from handed_over h
         join claim c on c.kind = h.kind and c.target_id = h.target_id
         where h.connection = +? and h.kind = +? and h.source_id = +? and c.released_at is null and c.connection <> h.connection`,
    ).get(this.#connection, kind, sourceId) as
      | { connection: string; sourceId: string; targetId: string }
      | undefined;
  }

  /** An account of somebody of ours was ever handed to another connection. */
  get someHandedOver(): boolean {
    const found = prepared(this.#db, "select 1 from handed_over where connection = ? limit 1");
    return found.get(this.#connection) !== undefined;
  }

  /** Who owns it now; undefined when nobody does. */
  owner(
    kind: Kind,
    targetId: string,
  ): { readonly connection: string; readonly sourceId: string } | undefined {
    return prepared(
      this.#db,
      "select connection, source_id as sourceId from claim where kind = ? and target_id = ? and released_at is null",
    ).get(kind, targetId) as { connection: string; sourceId: string } | undefined;
  }

  /** True when it is, or was last, another connection's, or somebody else's of this one. */
  isOfOthers(kind: Kind, targetId: string, sourceId: string): boolean {
    const last = prepared(
      this.#db,
      "select connection, source_id as sourceId from claim where kind = ? and target_id = ?",
    ).get(kind, targetId) as ReturnType<Claims["owner"]>;
    return last !== undefined && !this.#isOurs(last, sourceId);
  }

  /** The source id of whoever owned it last, also when the claim was released. */
  lastOwner(kind: Kind, targetId: string): string | undefined {
    const last = prepared(this.#db, "select source_id from claim where kind = ? and target_id = ?").pluck();
    const known = last.get(kind, targetId) ?? last.get(kind, this.#forgotten(targetId));
    return known as string | undefined;
  }

  /**
   * Somebody is forgotten: what they owned is let go, and kept as salted digests, so that neither ids nor names are left and still no namesake gets
   * the account unasked. Returns how many accounts.
   */
  forget(sourceId: string, at: number): number {
    return this.#db
      .transaction(() => {
        const owned = prepared(
          this.#db,
          "select kind, target_id as targetId from claim where source_id = ? and connection = ?",
        ).all(sourceId, this.#connection) as { kind: Kind; targetId: string }[];
        const erase = prepared(
          this.#db,
          `update or replace claim set target_id = :digest, source_id = :owner, released_at = coalesce(released_at, :at)
             where kind = :kind and target_id = :targetId`,
        );
        const owner = this.#forgotten(sourceId);
        for (const each of owned) erase.run({ ...each, digest: this.#forgotten(each.targetId), owner, at });
        for (const table of ["wish", "handed_over"])
          this.#db
            .prepare(`delete from ${table} where source_id = ? and connection = ?`)
            .run(sourceId, this.#connection);
        return owned.length;
      })
      .immediate();
  }

  /** What is left of an id: enough to know it again, not to tell it. */
  #forgotten(id: string): string {
    const salt = prepared(this.#db, "select salt from forgotten").pluck().get() as Buffer;
    return `forgotten:${hash("sha256", Buffer.concat([salt, Buffer.from(id)]), "hex")}`;
  }

  /** Writes the file anew, so that what was erased is in no page of it any more. False while another process keeps old pages in use. */
  scrub(): boolean {
    return scrub(this.#db);
  }

  /** Writes down that somebody of ours would have what another connection owns. */
  wish(kind: Kind, targetId: string, sourceId: string): void {
    prepared(
      this.#db,
      "insert into wish (connection, kind, target_id, source_id) values (?, ?, ?, ?) on conflict do nothing",
    ).run(this.#connection, kind, targetId, sourceId);
  }

  /** Hands over the source ids of those whose wish is free by now: once, then it is forgotten. */
  granted(look: (sourceIds: readonly string[]) => void): void {
    const free = `connection = :connection and not exists (select 1 from claim
       where claim.kind = wish.kind and claim.target_id = wish.target_id and claim.released_at is null and claim.connection <> :connection)`;
    const mine = { connection: this.#connection };
    const found = prepared(this.#db, `select source_id from wish where ${free}`).pluck().all(mine);
    if (found.length === 0) return;
    look(found as string[]);
    prepared(this.#db, `delete from wish where ${free}`).run(mine);
  }

  /** True when this connection may write to it: nobody else claims it. */
  mayWrite(kind: Kind, targetId: string): boolean {
    const owner = this.owner(kind, targetId);
    return owner === undefined || owner.connection === this.#connection;
  }

  /**
   * Refuses a snapshot that is older than, or another one than, the snapshot that last wrote to this target: its links and cursor would be
   * of the past. `serial` counts finished reads.
   */
  checkSnapshot(lineage: string, serial: number): void {
    const known = prepared(this.#db, "select lineage, serial from connection where name = ?").get(
      this.#connection,
    ) as { lineage: string; serial: number } | undefined;
    if (known === undefined) return;
    if (known.lineage !== lineage) {
      throw new ConfigurationError(
        `${this.#connection}: this snapshot is not the one that has been writing to the target (another lineage)`,
        {
          hint: "put the right state folder back; if it is lost, move the target's file in state/targets away as well: every account is then matched anew",
        },
      );
    }
    if (known.serial > serial) {
      throw new ConfigurationError(
        `${this.#connection}: this snapshot is older (serial ${serial}) than what was already applied to the target (serial ${known.serial}); it looks like a restored backup`,
        { hint: "put the newest state folder back" },
      );
    }
  }

  recordSnapshot(lineage: string, serial: number): void {
    prepared(
      this.#db,
      "insert into connection (name, lineage, serial) values (?, ?, ?) on conflict (name) do update set lineage = excluded.lineage, serial = excluded.serial",
    ).run(this.#connection, lineage, serial);
  }
}
