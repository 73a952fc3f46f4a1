-- Who is protected: an entry of `protect`, and the people and groups that it was found to mean. They stay so for as long as it stands there,
-- whatever they are called by then.
create table protection (
  kind     text    not null check (kind in ('user', 'group')),
  entry    text    not null,
  resource integer not null,
  primary key (kind, entry, resource)
) strict, without rowid;

-- Changes that are not sent, because somebody is protected. Such a row is marked with hold_id -1.
create table protected_change (
  resource integer not null,
  grp      integer not null default 0,                 -- for memberships: the group, else 0
  reason   text    not null,
  primary key (resource, grp)
) strict, without rowid;

-- What an edit of the configuration, and not the directory, wants of somebody: no longer active, deleted, other values. Kept until it is done
-- or no longer wanted.
create table edited (
  resource integer primary key,
  effects  text    not null                            -- JSON
) strict;
alter table membership add column edited integer;      -- the run that found a membership gone by an edit
create index membership_edited on membership (grp, usr) where edited is not null;

-- Removed memberships also count for their group.
alter table applied_change add column grp integer not null default 0;
create index applied_change_group on applied_change (grp, class, at) where grp <> 0;
