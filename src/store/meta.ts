import { randomUUID } from "node:crypto";
import { ConfigurationError } from "../errors.ts";
import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** Names of the few facts that a snapshot knows about itself. */
type Key =
  | "lineage"
  | "serial"
  | "connection"
  | "source"
  | "target"
  | "mapping"
  | "complete_run"
  | "last_full_at"
  | "last_reconcile_at"
  | "reconciled_user"
  | "reconciled_group"
  | "reconcile"
  | "started"
  | "assigned_groups"
  | "assigned_rule"
  | "edit_looked_at"
  | "judged_by"
  | "privileged_groups"
  | "protect"
  | "own_account"
  | "expiries"
  | "pilot_groups"
  | "pilot_users"
  | "linked_groups"
  | "retirement"
  | "removals_reported_at"
  | "holds_reported_at"
  | "plan_key"
  | "chance"
  | "schedule"
  | "configuration"
  | "restored"
  | "flattened"
  | "audit_head";

/** What to do when a snapshot turns out to belong to something else. */
const remedies = {
  connection: "put the connection's own file back; a copy of another one would follow the other's people",
  source:
    "correct the source in the configuration; for a different directory use a new connection name, whose first sync matches existing accounts",
  target:
    "correct the target in the configuration; for a different application use a new connection name, whose first sync matches existing accounts",
} as const;

/** Lineage (which snapshot this is, of which directory, for which target) and serial (how many reads were finished). */
export class Meta {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
    if (this.get("lineage") === undefined) {
      this.set("lineage", randomUUID());
      this.set("serial", "0");
    }
  }

  get(key: Key): string | undefined {
    return prepared(this.#db, "select value from meta where key = ?").pluck().get(key) as string | undefined;
  }

  set(key: Key, value: string): void {
    this.#db
      .prepare(
        "insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value where value <> excluded.value",
      )
      .run(key, value);
  }

  number(key: Key): number {
    return Number(this.get(key) ?? 0);
  }

  /** Binds the snapshot to its connection, directory or target at the first meeting; refuses another one afterwards. */
  bind(key: keyof typeof remedies, identity: string, connection: string): void {
    const bound = this.get(key);
    if (bound === undefined) this.set(key, identity);
    else if (bound !== identity) {
      throw new ConfigurationError(
        `${connection}: this snapshot belongs to the ${key} ${bound}, but the configuration now names ${identity}`,
        { hint: remedies[key] },
      );
    }
  }
}
