-- Ids and reasons of people leave the chain itself: like values they are covered by a salted digest, so that somebody can be forgotten. Events
-- that were written before keep their form.
alter table audit add column form integer not null default 1;  -- 1: the hash covers ids and reason; 2: their salted digest; 0: of form 1, erased
alter table audit add column config text;                      -- digest of the configuration in force
alter table audit add column salt blob;                        -- null in form 2: erased

-- Old events are dropped from the beginning only: the hash that the first one left follows.
create table audit_anchor (
  only   integer primary key check (only = 1),
  seq    integer not null,
  hash   blob    not null,
  events integer not null                              -- dropped so far
) strict;

-- Who may change what was written, for the length of one transaction: forget, or keep (the retention).
create table audit_permit (only integer primary key check (only = 1), what text not null) strict;

drop trigger audit_is_never_changed;
drop trigger audit_is_never_deleted;
create trigger audit_is_never_changed before update on audit when not exists (select 1 from audit_permit where what = 'forget')
  begin select raise(abort, 'the audit trail is append-only'); end;
create trigger audit_is_never_deleted before delete on audit when not exists (select 1 from audit_permit where what = 'keep')
  begin select raise(abort, 'the audit trail is append-only'); end;

-- How far the trail has been sent to a syslog server.
create table audit_stream (
  only integer primary key check (only = 1),
  seq  integer not null
) strict;
