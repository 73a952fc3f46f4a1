-- A person answered a part of the hold: what is left waits for its answer too, however few it is.
alter table hold add column answered integer not null default 0;
