import type { Db } from "./database.ts";
import { unfailed } from "./next-try.ts";
import { isKept, isMember, isPushed } from "./recompute-people.ts";

/** The steps in which one group's memberships are computed again from the directory's edges. */
export function recomputeStatements(db: Db, flatten: boolean) {
  const members = flatten
    ? `with recursive inner (id) as (
         select :group
         union select e.member from inner join edge e on e.grp = inner.id
       ) select r.id from inner cross join resource r on r.id = inner.id`
    : "select r.id from edge e cross join resource r on r.id = e.member where e.grp = :group";
  return {
    empty: db.prepare("delete from temp.inside"),
    pushed: db.prepare(`select 1 from resource g where g.id = ? and ${isPushed("g")}`),
    fill: db.prepare(
      `insert or ignore into temp.inside ${members}
       ${flatten ? "where" : "and"} ${isMember("r")}`,
    ),
    want: db.prepare(
      `insert into membership (grp, usr, desired, applied) select ?, id, 1, 0 from temp.inside where true
       on conflict (grp, usr) do update set desired = 1, drifted = null, ${unfailed} where desired = 0`,
    ),
    unwant: db.prepare(
      `update membership set desired = 0, drifted = null, ${unfailed}
       where grp = ? and desired = 1 and usr not in (select id from temp.inside)
         and not exists (select 1 from resource r where r.id = usr and ${isKept("r")})`,
    ),
    // Nobody will look any more whether they are out: they count toward the guards' window as if they were.
    count: db.prepare(
      `insert into applied_change (at, class, n, grp)
         select coalesce(g.doubt_at, o.started_at), 'member-removals', count(*), g.id
         from membership m join resource g on g.id = m.grp join resource r on r.id = m.usr join run o on o.id = m.doubt
         where m.grp = ? and m.pending and m.desired = 0 and m.applied = 1 and g.intent <> 'deleted' and r.in_scope = 1 and r.presence = 'present'
           and not exists (select 1 from approval a where a.resource = m.usr and a.grp = m.grp and a.class in ('member-removals', 'configuration')
             and a.expires_at > o.started_at)
         group by g.id`,
    ),
    leave: db.prepare(
      `update membership set desired = applied, ${unfailed} where grp = ? and desired <> applied`,
    ),
    forget: db.prepare(
      "delete from membership where grp = ? and desired = 0 and applied = 0 and doubt is null",
    ),
  };
}
