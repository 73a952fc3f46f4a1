/** The tables of an embedded directory, spoken to in resources. Everything here is synchronous and runs inside the caller's transaction. */
import { randomUUID } from "node:crypto";
import type { RunResult, Statement } from "better-sqlite3";
import { ItemError } from "../../errors.ts";
import { fold } from "../../scim/filter.ts";
import { knownPath, readPath } from "../../scim/path.ts";
import { ENTERPRISE_SCHEMA, type Kind, type Resource, type StoredResource } from "../../scim/resource.ts";
import type { DirectoryDatabase } from "./database.ts";

/** A stored person or group. */
export interface Row {
  readonly seq: number;
  readonly id: string;
  readonly kind: Kind;
  readonly version: number;
  readonly created: number;
  readonly modified: number;
  readonly json: string;
}

const COLUMNS = "seq, id, kind, version, created, modified, json";
const NAME: Readonly<Record<Kind, string>> = { user: "userName", group: "displayName" };
const OTHERS: Readonly<Record<Kind, readonly string[]>> = {
  user: ["displayName", 'emails[type eq "work"].value', `${ENTERPRISE_SCHEMA}:employeeNumber`],
  group: [],
};

/** What can be searched, in the spelling of parsed paths. */
export const SEARCHABLE: Readonly<Record<Kind, readonly string[]>> = {
  user: ["id", "externalId", "userName", ...OTHERS.user],
  group: ["id", "externalId", "displayName"],
};

/** The resource of a row, with id and meta; groups without members. `kept`: what its text says, where that is at hand. */
export function resourceOf(row: Row, kept = JSON.parse(row.json) as Resource): StoredResource {
  return {
    ...kept,
    id: row.id,
    meta: {
      resourceType: row.kind === "user" ? "User" : "Group",
      created: new Date(row.created).toISOString(),
      lastModified: new Date(row.modified).toISOString(),
      version: versionOf(row),
    } as StoredResource["meta"] & object,
  };
}

/** The ETag of a row. */
export function versionOf(row: Row): string {
  return `W/"${row.version}"`;
}

/** Prepared statements over one open directory. */
export class Rows {
  readonly #statements = new Map<string, Statement<unknown[], unknown>>();
  readonly #database: DirectoryDatabase;

  constructor(database: DirectoryDatabase) {
    this.#database = database;
  }

  byId(kind: Kind, id: string): Row | undefined {
    return this.#sql<Row>(`select ${COLUMNS} from resource where id = ? and kind = ?`).get(id, kind);
  }

  /** Rows whose attribute may equal the value; `attribute` is one of SEARCHABLE. */
  find(kind: Kind, attribute: string, value: string): Row[] {
    if (attribute === "id") return [this.byId(kind, value)].filter((row) => row !== undefined);
    if (attribute === "externalId")
      return this.#sql<Row>(`select ${COLUMNS} from resource where kind = ? and external_id = ?`).all(
        kind,
        value,
      );
    if (attribute === NAME[kind])
      return this.#sql<Row>(`select ${COLUMNS} from resource where kind = ? and name = ?`).all(
        kind,
        fold(value),
      );
    return this.#sql<Row>(
      `select ${COLUMNS} from resource where seq in (select seq from searchable where attribute = ? and value = ?) and kind = ?`,
    ).all(attribute, fold(value), kind);
  }

  /** The next rows in order of creation. */
  page(kind: Kind, afterSeq: number, limit: number): Row[] {
    return this.#sql<Row>(
      `select ${COLUMNS} from resource where kind = ? and seq > ? order by seq limit +?`,
    ).all(kind, afterSeq, limit);
  }

  count(kind: Kind): number {
    return this.#sql<{ n: number }>("select count(*) as n from resource where kind = ?").get(kind)?.n ?? 0;
  }

  insert(kind: Kind, resource: Resource, now: number): Row & { readonly kept: Resource } {
    const { name, externalId, json, kept } = this.#columns(kind, resource);
    const row = { id: randomUUID(), kind, version: 1, created: now, modified: now, json };
    // Not `returning`: it makes an insert take twice as long.
    const { lastInsertRowid } = this.#guarded(kind, () =>
      this.#sql(
        "insert into resource (id, kind, name, external_id, version, created, modified, json) values (?, ?, ?, ?, 1, ?, ?, ?)",
      ).run(row.id, kind, name, externalId, now, now, json),
    );
    const inserted = { ...row, seq: Number(lastInsertRowid), kept };
    this.#index(inserted, resource);
    return inserted;
  }

  update(before: Row, resource: Resource, now: number): Row {
    const { name, externalId, json } = this.#columns(before.kind, resource);
    if (json === before.json) return before;
    this.#guarded(before.kind, () =>
      this.#sql(
        "update resource set name = ?, external_id = ?, json = ?, version = version + 1, modified = ? where seq = ?",
      ).run(name, externalId, json, now, before.seq),
    );
    const row = { ...before, version: before.version + 1, modified: now, json };
    this.#sql("delete from searchable where seq = ?").run(row.seq);
    this.#index(row, resource);
    return row;
  }

  /** The row and its memberships go; the groups that held it get a new version. */
  remove(row: Row, now: number): void {
    this.#sql(
      "update resource set version = version + 1, modified = ? where seq in (select grp from membership where member = ?)",
    ).run(now, row.seq);
    this.#sql("delete from resource where seq = ?").run(row.seq);
  }

  members(group: Row): string[] {
    return this.#sql<{ id: string }>(
      "select resource.id from membership join resource on resource.seq = membership.member where grp = ?",
    )
      .all(group.seq)
      .map(({ id }) => id);
  }

  membersAmong(group: Row, ids: readonly string[]): string[] {
    const isIn = this.#sql(
      "select 1 from membership where grp = ? and member = (select seq from resource where id = ?)",
    );
    return ids.filter((id) => isIn.get(group.seq, id) !== undefined);
  }

  /** Adds and removes these members; adding one who is in, or removing one who is not, changes nothing. */
  changeMembers(group: Row, add: readonly string[], remove: readonly string[], now: number): void {
    const seqs = this.#sql<{ seq: number }>("select seq from resource where id = ?");
    const insert = this.#sql("insert or ignore into membership (grp, member) values (?, ?)");
    const erase = this.#sql(
      "delete from membership where grp = ? and member = (select seq from resource where id = ?)",
    );
    let changes = 0;
    const unknown = add.filter((id) => {
      const seq = seqs.get(id)?.seq;
      if (seq !== undefined) changes += insert.run(group.seq, seq).changes;
      return seq === undefined;
    });
    if (unknown.length > 0)
      throw new ItemError(
        "unresolved",
        `${unknown.length} of ${add.length} members to add to group ${group.id} do not exist in the directory`,
      );
    for (const id of remove) changes += erase.run(group.seq, id).changes;
    if (changes > 0)
      this.#sql("update resource set version = version + 1, modified = ? where seq = ?").run(now, group.seq);
  }

  #columns(kind: Kind, resource: Resource) {
    const name = readPath(resource, knownPath(NAME[kind]));
    if (typeof name !== "string" || name.trim() === "")
      throw new ItemError("invalid-value", `a ${kind} needs a ${NAME[kind]}`, { status: 400 });
    const { id: _id, meta: _meta, members: _members, groups: _groups, ...kept } = resource;
    return { name: fold(name.trim()), externalId: kept.externalId ?? null, json: JSON.stringify(kept), kept };
  }

  #index(row: Row, resource: Resource): void {
    for (const attribute of OTHERS[row.kind]) {
      const value = readPath(resource, knownPath(attribute));
      if (typeof value === "string" && value !== "")
        this.#sql("insert into searchable (seq, attribute, value) values (?, ?, ?)").run(
          row.seq,
          attribute,
          fold(value),
        );
    }
  }

  #guarded(kind: Kind, write: () => RunResult): RunResult {
    try {
      const result = write();
      if (result.changes !== 1) throw new Error("the row to write is gone");
      return result;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "SQLITE_CONSTRAINT_UNIQUE"))
        throw error;
      throw new ItemError("uniqueness", `another ${kind} in the directory has this ${NAME[kind]}`, {
        status: 409,
        cause: error,
      });
    }
  }

  #sql<Found>(text: string): Statement<unknown[], Found> {
    let statement = this.#statements.get(text);
    if (statement === undefined) {
      statement = this.#database.prepare<unknown[], unknown>(text);
      this.#statements.set(text, statement);
    }
    return statement as Statement<unknown[], Found>;
  }
}
