import type { Db } from "./database.ts";
import type { HoldClass } from "./holds.ts";
import { prepared } from "./prepared.ts";
import { type Answered, boundNow } from "./rejections.ts";

/** Who says yes, why, and until when it is good; ms since 1970 UTC. */
export interface Approver {
  readonly actor: string;
  readonly reason: string;
  readonly at: number;
  readonly expiresAt: number;
}

/** An approval of what is still wanted and not applied yet, with what it is about. */
export interface ApprovedObject extends Approver {
  readonly resource: number;
  readonly grp: number;
  readonly class: HoldClass;
  readonly kind: "user" | "group";
  readonly sourceId: string;
  readonly label: string;
  readonly groupLabel: string | null;
}

type Stored = ApprovedObject & { readonly bound: Buffer };

const columns = `a.resource, a.grp, a.class, a.desired as bound, a.actor, a.reason, a.at, a.expires_at as expiresAt,
  r.kind, r.source_id as sourceId, r.label, g.label as groupLabel`;

/** What persons said yes to, until it is applied. */
export class Approvals {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** A yes to a change as it stands now; to one that no guard limits there is nothing to say. */
  add({ resource, grp = 0, class: name, bound }: Answered, by: Approver): void {
    if (name === "changes") return;
    prepared(
      this.#db,
      `insert into approval (resource, grp, class, desired, actor, reason, at, expires_at)
       values (:resource, :grp, :class, :bound, :actor, :reason, :at, :expiresAt)
       on conflict (resource, grp, class) do update set desired = excluded.desired, actor = excluded.actor, reason = excluded.reason,
         at = excluded.at, expires_at = excluded.expires_at`,
    ).run({
      resource,
      grp,
      class: name,
      bound,
      actor: by.actor,
      reason: by.reason,
      at: by.at,
      expiresAt: by.expiresAt,
    });
  }

  /** What was approved, is still wanted as it was then, and is not applied yet; also where the approval expired meanwhile. Oldest first. */
  open(): ApprovedObject[] {
    const all = prepared(
      this.#db,
      `select ${columns} from approval a cross join resource r on r.id = a.resource left join resource g on g.id = a.grp
         where a.expires_at > 0 order by a.expires_at, a.class, a.resource, a.grp`,
    ).all() as Stored[];
    return all.filter((each) => this.#isWanted(each));
  }

  /** Forgets approvals that expired and are of something that is not wanted any more. Costs what expired. */
  tidy(now: number): void {
    const expired = prepared(
      this.#db,
      "select a.resource, a.grp, a.class, a.desired as bound from approval a where a.expires_at <= :now",
    ).all({ now }) as Pick<Stored, "resource" | "grp" | "class" | "bound">[];
    const drop = prepared(this.#db, "delete from approval where resource = ? and grp = ? and class = ?");
    for (const each of expired) if (!this.#isWanted(each)) drop.run(each.resource, each.grp, each.class);
  }

  #isWanted(stored: Pick<Stored, "resource" | "grp" | "bound">): boolean {
    return boundNow(this.#db, stored)?.equals(stored.bound) === true;
  }
}
