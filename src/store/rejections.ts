import { boundTo } from "./approval.ts";
import type { Db } from "./database.ts";
import { digest } from "./digest.ts";
import type { Guarded, HoldClass } from "./holds.ts";
import { prepared } from "./prepared.ts";

/** The mark of a rejected row, where a held one has the number of its hold. */
export const rejectedMark = 0;

/** A person's no to a change. */
export interface Rejection {
  /** "changes": of a kind that no guard limits. */
  readonly class: HoldClass | "changes";
  readonly actor: string;
  readonly reason: string;
  /** ms since 1970 UTC. */
  readonly at: number;
}

/** What is rejected: a row's change, a membership's (`grp`), or a reference's (`path`), as it stands or stood when the person said no. */
export interface Answered {
  readonly resource: number;
  readonly grp?: number;
  readonly path?: string;
  readonly class: Rejection["class"];
  /** `boundTo` of the change, or `boundToReference`. */
  readonly bound: Buffer;
}

/** A rejection with what it is about, for lists. */
export interface RejectedObject extends Rejection {
  readonly resource: number;
  readonly grp: number;
  readonly path: string;
  readonly kind: "user" | "group";
  readonly sourceId: string;
  readonly targetId: string | null;
  readonly label: string;
  readonly groupLabel: string | null;
  /** 1: a membership that was to begin. */
  readonly joins: number;
  readonly why: string;
  readonly bound: Buffer;
}

/** What a rejection of a reference is bound to; `desired`: the row that was to be referred to, null for nobody. */
export function boundToReference(owner: number, path: string, desired: number | null): Buffer {
  return digest(["reference", owner, path, desired]);
}

/** What is wanted of an object now, in the words of an approval or rejection; undefined when nothing is. */
export function boundNow(
  db: Db,
  {
    resource,
    grp,
    path,
  }: { readonly resource: number; readonly grp: number; readonly path?: string | undefined },
): Buffer | undefined {
  if (path !== undefined && path !== "") {
    const found = prepared(db, "select desired from reference where owner = ? and path = ? and pending").get(
      resource,
      path,
    ) as { desired: number | null } | undefined;
    return found && boundToReference(resource, path, found.desired);
  }
  if (grp !== 0) {
    const found = prepared(db, "select desired from membership where grp = ? and usr = ? and pending").get(
      grp,
      resource,
    ) as { desired: number } | undefined;
    return found && boundTo({ id: resource, grp, joins: found.desired === 1, desired: null });
  }
  const found = prepared(
    db,
    "select id, desired, match_id as matchId from resource where id = ? and pending",
  ).get(resource) as Guarded | undefined;
  return found && boundTo(found);
}

/** What persons said no to. A no lapses when something else is wanted of the object, or nothing any more; then it is asked about anew. */
export class Rejections {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Writes a no down and marks the row. A yes to the same, given before, is void. */
  add(change: Answered, by: Omit<Rejection, "class">): void {
    const { resource, grp = 0, path = "", class: name, bound } = change;
    prepared(
      this.#db,
      `insert into rejection (resource, grp, path, class, bound, actor, reason, at)
       values (:resource, :grp, :path, :class, :bound, :actor, :reason, :at)
       on conflict (resource, grp, path) do update set class = excluded.class, bound = excluded.bound, actor = excluded.actor,
         reason = excluded.reason, at = excluded.at`,
    ).run({ resource, grp, path, class: name, bound, actor: by.actor, reason: by.reason, at: by.at });
    if (path === "")
      prepared(this.#db, "delete from approval where resource = ? and grp = ?").run(resource, grp);
    this.#mark({ resource, grp, path }, rejectedMark);
  }

  /** Takes a no back. */
  drop(change: Pick<Answered, "resource" | "grp" | "path">): void {
    const { resource, grp = 0, path = "" } = change;
    const dropped = prepared(
      this.#db,
      "delete from rejection where resource = ? and grp = ? and path = ?",
    ).run(resource, grp, path);
    if (dropped.changes > 0) this.#mark({ resource, grp, path }, null);
  }

  /** Forgets what is not wanted any more as it was, and marks the rest. Costs what is rejected. Call inside a transaction. */
  renew(): void {
    const all = prepared(this.#db, "select resource, grp, path, bound from rejection").all() as {
      resource: number;
      grp: number;
      path: string;
      bound: Buffer;
    }[];
    for (const each of all) {
      const now = boundNow(this.#db, each);
      if (now?.equals(each.bound) === true) this.#mark(each, rejectedMark);
      else this.drop(each);
    }
  }

  /** Exactly this change was rejected. After `renew`, and for what was not read since. */
  covers(guarded: Guarded): boolean {
    const found = prepared(
      this.#db,
      "select bound from rejection where resource = ? and grp = ? and path = ''",
    )
      .pluck()
      .get(guarded.id, guarded.grp ?? 0) as Buffer | undefined;
    return found?.equals(boundTo(guarded)) === true;
  }

  /** The no to a row's change, a membership's or a reference's. */
  of(resource: number, grp = 0, path = ""): Rejection | undefined {
    return prepared(
      this.#db,
      "select class, actor, reason, at from rejection where resource = ? and grp = ? and path = ?",
    ).get(resource, grp, path) as Rejection | undefined;
  }

  get count(): number {
    return prepared(this.#db, "select count(*) from rejection").pluck().get() as number;
  }

  /** Those first that were rejected last. */
  list(limit: number): RejectedObject[] {
    return prepared(
      this.#db,
      `select j.class, j.actor, j.reason, j.at, j.bound, j.resource, j.grp, j.path, r.kind, r.source_id as sourceId, r.target_id as targetId,
           r.label, g.label as groupLabel, coalesce(m.desired, 0) as joins, r.reason as why
         from rejection j indexed by rejection_at join resource r on r.id = j.resource left join resource g on g.id = j.grp
           left join membership m on m.grp = j.grp and m.usr = j.resource
         order by j.at desc, j.resource, j.grp limit +?`,
    ).all(limit) as RejectedObject[];
  }

  #mark({ resource, grp, path }: { resource: number; grp: number; path: string }, mark: number | null): void {
    if (path !== "") {
      prepared(this.#db, "update reference set hold_id = ? where owner = ? and path = ?").run(
        mark,
        resource,
        path,
      );
    } else if (grp !== 0) {
      prepared(this.#db, "update membership set hold_id = ? where grp = ? and usr = ?").run(
        mark,
        grp,
        resource,
      );
    } else prepared(this.#db, "update resource set hold_id = ? where id = ?").run(mark, resource);
  }
}
