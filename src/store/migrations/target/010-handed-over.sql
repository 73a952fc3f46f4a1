-- Whose account went to somebody of another connection: they get no second one while it is looked after there.
create table handed_over (
  connection text not null,
  kind       text not null check (kind in ('user', 'group')),
  source_id  text not null,
  target_id  text not null,
  primary key (connection, kind, source_id)
) strict, without rowid;
