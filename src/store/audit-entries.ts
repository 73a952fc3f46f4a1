import type { Attributes } from "../scim/resource.ts";
import type { AuditEntry, AuditQuery } from "./audit.ts";

/** A query for attempts with what came of them, and for decisions. */
export function entriesWhere({
  since,
  resource,
  run,
  failed,
  configuration,
}: Omit<AuditQuery, "limit">): string {
  const where = ["a.event in ('attempt', 'approval', 'decision')"];
  if (since !== undefined) where.push("a.at >= :since");
  if (resource !== undefined) where.push("a.resource = :resource");
  if (run !== undefined) where.push("a.run = :run");
  if (configuration === true) where.push("a.resource = 0", "a.action = 'configuration'");
  if (failed === true)
    where.push("coalesce(o.outcome, '') not in ('done', 'found-done')", "a.event = 'attempt'");
  return `select a.seq, a.at, a.run, a.event, a.resource, r.label, a.kind, a.source_id as sourceId,
      coalesce(o.target_id, a.target_id) as targetId, a.action, a.reason, a.actor, o.outcome, o.status, o.reason as message, a.config, p.before, p.after
    from audit a left join audit o on o.seq = (select max(seq) from audit where attempt = a.seq)
      left join resource r on r.id = a.resource left join audit_payload p on p.seq = a.seq
    where ${where.join(" and ")}`;
}

/** What it gives. */
export function entryOf(raw: unknown): AuditEntry {
  const row = raw as Omit<AuditEntry, "before" | "after"> & { before: string | null; after: string | null };
  return { ...row, before: parse(row.before), after: parse(row.after) };
}

function parse(text: string | null): Attributes | null {
  return text === null ? null : (JSON.parse(text) as Attributes);
}
