-- Who has ever announced something here. While there is one connection alone it names nobody: whoever comes takes what it is about to create for anybody.
create table announcing (
  connection text primary key,
  at         integer,                                  -- of the last window that named nobody; null: there was none
  ended_at   integer                                   -- when its calls were answered; null: not yet
) strict, without rowid;
insert into announcing (connection) select distinct connection from announcement;
