-- Found by the mark alone.
drop index membership_edited;
create index membership_edited on membership (edited) where edited is not null;
