-- A person's no to exactly this change of exactly this object. Such a row is marked with hold_id 0: it is not sent, and nobody is asked again
-- for as long as the same is wanted.
create table rejection (
  resource integer not null,
  grp      integer not null default 0,                 -- for memberships: the group, else 0
  path     text    not null default '',                -- for references: their SCIM path, else empty
  class    text    not null,
  bound    blob    not null,                           -- the change as it stood when the person said no
  actor    text    not null,
  reason   text    not null,
  at       integer not null,
  primary key (resource, grp, path)
) strict, without rowid;
create index rejection_at on rejection (at);

alter table reference add column hold_id integer;
create index reference_hold on reference (owner, path) where hold_id is not null;
