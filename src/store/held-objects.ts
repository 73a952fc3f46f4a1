import { boundTo } from "./approval.ts";
import type { Db } from "./database.ts";
import type { HoldClass } from "./holds.ts";
import { prepared } from "./prepared.ts";
import type { Answered } from "./rejections.ts";

/** A person or group, or a membership of one, that waits under a hold. */
export interface HeldObject {
  readonly resource: number;
  readonly grp: number;
  readonly kind: "user" | "group";
  readonly sourceId: string;
  readonly targetId: string | null;
  readonly label: string;
  readonly groupLabel: string | null;
  /** 1: a membership that is to begin. */
  readonly joins: number;
  readonly reason: string;
  readonly matchNote: string | null;
  readonly matchId: string | null;
  readonly desired: Buffer;
}

/** What waits under a hold, in row order; -1: all of it. */
export function heldObjects(db: Db, hold: number, limit: number): HeldObject[] {
  return prepared(
    db,
    `select r.id as resource, 0 as grp, r.kind, r.source_id as sourceId, r.target_id as targetId, r.label, null as groupLabel, 0 as joins,
       case when r.switched_off is not null and r.intent = 'active' then 'switched off at the target' else r.reason end as reason,
       r.match_note as matchNote, r.match_id as matchId, r.desired
     from resource r where r.hold_id = :hold
     union all
     select r.id, m.grp, r.kind, r.source_id, r.target_id, r.label, g.label, m.desired,
       case when m.desired = 1 then 'new member' else 'no longer a member' end, null, null, x''
     from membership m join resource r on r.id = m.usr join resource g on g.id = m.grp where m.hold_id = :hold
     limit +:limit`,
  ).all({ hold, limit }) as HeldObject[];
}

export function countHeld(db: Db, hold: number): number {
  return prepared(
    db,
    "select (select count(*) from resource where hold_id = :hold) + (select count(*) from membership where hold_id = :hold)",
  )
    .pluck()
    .get({ hold }) as number;
}

/** The change of an object under a hold of that class, as a person answers it. */
export function changeOf(object: HeldObject, name: HoldClass): Answered {
  const { resource, grp, desired, matchId, joins } = object;
  const guarded = { id: resource, ...(grp === 0 ? {} : { grp, joins: joins === 1 }), desired, matchId };
  return { resource, grp, class: name, bound: boundTo(guarded) };
}

/** An object that was answered leaves its hold, which then waits for the answer to the rest, also where that alone would be below a limit. */
export function letGo(db: Db, { resource, grp = 0, path = "" }: Answered): void {
  if (path !== "") return;
  const isRow = grp === 0;
  const place = isRow ? { resource } : { resource, grp };
  const hold = prepared(
    db,
    isRow
      ? "select hold_id from resource where id = :resource"
      : "select hold_id from membership where grp = :grp and usr = :resource",
  )
    .pluck()
    .get(place) as number | null | undefined;
  if (hold === null || hold === undefined) return;
  prepared(db, "update hold set answered = 1 where id = ?").run(hold);
  prepared(
    db,
    isRow
      ? "update resource set hold_id = null where id = :resource"
      : "update membership set hold_id = null where grp = :grp and usr = :resource",
  ).run(place);
}
