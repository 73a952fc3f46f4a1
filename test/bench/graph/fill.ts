/**
 * `node test/bench/graph/fill.ts CONFIG`: reads everybody into a site by the program's own reading, and then says of all of them that they have their
 * accounts: as the program leaves both sides after a first sync, without the time that a million single writes take. What is missing is the audit
 * trail of those writes and what the guards count within a day.
 */
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { systemClock } from "../../../src/commands/system-clock.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { connectionNamed, openConnection } from "../../../src/connection.ts";
import { silent } from "../../../src/log.ts";
import { checkMapping } from "../../../src/mapping/compile.ts";
import { buildResource } from "../../../src/scim/build.ts";
import type { Attributes, Kind } from "../../../src/scim/resource.ts";
import { read } from "../../../src/sync/read.ts";
import { openDatabase } from "../../../src/targets/embedded/database.ts";
import { Rows } from "../../../src/targets/embedded/rows.ts";

interface Person {
  readonly id: number;
  readonly kind: Kind;
  readonly sourceId: string;
  readonly body: string;
  readonly manager: number | null;
}

const [file = ""] = process.argv.slice(2);
const manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
const folder = join(dirname(file), "state");
await readEverybody();

const now = Date.now();
const state = new Database(join(folder, "staff.db"));
const claims = new Database(join(folder, "targets", "directory.db"));
const target = openDatabase(join(folder, "targets", "directory.directory.db"));
for (const db of [state, claims, target]) db.pragma("synchronous = off");
const rows = new Rows(target);
const accounts: { readonly id: string; readonly seq: number }[] = [];
for (const [id, targetId] of accountsSoFar()) accounts[id] = { id: targetId, seq: seqOf(targetId) };
let last = 0;
while (fillSome(5000));
fillMembers();
for (const db of [state, claims, target]) {
  db.pragma("wal_checkpoint(truncate)");
  db.close();
}

async function readEverybody(): Promise<void> {
  const config = await loadConfig(file, checkMapping);
  const { signal } = new AbortController();
  const around = { clock: systemClock, log: silent, signal, abort: signal, progress: () => {} };
  const connection = await openConnection(config, connectionNamed(config, "staff"), around);
  const work = connection.begin({ purpose: "sync", trigger: "on demand" });
  await read(work, { full: true });
  await connection.close();
}

function accountsSoFar(): readonly [number, string][] {
  return state.prepare("select id, target_id from resource where target_id is not null").raw().all() as [
    number,
    string,
  ][];
}

function seqOf(targetId: string): number {
  return target.prepare("select seq from resource where id = ?").pluck().get(targetId) as number;
}

/** False when everybody has an account. Whoever is somebody's manager was read before them. */
function fillSome(most: number): boolean {
  const people = state
    .prepare(
      `select r.id, r.kind, r.source_id as sourceId, w.body, m.desired as manager from resource r join wide w on w.id = r.id
       left join reference m on m.owner = r.id and m.path = ? where r.id > ? and r.intent = 'active' and r.target_id is null order by r.id limit ?`,
    )
    .all(manager, last, most) as Person[];
  const link = state.prepare(
    `update resource set target_id = ?, origin = 'created', applied = desired, applied_intent = 'active', linked_at = ?, match_at = ? where id = ?`,
  );
  const applied = state.prepare("update wide set applied = ? where id = ?");
  const refer = state.prepare("update reference set applied = desired where owner = ?");
  const claim = claims.prepare(
    "insert into claim (kind, target_id, connection, source_id, at) values (?, ?, 'staff', ?, ?)",
  );
  const all = () => {
    for (const person of people) {
      const body = JSON.parse(person.body) as Attributes;
      const after = person.kind === "user" ? { ...body, active: true } : body;
      const { id, seq } = rows.insert(
        person.kind,
        buildResource(person.kind, withManager(person, after)),
        now,
      );
      accounts[person.id] = { id, seq };
      link.run(id, now, now, person.id);
      applied.run(JSON.stringify(after), person.id);
      refer.run(person.id);
      claim.run(person.kind, id, person.sourceId, now);
    }
  };
  target.transaction(() => state.transaction(() => claims.transaction(all)())())();
  last = people.at(-1)?.id ?? last;
  return people.length > 0;
}

function withManager(person: Person, attributes: Attributes): Attributes {
  const account = person.manager === null ? undefined : accounts[person.manager];
  return account === undefined ? attributes : { ...attributes, [`${manager}.value`]: account.id };
}

function fillMembers(): void {
  const add = target.prepare("insert or ignore into membership (grp, member) values (?, ?)");
  target.transaction(() => {
    for (const [group, user] of state.prepare("select grp, usr from membership").raw().iterate() as Iterable<
      [number, number]
    >)
      add.run(accounts[group]?.seq, accounts[user]?.seq);
  })();
  state.prepare("update membership set applied = desired, member_since = ?").run(now);
}
