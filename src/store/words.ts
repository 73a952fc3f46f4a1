import type { Attributes, Kind } from "../scim/resource.ts";
import type { Outcome } from "./audit.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** What a person said or decided about one object, or about the connection (resource 0), and what came of it. */
export interface Word {
  readonly seq: number;
  readonly at: number;
  /** The run before whose eyes it was said. */
  readonly run: number;
  readonly event: "approval" | "decision";
  readonly action: string;
  readonly resource: number;
  readonly kind: Kind | "connection";
  readonly label: string;
  readonly sourceId: string;
  readonly targetId: string | null;
  /** Of a membership. */
  readonly group: string | null;
  readonly actor: string;
  readonly reason: string;
  /** Of a yes that nothing came of yet: when it ends, or ended. Null when it was used, or is no longer the yes to what is wanted. */
  readonly expiresAt: number | null;
  /** 1: a no that still holds something back. */
  readonly isInForce: number;
  /** The first thing that was done to the object after a yes, of the kind that it was for. */
  readonly ledTo: { readonly action: string; readonly at: number; readonly run: number } | undefined;
}

/** What a yes to each class lets through; any other class: whatever was done next. */
const letsThrough: Readonly<Record<string, readonly string[]>> = {
  deactivations: ["deactivate"],
  deletions: ["delete", "deactivate"],
  "not-visible": ["deactivate", "delete"],
  adoptions: ["adopt"],
  creations: ["create"],
  "identifier-changes": ["rename", "update", "deactivate", "reactivate"],
  "cleared-values": ["rename", "update", "deactivate", "reactivate"],
  "switched-off": ["reactivate"],
};

interface Found {
  readonly seq: number;
  readonly action: string;
  readonly at: number;
  readonly run: number;
  readonly after: string | null;
}

const done: readonly Outcome[] = ["done", "found-done"];

/**
 * Approvals and decisions since `since` (ms since 1970 UTC), oldest first; `goodForMs`: for so long a yes counts. Costs what the audit trail holds of
 * that time.
 */
export function* wordsSince(db: Db, since: number, goodForMs: number): Iterable<Word> {
  const page = prepared(
    db,
    `select a.seq, a.at, a.run, a.event, a.action, a.resource, a.kind, coalesce(r.label, '') as label, a.source_id as sourceId,
       a.target_id as targetId, a.reason, a.actor, p.after,
       (select max(y.expires_at) from approval y where y.resource = a.resource and y.at = a.at and a.event = 'approval') as expiresAt,
       exists (select 1 from rejection n where n.resource = a.resource and n.at = a.at and a.event = 'decision') as isInForce
     from audit a left join resource r on r.id = a.resource left join audit_payload p on p.seq = a.seq
     where a.at >= :since and a.event in ('approval', 'decision') and a.seq > :after order by a.seq limit +:limit`,
  );
  for (let after = 0; ; ) {
    const rows = page.all({ since, after, limit: 500 }) as (Omit<Word, "ledTo" | "group"> & {
      readonly after: string | null;
    })[];
    for (const { after: payload, ...row } of rows) {
      const about = payload === null ? {} : (JSON.parse(payload) as Attributes);
      const group = typeof about["group"] === "string" ? about["group"] : null;
      const came = cameOf(db, row, group);
      // What was done when the yes had ended was not done by it.
      yield { ...row, group, ledTo: came !== undefined && came.at - row.at <= goodForMs ? came : undefined };
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.seq;
  }
}

function cameOf(
  db: Db,
  word: Pick<Word, "seq" | "at" | "run" | "event" | "resource" | "action" | "sourceId">,
  group: string | null,
): Word["ledTo"] {
  const { seq, at, run, event, resource, action, sourceId } = word;
  if (action.startsWith("undo run ")) return { action: "undo", at, run };
  if (event !== "approval") return undefined;
  const found = group === null ? ofObject(db, seq, resource, action) : ofGroup(db, seq, group, sourceId);
  return found === undefined ? undefined : { action: found.action, at: found.at, run: found.run };
}

/** Up to the next word about the object: what came after that is that word's. */
function ofObject(db: Db, seq: number, resource: number, action: string): Found | undefined {
  const actions = letsThrough[action.replace(/^approve /, "")];
  const rows = prepared(
    db,
    `select o.seq, o.action, o.at, o.run, null as after from audit o where o.resource = :resource and o.seq > :seq and o.event = 'outcome'
       and o.outcome in (${done.map((each) => `'${each}'`).join(", ")}) order by o.seq limit 20`,
  ).all({ resource, seq }) as Found[];
  return rows.find((each) => actions === undefined || actions.includes(each.action));
}

/** Memberships are changed by calls on the group, which name several people. */
function ofGroup(db: Db, seq: number, group: string, sourceId: string): Found | undefined {
  const ids = prepared(
    db,
    "select id from resource where label = ? collate nocase and label <> '' and kind = 'group'",
  )
    .pluck()
    .all(group) as number[];
  for (const id of ids) {
    const rows = prepared(
      db,
      `select t.seq, t.action, o.at, o.run, p.after from audit t join audit o on o.attempt = t.seq and o.outcome = 'done'
         join audit_payload p on p.seq = t.seq
       where t.resource = :id and t.seq > :seq and t.event = 'attempt' and t.action in ('add members', 'remove members')
       order by t.seq limit 200`,
    ).all({ id, seq }) as Found[];
    const hit = rows.find(({ after }) => {
      const members = (JSON.parse(after ?? "{}") as Attributes)["members"];
      return Array.isArray(members) && members.includes(sourceId);
    });
    if (hit !== undefined) return hit;
  }
  return undefined;
}
