-- Who would have an account or group that another connection owns, so that they are looked at again as soon as it is let go.
create table wish (
  connection text not null,
  kind       text not null check (kind in ('user', 'group')),
  target_id  text not null,
  source_id  text not null,
  primary key (connection, kind, target_id, source_id)
) strict, without rowid;
