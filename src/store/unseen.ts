import type { Kind } from "../scim/resource.ts";
import type { Bits } from "./bits.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** Somebody whom a read of everybody did not name. */
export interface Unseen {
  readonly kind: Kind;
  readonly sourceId: string;
  /** When the account at the target became theirs, ms since 1970; null without one. */
  readonly linkedAt: number | null;
}

/** People and groups that we hold as present and whose rows are not among those that were seen, in row order. */
export function presentWithout(db: Db, seen: Bits): readonly Unseen[] {
  const row = prepared(
    db,
    "select kind, source_id as sourceId, linked_at as linkedAt from resource where id = ?",
  );
  const present = prepared(
    db,
    "select id from resource where presence = 'present' and kind = ? and in_scope = ? and id > ? order by id limit 5000",
  ).pluck();
  const unseen: number[] = [];
  for (const [kind, inScope] of [
    ["user", 1],
    ["user", 0],
    ["group", 1],
    ["group", 0],
  ]) {
    for (let after = 0, page = [0]; page.length > 0; after = page.at(-1) ?? 0) {
      page = present.all(kind, inScope, after) as number[];
      for (const id of page) if (!seen.has(id)) unseen.push(id);
    }
  }
  return unseen.sort((a, b) => a - b).map((id) => row.get(id) as Unseen);
}
