import { createHash } from "node:crypto";
import Database from "better-sqlite3";
import { z } from "zod";

/** What an application would see of the embedded directory. */
export interface Seen {
  /** userName of everybody who may log in, sorted. */
  readonly active: readonly string[];
  /** userName of those -> id of the account. */
  readonly ids: ReadonlyMap<string, string>;
  /** displayName of each group -> userNames of its members who may log in, sorted. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Differs after every write. */
  readonly fingerprint: string;
}

const accounts = z.array(z.object({ id: z.string(), userName: z.string() }));
const teams = z.array(z.object({ name: z.string(), userName: z.string().nullable() }));

/** Reads the embedded directory's file by SQL alone, as somebody who does not know the program would. */
export function lookInto(file: string): Seen {
  const database = new Database(file, { readonly: true });
  try {
    const active = accounts.parse(
      database
        .prepare(
          `select id, json ->> 'userName' as userName from resource
           where kind = 'user' and json ->> 'active' = 1`,
        )
        .all(),
    );
    const members = teams.parse(
      database
        .prepare(
          `select team.json ->> 'displayName' as name, person.json ->> 'userName' as userName
           from resource team
           left join membership on membership.grp = team.seq
           left join resource person on person.seq = membership.member and person.json ->> 'active' = 1
           where team.kind = 'group'`,
        )
        .all(),
    );
    const groups = new Map<string, string[]>();
    for (const { name, userName } of members) {
      const list = groups.get(name) ?? [];
      if (userName !== null) list.push(userName);
      groups.set(name, list);
    }
    return {
      active: active.map(({ userName }) => userName).toSorted(),
      ids: new Map(active.map(({ id, userName }) => [userName, id])),
      groups: new Map([...groups].map(([name, list]) => [name, list.toSorted()])),
      fingerprint: fingerprintOf(database),
    };
  } finally {
    database.close();
  }
}

function fingerprintOf(database: Database.Database): string {
  const rows = ["select * from resource order by seq", "select * from membership order by grp, member"];
  return createHash("sha256")
    .update(JSON.stringify(rows.map((sql) => database.prepare(sql).all())))
    .digest("hex");
}
