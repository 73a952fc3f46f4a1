-- Times that all connections to the target keep together: until when each limit of the service is used up, until when it asks everybody
-- to wait. In ms since 1970. `at` is when it was written: a clock that is set back takes the time along.
create table shared_time (
  name text primary key,
  time real not null,
  at   real not null
) strict, without rowid;
