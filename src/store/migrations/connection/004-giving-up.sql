-- What was refused for so long that it is no longer tried, until a person or the directory says otherwise; and who waits for a seat.
alter table resource add column given_up integer;        -- since when it is no longer tried
alter table resource add column seats_since integer;     -- since when the target has had no licence for this person
alter table resource add column leaving_since integer;   -- since when somebody with an active account is to have none
alter table membership add column failing_since integer;
alter table membership add column given_up integer;
alter table reference add column failing_since integer;
alter table reference add column given_up integer;
alter table reference add column settle_at integer;      -- a call without an answer is looked at then, not before

update membership set failing_since = coalesce(retry_at, 0) where failures > 0;
update reference set failing_since = coalesce(retry_at, 0) where failures > 0;
update resource set leaving_since = (select started_at from run where run.id = resource.touched)
where applied_intent = 'active' and intent in ('inactive', 'deleted');

-- What a cycle applies: what never failed, and of the rest what is due.
create index resource_ready on resource (kind, id) where pending and retry_at is null and given_up is null and seats_since is null;
create index resource_retry on resource (retry_at) where retry_at is not null;
create index resource_seats on resource (id) where seats_since is not null;
create index resource_leaving on resource (leaving_since) where leaving_since is not null;
create index resource_given_up on resource (given_up) where given_up is not null;
create index membership_ready on membership (grp, usr) where pending and retry_at is null and given_up is null;
create index membership_retry on membership (retry_at) where retry_at is not null;
create index reference_ready on reference (owner, path) where pending and retry_at is null and given_up is null;
create index reference_retry on reference (retry_at) where retry_at is not null;
create index reference_doubt on reference (settle_at) where doubt is not null;
create index membership_given_up on membership (given_up) where given_up is not null;
create index reference_given_up on reference (given_up) where given_up is not null;
drop index membership_failing;
drop index reference_failing;
create index membership_failing on membership (usr, grp) where failing_since is not null;
create index reference_failing on reference (owner) where failing_since is not null;
