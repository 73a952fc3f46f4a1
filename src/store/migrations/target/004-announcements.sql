-- Names under which a connection is about to make an account or group, or just did: others who looked before have to look again.
create table announcement (
  name       blob    not null,                        -- digest of kind, attribute and value
  connection text    not null,
  at         integer not null,
  ended_at   integer,                                  -- when the calls were answered; null: not yet
  primary key (name, connection)
) strict, without rowid;
create index announcement_open on announcement (connection) where ended_at is null;
