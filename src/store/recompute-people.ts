import type { Db } from "./database.ts";
import { unfailed } from "./next-try.ts";
import { prepared } from "./prepared.ts";

/** People whose memberships are computed together. */
const pageSize = 1000;

/** What a group must be to have members at the target. */
export const isPushed = (group: string) =>
  `${group}.kind = 'group' and ${group}.presence = 'present' and ${group}.in_scope = 1 and ${group}.intent = 'active'`;

/** Who is a member at the target of the groups that they are in. */
export const isMember = (person: string) =>
  `${person}.kind = 'user' and ${person}.presence = 'present' and ${person}.in_scope = 1 and (${person}.intent = 'active' or ${person}.target_id is not null)`;

/** Whose memberships are left as they are. */
export const isKept = (person: string) =>
  `${person}.intent = 'keep' and (${person}.in_scope = 0 or ${person}.presence = 'absent')`;

/** Memberships (m) of people who are to be computed again wait for that. */
export const isComputed = "m.usr not in (select usr from dirty_person)";

/**
 * Computes the memberships of people again whose own edge or verdict changed, in all their groups: costs the groups that they are in, whatever
 * the number of the other members. Groups that are not pushed and have something pending are left to the computation of whole groups, so this comes first.
 */
export function recomputePeople(db: Db, flatten: boolean): number {
  if (prepared(db, "select 1 from dirty_person limit 1").get() === undefined) return 0;
  db.exec(
    `create temp table if not exists moved (usr integer primary key);
     create temp table if not exists belongs (usr integer not null, grp integer not null, primary key (usr, grp)) without rowid`,
  );
  const step = statements(db, flatten);
  let changed = 0;
  for (let after = 0; ; ) {
    step.empty.run();
    step.forgetPeople.run();
    step.take.run({ after, limit: pageSize });
    const last = step.last.get() as number | null;
    if (last === null) break;
    step.fill.run();
    changed += step.want.run().changes;
    changed += step.unwant.run().changes;
    step.forget.run();
    step.leave.run();
    after = last;
  }
  db.exec("delete from dirty_person");
  return changed;
}

function statements(db: Db, flatten: boolean) {
  const direct =
    "select m.usr, e.grp from temp.moved m cross join resource r on r.id = m.usr cross join edge e on e.member = m.usr where";
  const groups = flatten
    ? `with recursive up (usr, grp) as (
         ${direct} ${isMember("r")}
         union select up.usr, e.grp from up cross join edge e on e.member = up.grp
       ) select usr, grp from up`
    : `${direct} ${isMember("r")}`;
  const theirs = "usr in (select usr from temp.moved)";
  const inPushed = `exists (select 1 from resource g where g.id = membership.grp and ${isPushed("g")})`;
  return {
    empty: db.prepare("delete from temp.belongs"),
    forgetPeople: db.prepare("delete from temp.moved"),
    take: db.prepare(
      "insert into temp.moved select usr from dirty_person where usr > :after order by usr limit +:limit",
    ),
    last: db.prepare("select max(usr) from temp.moved").pluck(),
    fill: db.prepare(
      `insert or ignore into temp.belongs (usr, grp)
         select b.usr, b.grp from (${groups}) b cross join resource g on g.id = b.grp where ${isPushed("g")}`,
    ),
    want: db.prepare(
      `insert into membership (grp, usr, desired, applied) select grp, usr, 1, 0 from temp.belongs where true
       on conflict (grp, usr) do update set desired = 1, drifted = null, ${unfailed} where desired = 0`,
    ),
    unwant: db.prepare(
      `update membership set desired = 0, drifted = null, ${unfailed}
       where ${theirs} and desired = 1 and (usr, grp) not in (select usr, grp from temp.belongs) and ${inPushed}
         and not exists (select 1 from resource r where r.id = membership.usr and ${isKept("r")})`,
    ),
    forget: db.prepare(
      `delete from membership where ${theirs} and desired = 0 and applied = 0 and doubt is null and ${inPushed}`,
    ),
    leave: db.prepare(
      `insert or ignore into dirty select grp from membership where ${theirs} and desired <> applied and not ${inPushed}`,
    ),
  };
}
