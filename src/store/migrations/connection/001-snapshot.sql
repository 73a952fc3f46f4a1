-- The snapshot of one connection. Narrow columns that every cycle compares stand in `resource`; what is read only for rows
-- that changed stands in `wide`. Times are milliseconds since 1970 UTC. Digests are 16 bytes of SHA-256.

create table meta (
  key   text primary key,
  value text not null
) strict, without rowid;

-- One person or group. The diff is the partial index below: rows where desired and applied differ, or whose last call has an unknown outcome.
create table resource (
  id             integer primary key,
  kind           text    not null check (kind in ('user', 'group', 'unknown')),
  source_id      text    not null unique,
  presence       text    not null check (presence in ('unknown', 'present', 'absent')),  -- unknown: only named as a member or manager
  evidence       text,                                 -- why absent: tombstone, not-found, moved-out, not-visible
  label          text    not null default '',          -- userName or displayName, for lists
  record_digest  blob,                                 -- of the record, its selection and what the object itself says it is a member of
  in_scope       integer not null default 0,
  rule           text    not null default '',
  intent         text    not null default 'keep' check (intent in ('active', 'inactive', 'deleted', 'keep')),
  reason         text    not null default '',
  reason_code    text    not null default '',
  problem        text,                                 -- the mapping failed for this record: nothing is applied
  desired        blob,                                 -- null: nothing is wanted at the target
  applied        blob,                                 -- what the target last accepted; null: nothing yet
  applied_intent text check (applied_intent in ('active', 'inactive', 'deleted')),
  target_id      text,
  origin         text check (origin in ('created', 'adopted')),
  linked_at      integer,
  match_id       text,                                 -- an existing account or group that the match step found
  match_by       text,
  match_note     text,
  match_at       integer,
  doubt          integer,                              -- run that sent a call whose outcome is not settled
  doubt_at       integer,
  settle_at      integer,
  attempt        integer,                              -- audit row of that call
  failures       integer not null default 0,
  failing_since  integer,
  retry_at       integer,
  error_code     text,
  error          text,
  hold_id        integer,
  due_at         integer,
  touched        integer not null default 0,           -- run that last changed what is desired
  pending        integer generated always as (desired is not applied or doubt is not null) virtual
) strict;

create index resource_pending on resource (kind, id) where pending;
create index resource_due on resource (due_at) where due_at is not null;
create unique index resource_target on resource (kind, target_id) where target_id is not null;
create index resource_label on resource (label collate nocase) where label <> '';
create index resource_failing on resource (id) where failing_since is not null;
create index resource_present on resource (kind, in_scope) where presence = 'present';
create index resource_managed on resource (kind) where applied_intent = 'active';
create index resource_problem on resource (id) where problem is not null;
create index resource_doubt on resource (id) where doubt is not null;
create index resource_hold on resource (hold_id) where hold_id is not null;

create table wide (
  id        integer primary key references resource,
  record    text,                                      -- what the directory said
  body      text,                                      -- what the mapping makes of it: SCIM path -> value
  on_create text,
  applied   text                                       -- what the target last accepted: SCIM path -> value
) strict;

-- What the directory says about memberships, by rows of resource; also for members that are unknown or out of scope.
create table edge (
  grp      integer not null,
  member   integer not null,
  declared integer not null,                           -- 1: the member says so (a primary group), 0: the group lists it
  primary key (grp, member, declared)
) strict, without rowid;
create index edge_member on edge (member, grp);

-- What we want and what the target has: one row per pushed group and person.
create table membership (
  grp     integer not null,
  usr     integer not null,
  desired integer not null,
  applied integer not null,
  doubt   integer,
  hold_id integer,
  pending integer generated always as (desired <> applied or doubt is not null) virtual,
  primary key (grp, usr)
) strict, without rowid;
create index membership_pending on membership (grp, usr) where pending;
create index membership_user on membership (usr, grp);
create index membership_hold on membership (hold_id) where hold_id is not null;

-- Groups whose membership must be computed again.
create table dirty (grp integer primary key) strict;

-- References such as the manager: SCIM path -> row of resource.
create table reference (
  owner   integer not null,
  path    text    not null,
  desired integer,
  applied integer,
  doubt   integer,
  pending integer generated always as (desired is not applied or doubt is not null) virtual,
  primary key (owner, path)
) strict, without rowid;
create index reference_pending on reference (owner, path) where pending;
create index reference_desired on reference (desired) where desired is not null;

create table cursor (
  only      integer primary key check (only = 1),
  text      text not null,
  selection text not null,
  run       integer not null,
  at        integer not null
) strict;

create table run (
  id          integer primary key,                     -- the epoch
  purpose     text    not null check (purpose in ('sync', 'plan', 'user', 'group', 'undo')),
  trigger     text    not null,
  actor       text    not null,
  started_at  integer not null,
  finished_at integer,
  read        text check (read in ('full', 'delta', 'one', 'none')),
  complete    integer not null default 0,
  outcome     text check (outcome in ('done', 'failed', 'held', 'failing', 'quarantined', 'interrupted')),
  message     text,
  config      text    not null,
  counts      text    not null default '{}'
) strict;

create table hold (
  id        integer primary key,
  class     text    not null,
  run       integer not null,
  opened_at integer not null,
  message   text    not null,
  n         integer not null,
  base      integer not null,
  closed_at integer
) strict;
create index hold_open on hold (class) where closed_at is null;

-- A person's yes to exactly this change of exactly this object.
create table approval (
  resource   integer not null,
  grp        integer not null default 0,               -- for memberships: the group, else 0
  class      text    not null,
  desired    blob    not null,
  actor      text    not null,
  reason     text    not null,
  at         integer not null,
  expires_at integer not null,
  primary key (resource, grp, class)
) strict, without rowid;

create table quarantine (
  only         integer primary key check (only = 1),
  reason       text    not null,
  since        integer not null,
  message      text    not null,
  count        integer not null,
  next_attempt integer not null
) strict;

-- The audit trail: events are only ever added. An attempt is written before its call is sent, its outcome when it is known.
create table audit (
  seq       integer primary key,
  at        integer not null,
  run       integer not null,
  event     text    not null check (event in ('attempt', 'outcome', 'approval', 'decision')),
  attempt   integer,                                   -- for an outcome: the attempt's seq
  resource  integer not null,
  kind      text    not null,
  source_id text    not null,
  target_id text,
  action    text    not null,
  reason    text    not null,
  actor     text    not null,
  outcome   text,
  status    integer,
  payload   blob,                                      -- digest of the salted payload
  previous  blob    not null,
  hash      blob    not null
) strict;
create index audit_resource on audit (resource, seq);
create index audit_run on audit (run, seq);
create index audit_attempt on audit (attempt) where attempt is not null;
create index audit_at on audit (at);

create trigger audit_is_never_changed before update on audit begin select raise(abort, 'the audit trail is append-only'); end;
create trigger audit_is_never_deleted before delete on audit begin select raise(abort, 'the audit trail is append-only'); end;

-- Values of people, apart from the chain, so that a person can be forgotten and the chain still verifies.
create table audit_payload (
  seq    integer primary key references audit,
  salt   blob not null,
  before text,
  after  text
) strict;

-- Changes of activity inside the guards' window: how many people lost access when.
create table applied_change (
  at    integer not null,
  class text    not null,
  n     integer not null
) strict;
create index applied_change_at on applied_change (class, at);
