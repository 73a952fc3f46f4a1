-- How many there are, kept with every change, so that nobody has to count them.
create table head_count (
  kind     text primary key,
  present  integer not null default 0,
  in_scope integer not null default 0,                 -- of those present
  active   integer not null default 0                  -- accounts or groups that are ours and on
) strict, without rowid;

create table member_count (
  grp     integer primary key,
  desired integer not null default 0,
  applied integer not null default 0,
  perhaps integer not null default 0                   -- in the group, or perhaps since a call that was not settled
) strict;

-- People whose memberships must be computed again; the other members of their groups stay as they are.
create table dirty_person (usr integer primary key) strict;

insert into head_count (kind, present, in_scope, active)
  select k.column1,
    (select count(*) from resource where kind = k.column1 and presence = 'present'),
    (select count(*) from resource where kind = k.column1 and presence = 'present' and in_scope = 1),
    (select count(*) from resource where kind = k.column1 and applied_intent = 'active')
  from (values ('user'), ('group'), ('unknown')) k;

insert into member_count (grp, desired, applied, perhaps)
  select grp, sum(desired), sum(applied), sum(applied = 1 or doubt is not null) from membership group by grp;

create trigger resource_comes after insert on resource when new.presence = 'present' or new.applied_intent is 'active' begin
  update head_count set present = present + (new.presence = 'present'),
    in_scope = in_scope + (new.presence = 'present' and new.in_scope = 1), active = active + (new.applied_intent is 'active')
  where kind = new.kind;
end;
create trigger resource_goes after delete on resource when old.presence = 'present' or old.applied_intent is 'active' begin
  update head_count set present = present - (old.presence = 'present'),
    in_scope = in_scope - (old.presence = 'present' and old.in_scope = 1), active = active - (old.applied_intent is 'active')
  where kind = old.kind;
end;
create trigger resource_moves after update of kind, presence, in_scope, applied_intent on resource
  when old.kind <> new.kind or old.presence <> new.presence or old.in_scope <> new.in_scope or old.applied_intent is not new.applied_intent begin
  update head_count set present = present - (old.presence = 'present'),
    in_scope = in_scope - (old.presence = 'present' and old.in_scope = 1), active = active - (old.applied_intent is 'active')
  where kind = old.kind;
  update head_count set present = present + (new.presence = 'present'),
    in_scope = in_scope + (new.presence = 'present' and new.in_scope = 1), active = active + (new.applied_intent is 'active')
  where kind = new.kind;
end;

create trigger membership_comes after insert on membership begin
  insert into member_count (grp, desired, applied, perhaps)
    values (new.grp, new.desired, new.applied, new.applied = 1 or new.doubt is not null)
    on conflict (grp) do update set desired = desired + excluded.desired, applied = applied + excluded.applied, perhaps = perhaps + excluded.perhaps;
end;
create trigger membership_goes after delete on membership when old.desired = 1 or old.applied = 1 or old.doubt is not null begin
  update member_count set desired = desired - old.desired, applied = applied - old.applied,
    perhaps = perhaps - (old.applied = 1 or old.doubt is not null)
  where grp = old.grp;
end;
create trigger membership_moves after update of desired, applied, doubt on membership
  when old.desired <> new.desired or old.applied <> new.applied or (old.doubt is null) <> (new.doubt is null) begin
  update member_count set desired = desired + new.desired - old.desired, applied = applied + new.applied - old.applied,
    perhaps = perhaps + (new.applied = 1 or new.doubt is not null) - (old.applied = 1 or old.doubt is not null)
  where grp = new.grp;
end;
