-- How long a connection has been in quarantine, how often it was found to stay there, and the first request that failed; and a person's word
-- that nothing more is written.
alter table quarantine add column series_began integer not null default 0;  -- since when, whatever the reason was then
alter table quarantine add column evaluated_at integer not null default 0;  -- when it was last found to stay
alter table quarantine add column wait_ms      integer not null default 0;  -- from one attempt to the next
alter table quarantine add column failure      text;                        -- JSON: method, path, status, what was answered; without values
update quarantine set series_began = since, evaluated_at = since, wait_ms = next_attempt - since;

create table pause (
  only   integer primary key check (only = 1),
  since  integer not null,
  actor  text    not null,
  reason text    not null
) strict;
