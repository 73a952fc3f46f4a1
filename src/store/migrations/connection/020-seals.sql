-- How an object came when it was last taken apart in a read of everybody: whoever comes the same way again says nothing new.
alter table resource add column seal text;

-- A seal stands for the record, and for the members that a group lists: it falls with either.
create trigger seal_falls_with_record after update of record_digest on resource
  when old.record_digest is not new.record_digest and new.seal is not null and new.seal is old.seal begin
  update resource set seal = null where id = new.id;
end;
create trigger seal_falls_with_member_who_comes after insert on edge when new.declared = 0 begin
  update resource set seal = null where id = new.grp and seal is not null;
end;
create trigger seal_falls_with_member_who_goes after delete on edge when old.declared = 0 begin
  update resource set seal = null where id = old.grp and seal is not null;
end;
