/** A connection that manages so many people, written straight into its snapshot, and its guards, asked what they would hold. */
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Connection } from "../../src/connection.ts";
import type { HoldClass } from "../../src/store/holds.ts";
import { guard } from "../../src/sync/guard.ts";
import type { Work } from "../../src/sync/work.ts";
import type { World } from "../world.ts";

type Change =
  | "deactivations"
  | "deletions"
  | "member-removals"
  | "creations"
  | "identifier-changes"
  | "cleared-values";

const GROUP = 1_000_000_000;
const NEW = 500_000_000;

/** What makes n people pending in a class, and what takes it back. */
const changes: Readonly<Record<Change, readonly string[]>> = {
  deactivations: [
    "update resource set intent = 'inactive', reason_code = 'disabled', desired = x'02' where id <= :n",
  ],
  deletions: ["update resource set intent = 'deleted', desired = x'02' where id <= :n"],
  "member-removals": [`update membership set desired = 0 where grp = ${GROUP} and usr <= :n`],
  creations: [
    `insert into resource (id, kind, source_id, presence, in_scope, intent, desired)
       with recursive i (n) as (select 1 union all select n + 1 from i where n < :n)
       select ${NEW} + n, 'user', 'new' || n, 'present', 1, 'active', x'01' from i where :n > 0`,
  ],
  "identifier-changes": [
    "update resource set desired = x'02' where id <= :n",
    `update wide set body = json_object('userName', 'renamed' || id, 'title', 'Clerk') where id <= :n`,
  ],
  "cleared-values": [
    "update resource set desired = x'02' where id <= :n",
    `update wide set body = json_object('userName', 'p' || id, 'title', null) where id <= :n`,
  ],
};

const quiet = [
  `delete from resource where id > ${NEW} and id < ${GROUP}`,
  "update resource set intent = 'active', reason_code = '', desired = applied where pending",
  "update membership set desired = 1 where pending",
  "update wide set body = applied where body is not applied",
];

/** Opens a world of so many people, all of them in one group, who have long had their accounts. */
export class Managed {
  readonly people: number;
  readonly #connection: Connection;
  readonly #work: Work;
  readonly #db: Database.Database;

  private constructor(world: World, people: number, connection: Connection) {
    this.people = people;
    this.#connection = connection;
    this.#db = new Database(join(world.folder, "staff.db"));
    this.#fill();
    this.#work = connection.begin({ purpose: "sync", trigger: "test" });
  }

  static async open(world: World, people: number): Promise<Managed> {
    return new Managed(world, people, await world.open());
  }

  #fill(): void {
    const { people } = this;
    const all = `with recursive i (n) as (select 1 union all select n + 1 from i where n < ${people})`;
    if (people === 0) return;
    this.#db.exec(
      `insert into resource (id, kind, source_id, presence, in_scope, intent, desired, applied, applied_intent, target_id)
         ${all} select n, 'user', 'p' || n, 'present', 1, 'active', x'01', x'01', 'active', 't' || n from i;
       insert into wide (id, body, applied) ${all}
         select n, json_object('userName', 'p' || n, 'title', 'Clerk'), json_object('userName', 'p' || n, 'title', 'Clerk') from i;
       insert into resource (id, kind, source_id, presence, in_scope, intent, desired, applied, applied_intent, target_id)
         values (${GROUP}, 'group', 'everybody', 'present', 1, 'active', x'01', x'01', 'active', 'everybody');
       insert into membership (grp, usr, desired, applied) ${all} select ${GROUP}, n, 1, 1 from i;`,
    );
  }

  /** What the guards say of n changes of a class in one cycle; undefined: they go. */
  held(change: Change, n: number): string | undefined {
    for (const sql of changes[change]) this.#db.prepare(sql).run(sql.includes(":n") ? { n } : {});
    const { holds } = guard(this.#work, { touchedUpTo: Number.MAX_SAFE_INTEGER });
    this.#db.transaction(() => {
      for (const sql of quiet) this.#db.exec(sql);
    })();
    const wanted: HoldClass = change;
    return holds.find((hold) => hold.class === wanted)?.message;
  }

  /**
   * How many changes of a class go in one cycle; undefined: any number. Where it ends is tried: so many go, and one more is held. The guards' own
   * sentence and half of everybody say where to try.
   */
  most(change: Change): number | undefined {
    const share = change === "creations" ? 0.6 : 0.2;
    const possible = Math.min(
      Math.ceil(this.people * share) + 60,
      change === "creations" ? Number.POSITIVE_INFINITY : this.people,
    );
    const sentence = this.held(change, possible);
    if (sentence === undefined) return undefined;
    const limit = Number(/limit (?:a group: )?(\d+)/.exec(sentence)?.[1]);
    const guesses = [limit, Math.floor(this.people / 2), Math.floor((this.people + 1) / 2), 2];
    const found = guesses.find(
      (n) => this.held(change, n) === undefined && this.held(change, n + 1) !== undefined,
    );
    if (found === undefined)
      throw new Error(`where ${change} of ${this.people} are held is not where the guards say`);
    return found;
  }

  async close(): Promise<void> {
    this.#db.close();
    await this.#connection.close();
  }
}

export type { Change };
