-- Who is assigned: whoever stands here, and the members of the groups that stand here.
create table assignment (root integer primary key) strict;

alter table resource add column assigned integer not null default 0;
create index resource_assigned on resource (id) where assigned = 1;
