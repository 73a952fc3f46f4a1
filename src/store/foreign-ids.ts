import type { Attributes } from "../scim/resource.ts";
import type { Db } from "./database.ts";

/**
 * Accounts that were taken over and carry the external id of another system: either it stands there by our leave, and is none of the values that
 * we manage; or it is what the target holds in place of ours, and is to be replaced. Call when the policy may have changed. Costs such accounts.
 */
export function manageForeignIds(db: Db, run: number, isRewritten: boolean): void {
  const rows = db
    .prepare(
      `select r.id, r.foreign_id as foreignId, w.applied from resource r join wide w on w.id = r.id
         where r.foreign_id is not null and r.target_id is not null and w.applied is not null`,
    )
    .all() as { id: number; foreignId: string; applied: string }[];
  const set = db.prepare("update wide set applied = ? where id = ?");
  // Nothing else of them may have changed: so that they are looked at, nothing counts as accepted.
  const look = db.prepare(
    "update resource set applied = null, touched = ? where id = ? and applied_intent = 'active'",
  );
  for (const { id, foreignId, applied } of rows) {
    const { externalId, ...others } = JSON.parse(applied) as Attributes;
    if (isRewritten === (externalId !== undefined)) continue;
    set.run(JSON.stringify(isRewritten ? { ...others, externalId: foreignId } : others), id);
    look.run(run, id);
  }
}
