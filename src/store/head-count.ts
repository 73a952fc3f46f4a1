import type { Kind } from "../scim/resource.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** How many people or groups a snapshot holds. */
export interface HeadCount {
  readonly present: number;
  /** Of those present. */
  readonly inScope: number;
  /** With an account, or as a group, that is ours and on. */
  readonly managedActive: number;
}

/** Kept by the tables themselves with every change: nobody is counted here. */
export function headCount(db: Db, kind: Kind): HeadCount {
  return prepared(
    db,
    "select present, in_scope as inScope, active as managedActive from head_count where kind = ?",
  ).get(kind) as HeadCount;
}
