import type { Kind } from "../scim/resource.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** The mark of a row whose change is not sent because somebody is protected, where a held one has the number of its hold. */
export const protectedMark = -1;

/** A change that is not sent: of a person or group, or with `grp` of a membership. */
export interface ProtectedChange {
  readonly resource: number;
  readonly grp: number;
  readonly kind: Kind;
  readonly sourceId: string;
  readonly label: string;
  readonly groupLabel: string | null;
  /** A sentence part: "protect.users names root@example.com" */
  readonly reason: string;
}

/** Who is protected, and which changes are not sent because of it. */
export class Protections {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Rows that the entries were found to mean, each with its entry. */
  known(): ReadonlyMap<number, { readonly kind: Kind; readonly entry: string }> {
    const rows = prepared(this.#db, "select kind, entry, resource from protection").all() as {
      kind: Kind;
      entry: string;
      resource: number;
    }[];
    return new Map(rows.map(({ resource, kind, entry }) => [resource, { kind, entry }]));
  }

  /** Forgets what is not asked for any more. */
  keep(kind: Kind, entries: readonly string[]): void {
    const known = prepared(this.#db, "select distinct entry from protection where kind = ?")
      .pluck()
      .all(kind) as string[];
    const drop = prepared(this.#db, "delete from protection where kind = ? and entry = ?");
    for (const entry of known) if (!entries.includes(entry)) drop.run(kind, entry);
  }

  protect(kind: Kind, entry: string, resource: number): void {
    prepared(this.#db, "insert or ignore into protection (kind, entry, resource) values (?, ?, ?)").run(
      kind,
      entry,
      resource,
    );
  }

  /** Before the guards look again. */
  clear(): void {
    // A table that is emptied whole is written to, even if nothing is in it.
    const some = prepared(this.#db, "select 1 from protected_change limit 1").get();
    if (some !== undefined) prepared(this.#db, "delete from protected_change").run();
  }

  /** This change is not sent. Call inside a transaction. */
  stop({ resource, grp = 0 }: { readonly resource: number; readonly grp?: number }, reason: string): void {
    prepared(
      this.#db,
      `insert into protected_change (resource, grp, reason) values (?, ?, ?)
       on conflict (resource, grp) do update set reason = excluded.reason`,
    ).run(resource, grp, reason);
    if (grp === 0)
      prepared(this.#db, "update resource set hold_id = ? where id = ?").run(protectedMark, resource);
    else
      prepared(this.#db, "update membership set hold_id = ? where grp = ? and usr = ?").run(
        protectedMark,
        grp,
        resource,
      );
  }

  /** Why the change of a row, or of a membership, is not sent. */
  reasonOf(resource: number, grp = 0): string | undefined {
    return prepared(this.#db, "select reason from protected_change where resource = ? and grp = ?")
      .pluck()
      .get(resource, grp) as string | undefined;
  }

  /** Only what is still wanted and still not sent. */
  list(limit: number): ProtectedChange[] {
    return prepared(
      this.#db,
      `select p.resource, p.grp, r.kind, r.source_id as sourceId, r.label, g.label as groupLabel, p.reason
         ${stillStopped} order by p.resource, p.grp limit +?`,
    ).all(limit) as ProtectedChange[];
  }

  get count(): number {
    return prepared(this.#db, `select count(*) ${stillStopped}`).pluck().get() as number;
  }
}

const stillStopped = `from protected_change p join resource r on r.id = p.resource
  left join resource g on g.id = p.grp left join membership m on m.grp = p.grp and m.usr = p.resource
  where case when p.grp = 0 then r.pending and r.hold_id = ${protectedMark} else m.pending and m.hold_id = ${protectedMark} end`;
