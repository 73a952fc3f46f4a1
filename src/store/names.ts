import type { Kind } from "../scim/resource.ts";
import type { Db } from "./database.ts";
import { narrowed, type Reach } from "./pending.ts";
import { prepared } from "./prepared.ts";

/** Somebody, and a value that one account alone may have. */
export interface NamedRow {
  readonly id: number;
  readonly name: string;
}

const followed = "r.problem is null and r.reason_code in ('in-scope', 'disabled')";

/** Who gives a name up and who is to get one, among what is pending: costs what is pending. `path` is one key of the flat form. */
export class Names {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Accounts that hold this now and are to hold something else, or to be deleted. */
  leaving(kind: Kind, path: string): NamedRow[] {
    return prepared(
      this.#db,
      `select r.id, json_extract(w.applied, :at) as name from resource r indexed by resource_pending join wide w on w.id = r.id
         where r.pending and r.kind = :kind and r.target_id is not null and json_extract(w.applied, :at) is not null
           and (r.intent = 'deleted'
             or r.intent <> 'keep' and ${followed} and json_extract(w.body, :at) is not json_extract(w.applied, :at))`,
    ).all({ kind, at: keyOf(path) }) as NamedRow[];
  }

  /** People or groups who are to hold this and do not yet. Who was adopted without our external id keeps the other one. */
  wanting(kind: Kind, path: string, reach: Reach): NamedRow[] {
    return prepared(
      this.#db,
      `select r.id, json_extract(w.body, :at) as name from resource r indexed by resource_pending join wide w on w.id = r.id
         where r.pending and r.kind = :kind and ${followed} and json_extract(w.body, :at) is not json_extract(w.applied, :at)
           and json_extract(w.body, :at) is not null and r.touched <= :touchedUpTo
           and (r.target_id is null and r.intent = 'active' or r.target_id is not null and r.intent in ('active', 'inactive'))
           and (r.origin is not 'adopted' or json_extract(w.applied, :at) is not null)
           ${narrowed(reach, "r.id")}`,
    ).all({
      kind,
      at: keyOf(path),
      touchedUpTo: reach.touchedUpTo,
      ...(reach.only === undefined ? {} : { only: reach.only }),
    }) as NamedRow[];
  }
}

/** The path of one key of a JSON object. */
function keyOf(path: string): string {
  return `$.${JSON.stringify(path)}`;
}
