-- When somebody who was to have an account ceased to, and when they came back: for the report of leavers. Whether and when the target accepted
-- it stands in the audit trail, between the two numbers.
create table departure (
  id          integer primary key,
  resource    integer not null,
  run         integer not null,                        -- that saw it first
  seen_at     integer not null,                        -- when that run began
  said_at     integer,                                 -- when it happened, where the directory tells
  reason_code text    not null,
  reason      text    not null,
  audit_from  integer not null,                        -- the last event of the audit trail before
  returned_at integer,
  audit_to    integer
) strict;
create index departure_seen on departure (seen_at);
create index departure_open on departure (resource) where returned_at is null;

-- Since when the target has had somebody in a group by our doing.
alter table membership add column member_since integer;

insert into departure (resource, run, seen_at, reason_code, reason, audit_from)
  select r.id, r.touched, coalesce((select started_at from run where run.id = r.touched), 0), r.reason_code, r.reason,
    coalesce((select min(seq) - 1 from audit a where a.run >= r.touched), (select max(seq) from audit), 0)
  from resource r where r.kind = 'user' and r.intent <> 'active' and r.applied_intent is not null;
