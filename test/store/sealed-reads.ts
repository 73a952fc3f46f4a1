/** A store that reads what a directory may send, and entries as it may send them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach } from "vitest";
import type { Json, Kind } from "../../src/scim/resource.ts";
import type { Change, Sealed } from "../../src/sources/source.ts";
import { Store } from "../../src/store/store.ts";
import { TestClock } from "../world.ts";
import { plainJudge } from "./plain-judge.ts";

const judge = plainJudge(true);
const places: Place[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.end();
});

/** A store, and a look into its file. */
export class Place {
  readonly #folder = mkdtempSync(join(tmpdir(), "rollcall-seals-"));
  readonly clock = new TestClock();
  readonly store = Store.open({
    folder: this.#folder,
    connection: "staff",
    target: "app",
    clock: this.clock,
    create: true,
  });
  readonly file = new Database(join(this.#folder, "staff.db"));

  constructor() {
    places.push(this);
  }

  end(): void {
    this.file.close();
    this.store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  read(
    type: "full" | "delta",
    pages: readonly (readonly (Change | Sealed)[])[],
    options: { readonly dies?: boolean } = {},
  ): void {
    const { store } = this;
    const run = store.runs.begin(
      { purpose: "sync", trigger: "test", actor: "test", at: 1, config: "" },
      1000,
    );
    const stage = store.stage(run, judge);
    for (const page of pages) stage.page(page);
    if (options.dies === true) return;
    store.finish(stage, { run, read: type, cursor: { text: "c" }, selection: "" }, judge);
  }

  /** All that the snapshot says, but for how it came. */
  get content(): unknown {
    const all = (sql: string) => this.file.prepare(sql).all();
    return {
      resources: all("select * from resource order by id").map((row) => ({ ...(row as object), seal: "" })),
      wide: all("select * from wide order by id"),
      edges: all("select * from edge order by grp, member"),
      memberships: all(
        "select grp, usr, desired, applied from membership where desired or applied order by grp, usr",
      ),
    };
  }

  /** The same by the ids of the directory: rows may have come in another order. */
  get contentByName(): unknown {
    const all = (sql: string) =>
      this.file
        .prepare(sql)
        .all()
        .map((row) => ({ ...(row as object), id: 0, seal: "" }));
    const named = "join resource g on g.id = grp join resource m on m.id";
    return {
      resources: all("select * from resource order by source_id"),
      wide: all("select source_id, wide.* from wide join resource using (id) order by 1"),
      edges: all(
        `select g.source_id as grp, m.source_id as member, declared from edge ${named} = member order by 1, 2`,
      ),
      memberships: all(
        `select g.source_id as grp, m.source_id as usr, x.desired, x.applied from membership x ${named} = usr where x.desired or x.applied order by 1, 2`,
      ),
    };
  }

  membersOf(id: string): unknown[] {
    return this.file
      .prepare(
        "select m.source_id from edge e join resource g on g.id = e.grp join resource m on m.id = e.member where g.source_id = ? order by 1",
      )
      .pluck()
      .all(id);
  }

  /** As a snapshot that knows of no read before. */
  forgetSeals(): void {
    this.file.exec("update resource set seal = null; delete from meta where key = 'sealed_at'");
  }

  /** Rows of people, groups and memberships that are written from now on. */
  countWrites(): () => number {
    this.file.exec("create table noted (name text) strict");
    for (const name of ["resource", "wide", "edge", "membership"])
      for (const event of ["insert", "update", "delete"])
        this.file.exec(
          `create trigger noted_${name}_${event} after ${event} on ${name} begin insert into noted values ('${name}'); end`,
        );
    return () => this.file.prepare("select count(*) from noted").pluck().get() as number;
  }
}

let opened: string[] = [];

/** An entry as a directory may send it. Members that are given are the group's list, as far as this entry goes. */
function entry(kind: Kind, id: string, text: string): Sealed {
  return {
    type: "sealed",
    kind,
    id,
    seal: `${kind} ${id} ${text}`,
    open() {
      opened.push(id);
      const { members, cleared = [], ...record } = JSON.parse(text) as Record<string, Json>;
      const present: Change = { type: "present", kind, id, record, cleared: cleared as string[] };
      if (members === undefined) return [present];
      return [present, { type: "members", group: id, mode: "listed", ids: members as string[], last: false }];
    },
  };
}

export const person = (id: string, values: object) => entry("user", id, JSON.stringify(values));
export const group = (id: string, values: object) => entry("group", id, JSON.stringify(values));
export const closing = (...ids: string[]): Change[] =>
  ids.map((id) => ({ type: "members", group: id, mode: "listed", ids: [], last: true }));

export function opening(read: () => void): readonly string[] {
  opened = [];
  read();
  return opened;
}

/** Numbers below `n`, the same for the same seed. */
export function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** A directory that sends what it likes: old and new, whole and in part, once and twice, in any order. */
export class Directory {
  readonly #roll: (n: number) => number;
  readonly #named: (name: string) => string;
  readonly #people = new Map<string, Record<string, Json>>();
  readonly #groups = new Map<string, { record: Record<string, Json>; members: string[] }>();

  constructor(roll: (n: number) => number, named: (name: string) => string) {
    this.#roll = roll;
    this.#named = named;
  }

  #person(): string {
    return this.#named(`u${this.#roll(8)}`);
  }

  #group(): string {
    return this.#named(`g${this.#roll(4)}`);
  }

  change(): void {
    const roll = this.#roll;
    for (let n = roll(4); n > 0; n--) {
      const id = this.#person();
      if (roll(5) === 0) this.#people.delete(id);
      else this.#people.set(id, { name: roll(3), inside: roll(4) > 0, title: roll(2) });
    }
    for (let n = roll(3); n > 0; n--) {
      const id = this.#group();
      const members = [...Array(8).keys()].filter(() => roll(3) === 0).map((n) => this.#named(`u${n}`));
      if (roll(6) === 0) this.#groups.delete(id);
      else
        this.#groups.set(id, {
          record: { name: roll(2) },
          members: roll(4) === 0 ? [...members, this.#named("g0")] : members,
        });
    }
  }

  everybody(): (Change | Sealed)[][] {
    const roll = this.#roll;
    const all: (Change | Sealed)[] = [];
    for (const [id, record] of this.#people) {
      const keys = roll(6) === 0 ? Object.keys(record).reverse() : Object.keys(record);
      const whole = Object.fromEntries(keys.map((key) => [key, record[key] ?? null]));
      all.push(person(id, whole));
      if (roll(8) === 0) all.push(person(id, { title: roll(2) }));
      if (roll(8) === 0) all.push(person(id, whole));
      if (roll(12) === 0) all.push({ type: "absent", kind: "user", id, evidence: "tombstone" });
    }
    const seen: string[] = [];
    for (const [id, { record, members }] of this.#groups) {
      seen.push(id);
      const listed = roll(4) === 0 ? members.toReversed() : members;
      const at = roll(4) === 0 ? roll(members.length + 1) : members.length;
      all.push(group(id, { ...record, members: listed.slice(0, at) }));
      if (roll(12) === 0)
        all.push({ type: "absent", kind: "user", id: this.#person(), evidence: "tombstone" });
      if (at < members.length) all.push(group(id, { ...record, members: listed.slice(at) }));
      if (roll(8) === 0)
        all.push({ type: "members", group: id, mode: "remove", ids: [this.#person()], last: false });
    }
    if (roll(5) === 0) all.push({ type: "absent", kind: "user", id: this.#person(), evidence: "tombstone" });
    const pages: (Change | Sealed)[][] = [[]];
    for (const each of all) {
      if (roll(4) === 0) pages.push([]);
      pages.at(-1)?.push(each);
    }
    return [...pages, closing(...seen)];
  }

  delta(): Change[][] {
    const roll = this.#roll;
    const id = this.#person();
    const group = this.#group();
    const some: Change[] = [
      { type: "changed", kind: "user", id, set: { title: roll(3) }, cleared: [] },
      { type: "changed", kind: "group", id: group, set: { name: roll(3) }, cleared: [] },
      { type: "members", group, mode: roll(2) === 0 ? "add" : "remove", ids: [id], last: false },
      { type: "absent", kind: "user", id, evidence: roll(2) === 0 ? "tombstone" : "not-visible" },
      { type: "absent", kind: "group", id: group, evidence: "tombstone" },
      { type: "present", kind: "user", id, record: { name: roll(3) } },
    ];
    return [some.filter(() => roll(3) === 0)];
  }
}
