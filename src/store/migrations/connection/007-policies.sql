-- Who is outside the pilot: everything is worked out for them, and nothing is sent.
alter table resource add column piloted integer not null default 0;    -- named, or in a pilot group
alter table resource add column outside integer not null default 0;    -- 1: there is a pilot, and nothing is sent for this person or group
alter table membership add column outside integer not null default 0;  -- as the person
alter table reference add column outside integer not null default 0;   -- as the owner

drop index resource_pending;
drop index resource_ready;
drop index membership_pending;
drop index membership_ready;
drop index reference_pending;
drop index reference_ready;
alter table resource drop column pending;
alter table membership drop column pending;
alter table reference drop column pending;
-- What has to be done; a call without an answer is looked at in any case.
alter table resource add column pending integer generated always as (doubt is not null or (desired is not applied and outside = 0)) virtual;
alter table membership add column pending integer generated always as (doubt is not null or (desired <> applied and outside = 0)) virtual;
alter table reference add column pending integer generated always as (doubt is not null or (desired is not applied and outside = 0)) virtual;
-- What would have to be done without the pilot.
alter table resource add column waiting integer generated always as (doubt is null and desired is not applied and outside = 1) virtual;
create index resource_pending on resource (kind, id) where pending;
create index resource_waiting on resource (kind, id) where waiting;
create index resource_piloted on resource (id) where piloted = 1;
create index resource_ready on resource (kind, id) where pending and retry_at is null and given_up is null and seats_since is null;
create index membership_pending on membership (grp, usr) where pending;
create index membership_ready on membership (grp, usr) where pending and retry_at is null and given_up is null;
create index reference_pending on reference (owner, path) where pending;
create index reference_ready on reference (owner, path) where pending and retry_at is null and given_up is null;

create trigger resource_goes_outside after update of outside on resource when new.outside <> old.outside begin
  update membership set outside = new.outside where usr = new.id;
  update reference set outside = new.outside where owner = new.id;
end;
create trigger membership_begins_outside after insert on membership when (select outside from resource where id = new.usr) = 1 begin
  update membership set outside = 1 where grp = new.grp and usr = new.usr;
end;
create trigger reference_begins_outside after insert on reference when (select outside from resource where id = new.owner) = 1 begin
  update reference set outside = 1 where owner = new.owner and path = new.path;
end;

-- Since when somebody who is gone from the directory has been off at the target: their grace period begins then.
alter table resource add column gone_off integer;
alter table resource add column put_off integer;                       -- deleted no earlier than that: the clock may have been set forward
update resource set gone_off = cast(unixepoch('subsec') * 1000 as integer), due_at = cast(unixepoch('subsec') * 1000 as integer)
  where kind = 'user' and presence = 'absent' and reason_code = 'deleted' and target_id is not null and applied_intent = 'inactive';
create index resource_gone_off on resource (gone_off) where gone_off is not null;

-- The external id of another system that an account carries which was taken over.
alter table resource add column foreign_id text;
create index resource_foreign on resource (id) where foreign_id is not null;
