-- What persons are told: the state that they were told of last, and the notices that are still to be delivered. No personal data: names of
-- connections, counts, dates.

-- The last thing said about a subject (a connection's quarantine, a hold, a certificate). What differs from it is said; so a process that dies
-- between a cycle and its notice says it the next time it looks.
create table told (
  subject text primary key,
  value   text not null,
  at      integer not null
) strict, without rowid;

create table notice (
  id   text primary key,                               -- random; the receiver knows a second delivery by it
  at   integer not null,
  body text not null                                   -- JSON
) strict, without rowid;

create table delivery (
  notice   text    not null references notice,
  channel  text    not null,
  at       integer not null,                           -- when the notice came about
  attempts integer not null default 0,
  next_at  integer not null,
  primary key (channel, at, notice)
) strict, without rowid;

-- How it goes with a channel.
create table channel (
  name         text primary key,
  delivered_at integer,
  failed_at    integer,                                -- null again after a success
  problem      text,
  dropped      integer not null default 0              -- could not be delivered for days, and were given up
) strict, without rowid;
