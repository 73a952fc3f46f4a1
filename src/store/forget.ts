import { randomBytes } from "node:crypto";
import type { Attributes } from "../scim/resource.ts";
import type { Audit } from "./audit.ts";
import type { Db } from "./database.ts";
import { eraseEvents, mentionsIn, wordsIn } from "./erase-events.ts";
import { eraseMentions } from "./erase-mentions.ts";
import { mentionOf } from "./mention.ts";
import { rangesText } from "./number-ranges.ts";
import type { ResourceRow } from "./rows.ts";
import { scrub } from "./scrub.ts";

/** Why somebody cannot be forgotten yet. */
export type Obstacle = "present" | "group" | "doubt" | "pending" | "active" | "member";

/** What was taken out of one snapshot. */
export interface Forgotten {
  /** Events of the audit trail whose personal part is gone. */
  readonly events: number;
  /** Of these events of others that named the person. */
  readonly mentions: number;
}

/** Erasing people from one snapshot. */
export class Forgetting {
  readonly #db: Db;
  readonly #audit: Audit;

  constructor(db: Db, audit: Audit) {
    this.#db = db;
    this.#audit = audit;
  }

  /** What stands in the way, the weightiest first; undefined: nothing does. */
  obstacle(row: ResourceRow): Obstacle | undefined {
    return obstacleTo(this.#db, row);
  }

  /** Erases them, in one transaction. The bytes themselves go with `scrub`. */
  erase(row: Pick<ResourceRow, "id" | "sourceId">, told: Told): Forgotten {
    return this.#db.transaction(() => forget(this.#db, this.#audit, row, told)).immediate();
  }

  /** How many events of the audit trail are about them. */
  countEvents(id: number): number {
    return this.#db.prepare("select count(*) from audit where resource = ?").pluck().get(id) as number;
  }

  /** True when somebody was erased, and the file was not written anew since. */
  get isUnscrubbed(): boolean {
    return this.#db.prepare("select 1 from meta where key = 'unscrubbed'").get() !== undefined;
  }

  /** Writes the file anew. False while another process keeps old pages in use: then it is still to be done. */
  scrub(): boolean {
    if (!scrub(this.#db)) return false;
    this.#db.prepare("delete from meta where key = 'unscrubbed'").run();
    return true;
  }
}

/** Who forgets, and why: without a word of whom. */
interface Told {
  readonly run: number;
  readonly actor: string;
  /** ms since 1970 UTC. */
  readonly at: number;
  readonly reason: string;
  /** Whether their account was deleted at the target. */
  readonly accountDeleted: boolean;
}

function obstacleTo(db: Db, row: ResourceRow): Obstacle | undefined {
  if (row.kind !== "user") return "group";
  if (row.presence === "present") return "present";
  if (row.doubt !== null) return "doubt";
  if (row.appliedIntent === "active") return "active";
  const { pending } = db.prepare("select pending from resource where id = ?").get(row.id) as {
    pending: number;
  };
  if (pending === 1) return "pending";
  const member = db
    .prepare("select 1 from membership where usr = ? and (applied = 1 or pending) limit 1")
    .get(row.id);
  return member === undefined ? undefined : "member";
}

/**
 * Erases a person from a snapshot: the row becomes an empty one that nothing leads to, and messages, notes, findings and records of others lose what
 * tells of them. The audit trail keeps that something was done, when, by whom and with which outcome, and that this was erased. Call inside a
 * transaction.
 */
function forget(db: Db, audit: Audit, row: Pick<ResourceRow, "id" | "sourceId">, told: Told): Forgotten {
  const person = mentionOf(db, row);
  const own = db
    .prepare("select seq from audit where resource = ? order by seq")
    .pluck()
    .all(row.id) as number[];
  const mentions = mentionsIn(db, person, new Set(own));
  const seqs = [...own, ...mentions].sort((a, b) => a - b);
  const said = wordsIn(db, seqs);
  eraseEvents(db, seqs);
  eraseRow(db, row.id);
  eraseMentions(db, person);
  db.prepare("insert into meta (key, value) values ('unscrubbed', '1') on conflict (key) do nothing").run();
  const { run, actor, at, reason, accountDeleted } = told;
  audit.decisionOnAll(run, actor, at, "forget", reason, {
    events: [rangesText(seqs), ...said.events].join(","),
    accountDeleted,
    ...said.dropped,
  } satisfies Attributes);
  return { events: seqs.length, mentions: mentions.length };
}

/** The number stays taken: events and departures count by it, and a new person must not get it. */
function eraseRow(db: Db, id: number): void {
  for (const [table, ...columns] of [
    ["wide", "id"],
    ["edge", "member", "grp"],
    ["membership", "usr", "grp"],
    ["dirty", "grp"],
    ["dirty_person", "usr"],
    ["reference", "owner"],
    ["assignment", "root"],
    ["approval", "resource", "grp"],
    ["rejection", "resource", "grp"],
    ["protection", "resource"],
    ["protected_change", "resource", "grp"],
    ["edited", "resource"],
    ["drift", "resource", "grp"],
    ["departure", "resource"],
  ] as const)
    for (const column of columns) db.prepare(`delete from ${table} where ${column} = ?`).run(id);
  db.prepare("update reference set desired = null where desired = ?").run(id);
  db.prepare("update reference set applied = null where applied = ?").run(id);
  db.prepare("update reference set lost = null where lost = ?").run(id);
  db.prepare("delete from resource where id = ?").run(id);
  db.prepare("insert into resource (id, kind, source_id, presence) values (?, 'unknown', ?, 'unknown')").run(
    id,
    `forgotten:${randomBytes(8).toString("hex")}`,
  );
}
