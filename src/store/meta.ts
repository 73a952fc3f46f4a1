import { randomUUID } from "node:crypto";
import { ConfigurationError } from "../errors.ts";
import type { Db } from "./database.ts";

/** Names of the few facts that a snapshot knows about itself. */
type Key =
  | "lineage"
  | "serial"
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
  | "removals_reported_at";

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
    return this.#db.prepare("select value from meta where key = ?").pluck().get(key) as string | undefined;
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

  /** Binds the snapshot to its directory or target at the first meeting; refuses another one afterwards. */
  bind(key: "source" | "target", identity: string, connection: string): void {
    const bound = this.get(key);
    if (bound === undefined) this.set(key, identity);
    else if (bound !== identity) {
      throw new ConfigurationError(
        `${connection}: this snapshot belongs to the ${key} ${bound}, but the configuration now names ${identity}`,
        {
          hint: `correct the ${key} in the configuration; for a different ${key === "source" ? "directory" : "application"} use a new connection name, whose first sync matches existing accounts`,
        },
      );
    }
  }
}
