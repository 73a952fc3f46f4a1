-- Approvals that expired are looked through in every run; the others are found by their object.
create index approval_expires on approval (expires_at);
