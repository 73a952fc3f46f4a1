-- Memberships and references that the target refuses are tried again on a schedule of their own, like people; and whom a reference named
-- before they were deleted, for the day when they are restored.
alter table membership add column failures integer not null default 0;
alter table membership add column retry_at integer;
alter table membership add column error text;
alter table reference add column failures integer not null default 0;
alter table reference add column retry_at integer;
alter table reference add column error text;
alter table reference add column lost integer;
create index membership_failing on membership (usr) where failures > 0;
create index reference_failing on reference (owner) where failures > 0;
create index reference_lost on reference (lost) where lost is not null;
