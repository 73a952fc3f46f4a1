-- Who owns which account or group at one target. Shared by every connection to that target.
create table claim (
  kind        text    not null check (kind in ('user', 'group')),
  target_id   text    not null,
  connection  text    not null,
  source_id   text    not null,
  at          integer not null,
  released_at integer,
  primary key (kind, target_id)
) strict, without rowid;

-- The newest state of each connection that wrote here: an older or a foreign snapshot is refused.
create table connection (
  name    text primary key,
  lineage text    not null,
  serial  integer not null
) strict, without rowid;
