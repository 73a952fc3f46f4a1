import type { Db } from "./database.ts";
import { prepared } from "./prepared.ts";

/** What an edit of the configuration wants of somebody, whatever the directory says. */
export interface EditEffects {
  /** The account is to be off, or gone, by the edit. */
  readonly intent?: "inactive" | "deleted";
  /** SCIM paths of identifiers that get another value, and of values that are cleared; "*" where only a whole read can tell. */
  readonly paths: readonly string[];
}

/** What edits of the configuration want and is not done yet. Marks alone: nothing is pending because of one. */
export class Edits {
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
  }

  get some(): boolean {
    return prepared(this.#db, "select 1 from edited limit 1").get() !== undefined;
  }

  /** Rows of whom an edit wants something that is not done yet. */
  marked(): ReadonlySet<number> {
    return new Set(prepared(this.#db, "select resource from edited").pluck().all() as number[]);
  }

  of(resource: number): EditEffects | undefined {
    const text = prepared(this.#db, "select effects from edited where resource = ?").pluck().get(resource) as
      | string
      | undefined;
    return text === undefined ? undefined : (JSON.parse(text) as EditEffects);
  }

  /** Replaces what is known of somebody; without any effect it is forgotten. */
  set(resource: number, effects: EditEffects): void {
    if (effects.intent === undefined && effects.paths.length === 0) {
      prepared(this.#db, "delete from edited where resource = ?").run(resource);
      return;
    }
    prepared(
      this.#db,
      "insert into edited (resource, effects) values (?, ?) on conflict (resource) do update set effects = excluded.effects",
    ).run(resource, JSON.stringify(effects));
  }

  /** The directory itself wants somebody off by now: that is no longer the edit's doing. */
  leaves(resource: number): void {
    const known = this.of(resource);
    if (known?.intent !== undefined) this.set(resource, { paths: known.paths });
  }

  /** Forgets what was done or is no longer wanted; what only waits for a pilot to end is kept. Costs what is marked. Call inside a transaction. */
  tidy(): void {
    const rows = prepared(this.#db, "select resource from edited").pluck().all() as number[];
    const drop = prepared(
      this.#db,
      "delete from edited where resource = :row and not exists (select 1 from resource where id = :row and (pending or desired is not applied))",
    );
    for (const row of rows) drop.run({ row });
    prepared(this.#db, "update membership set edited = null where edited is not null and not pending").run();
  }
}
