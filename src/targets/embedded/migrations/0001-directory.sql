-- A directory of people and groups. `json` is the resource as SCIM has it, without id, meta and members; the columns are what is searched.
create table directory (
  only integer primary key check (only = 1),
  id text not null
) strict;

create table resource (
  seq integer primary key autoincrement,       -- order of listing
  id text not null unique,
  kind text not null check (kind in ('user', 'group')),
  name text not null,                          -- userName or displayName, folded
  external_id text,
  version integer not null,
  created integer not null,                    -- ms since 1970
  modified integer not null,
  json text not null
) strict;

create unique index resource_name on resource (kind, name);
create index resource_external_id on resource (kind, external_id) where external_id is not null;
create index resource_order on resource (kind, seq);

-- Other attributes that accounts are matched by, folded.
create table searchable (
  seq integer not null references resource on delete cascade,
  attribute text not null,
  value text not null,
  primary key (attribute, value, seq)
) strict, without rowid;
create index searchable_owner on searchable (seq);

create table membership (
  grp integer not null references resource on delete cascade,
  member integer not null references resource on delete cascade,
  primary key (grp, member)
) strict, without rowid;
create index membership_member on membership (member);
