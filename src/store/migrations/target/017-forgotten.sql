-- Whose account this was is kept as a salted digest when somebody is forgotten, so that no namesake gets it unasked.
create table forgotten (
  only integer primary key check (only = 1),
  salt blob not null
) strict;
insert into forgotten values (1, randomblob(32));
create index claim_source on claim (source_id);
