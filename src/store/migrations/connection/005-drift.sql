-- What a look at the whole target found: values, memberships and accounts that are not as we left them.

-- The run that found the row (or membership, or reference) changed at the target; null again once it is as we want it.
alter table resource add column drifted integer;
alter table membership add column drifted integer;
alter table reference add column drifted integer;

-- When an account that we want active was first seen switched off by somebody else. It is not switched on again without a person's word.
alter table resource add column switched_off integer;

-- Values that another system keeps changing back: SCIM path -> the value that we gave up on. Another wanted value is written again.
alter table wide add column contested text;

-- Findings, one for each value: also how often it was found, so that two systems do not write against each other for ever.
create table drift (
  resource integer not null,                           -- person or group of ours
  grp      integer not null default 0,                 -- for a membership: the group's row, else 0
  path     text    not null,                           -- SCIM path of the value; members; id: the account itself
  type     text    not null,
  ours     text,                                       -- JSON: what we want there
  theirs   text,                                       -- JSON: what was found instead
  times    integer not null,                           -- found so often without a month's peace between
  found_at integer not null,
  run      integer not null,                           -- the last run that saw it
  primary key (resource, grp, path)
) strict, without rowid;
create index drift_run on drift (run, type);
create index drift_found on drift (found_at);
