/** The internal API over the tables of an embedded directory. */
import type { Clock } from "../../clock.ts";
import { ItemError } from "../../errors.ts";
import type { Capabilities, Finding, GroupApi, ResourceApi, ScimApi, WriteOptions } from "../../scim/api.ts";
import { sameText } from "../../scim/filter.ts";
import { elements, member, parsePath, readPath } from "../../scim/path.ts";
import type { Json, Kind, Resource, StoredResource } from "../../scim/resource.ts";
import { applyOperations } from "./apply-operations.ts";
import { type DirectoryDatabase, explain } from "./database.ts";
import { GroupCommit } from "./group-commit.ts";
import { type Row, Rows, resourceOf, SEARCHABLE, versionOf } from "./rows.ts";

const PAGE = 500;

/** The same for every embedded directory. */
export const CAPABILITIES: Capabilities = {
  update: "patch",
  filter: SEARCHABLE,
  membersPerRequest: 10_000,
  membersReadable: true,
  irreversibleDeactivation: false,
  delete: { user: true, group: true },
  rename: { user: true, group: true },
  settleMs: 0,
  // Writes that arrive together share one wait for the disk.
  concurrency: 64,
  enforcesUniqueness: true,
};

/** The API over an open database, which `close` closes. */
export function embeddedApi(database: DirectoryDatabase, file: string, clock: Clock): ScimApi {
  const rows = new Rows(database);
  const failure = (error: unknown) => explain(error, file);
  const commits = new GroupCommit(database, failure);
  const shared = { rows, commits, clock, failure };
  return {
    capabilities: CAPABILITIES,
    users: resourceApi("user", shared),
    groups: groupApi(shared),
    async probe(): Promise<readonly Finding[]> {
      return [probe(database, rows, file)];
    },
    async close() {
      commits.flush();
      database.close();
    },
  };
}

interface Shared {
  readonly rows: Rows;
  readonly commits: GroupCommit;
  readonly clock: Clock;
  readonly failure: (error: unknown) => Error;
}

function resourceApi(kind: Kind, { rows, commits, clock, failure }: Shared): ResourceApi {
  const read = <T>(signal: AbortSignal, work: () => T): T => {
    signal.throwIfAborted();
    try {
      return work();
    } catch (error) {
      throw failure(error);
    }
  };
  return {
    async create(resource, { signal }) {
      return commits.write(() => {
        const row = rows.insert(kind, resource, clock.now());
        const ids = kind === "group" ? memberIds(resource) : [];
        if (ids.length > 0) rows.changeMembers(row, ids, [], clock.now());
        return resourceOf(row, row.kept);
      }, signal);
    },
    async get(id, signal) {
      const row = read(signal, () => rows.byId(kind, id));
      return row && resourceOf(row);
    },
    async find(attribute, value, signal) {
      const { path } = parsePath(attribute);
      if (path === undefined || !SEARCHABLE[kind].includes(path.text))
        throw new ItemError("mutability", `the directory cannot look ${kind}s up by ${attribute}`);
      return read(signal, () => rows.find(kind, path.text, value))
        .map((row) => resourceOf(row))
        .filter((each) => sameText(path.text, value, String(readPath(each, path))));
    },
    async *list(signal): AsyncGenerator<StoredResource> {
      let after = 0;
      for (;;) {
        const page = read(signal, () => rows.page(kind, after, PAGE));
        for (const row of page) yield resourceOf(row);
        const last = page.at(-1);
        if (last === undefined) return;
        after = last.seq;
      }
    },
    async count(signal) {
      return read(signal, () => rows.count(kind));
    },
    async replace(id, resource, options) {
      return commits.write(() => {
        const row = writable(rows, kind, id, options);
        const after = rows.update(row, resource, clock.now());
        if (kind === "group" && resource["members"] !== undefined) {
          const wanted = new Set(memberIds(resource));
          const held = new Set(rows.members(row));
          rows.changeMembers(row, [...wanted.difference(held)], [...held.difference(wanted)], clock.now());
        }
        return resourceOf(rows.byId(kind, id) ?? after);
      }, options.signal);
    },
    async patch(id, operations, options) {
      return commits.write(() => {
        const row = writable(rows, kind, id, options);
        const { resource, members } = applyOperations(JSON.parse(row.json) as Resource, operations, () =>
          rows.members(row),
        );
        const after = rows.update(row, resource, clock.now());
        rows.changeMembers(row, members.add, members.remove, clock.now());
        return resourceOf(rows.byId(kind, id) ?? after);
      }, options.signal);
    },
    async delete(id, options) {
      await commits.write(() => {
        const row = rows.byId(kind, id);
        if (row === undefined) return;
        refuseStale(row, options);
        rows.remove(row, clock.now());
      }, options.signal);
    },
  };
}

function groupApi(shared: Shared): GroupApi {
  const { rows, commits, clock } = shared;
  return {
    ...resourceApi("group", shared),
    async members(id, signal) {
      signal.throwIfAborted();
      const row = rows.byId("group", id);
      if (row === undefined) throw gone("group", id);
      return new Set(rows.members(row));
    },
    async among(id, ids, signal) {
      signal.throwIfAborted();
      const row = rows.byId("group", id);
      if (row === undefined) throw gone("group", id);
      return new Set(rows.membersAmong(row, ids));
    },
    async changeMembers(id, { add, remove }, options) {
      await commits.write(() => {
        rows.changeMembers(writable(rows, "group", id, options), add, remove, clock.now());
      }, options.signal);
    },
  };
}

function writable(rows: Rows, kind: Kind, id: string, options: WriteOptions): Row {
  const row = rows.byId(kind, id);
  if (row === undefined) throw gone(kind, id);
  refuseStale(row, options);
  return row;
}

function refuseStale(row: Row, { ifMatch }: WriteOptions): void {
  if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== versionOf(row))
    throw new ItemError("changed-meanwhile", `${row.kind} ${row.id} was changed by somebody else meanwhile`, {
      status: 412,
    });
}

function gone(kind: Kind, id: string): ItemError {
  return new ItemError("not-found", `${kind} ${id} is not in the directory any more`, { status: 404 });
}

function memberIds(resource: Resource): string[] {
  return elements(resource["members"]).map((each: Json) => String(member(each, "value") ?? each));
}

function probe(database: DirectoryDatabase, rows: Rows, file: string): Finding {
  const verdict = database.pragma("quick_check(1)", { simple: true });
  const holds = `${rows.count("user")} people and ${rows.count("group")} groups`;
  if (verdict === "ok")
    return { ok: true, check: "embedded directory", message: `${file} is sound and holds ${holds}` };
  return {
    ok: false,
    check: "embedded directory",
    message: `${file} is damaged`,
    hint: "restore it from a backup",
  };
}
