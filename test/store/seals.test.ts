/** Whoever comes as they came before is not taken apart again, and everything is as if they had been. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, test } from "vitest";
import type { Json, Kind } from "../../src/scim/resource.ts";
import type { Change, Sealed } from "../../src/sources/source.ts";
import { Store } from "../../src/store/store.ts";
import { TestClock } from "../world.ts";
import { plainJudge } from "./plain-judge.ts";

const judge = plainJudge(true);
const day = 86_400_000;
const places: Place[] = [];
afterEach(() => {
  for (const place of places.splice(0)) place.end();
});

/** A store, and a look into its file. */
class Place {
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

const person = (id: string, values: object) => entry("user", id, JSON.stringify(values));
const group = (id: string, values: object) => entry("group", id, JSON.stringify(values));
const closing = (...ids: string[]): Change[] =>
  ids.map((id) => ({ type: "members", group: id, mode: "listed", ids: [], last: true }));

function opening(read: () => void): readonly string[] {
  opened = [];
  read();
  return opened;
}

describe("a read of everybody", () => {
  const ann = person("ann", { name: "Ann", title: "A" });
  const ben = person("ben", { name: "Ben" });
  const team = group("team", { name: "Team", members: ["ann", "ben"] });
  const empty = group("empty", { name: "Empty" });
  const end = closing("team", "empty");
  const all = [[ann, ben], [team, empty], end];

  function begun(): Place {
    const place = new Place();
    place.read("full", all);
    return place;
  }

  const recordOf = (place: Place, id: string) =>
    JSON.parse(
      place.file
        .prepare("select record from wide join resource using (id) where source_id = ?")
        .pluck()
        .get(id) as string,
    );
  const membersOf = (place: Place, id: string) =>
    place.file
      .prepare(
        "select m.source_id from edge e join resource g on g.id = e.grp join resource m on m.id = e.member where g.source_id = ? order by 1",
      )
      .pluck()
      .all(id);

  test("opens nobody who came the same way before, and writes nothing", () => {
    const place = begun();
    const writes = place.countWrites();
    expect(opening(() => place.read("full", all))).toEqual([]);
    expect(writes()).toBe(0);
  });

  test("opens who comes otherwise, and them alone", () => {
    const place = begun();
    const changed = [[person("ann", { name: "Ann", title: "B" }), ben], [team, empty], end];
    expect(opening(() => place.read("full", changed))).toEqual(["ann"]);
    expect(recordOf(place, "ann")).toEqual({ name: "Ann", title: "B" });
    expect(opening(() => place.read("full", changed))).toEqual([]);
  });

  test("writes nothing when properties come in another order, however often", () => {
    const place = begun();
    const turned = [[person("ann", { title: "A", name: "Ann" }), ben], [team, empty], end];
    const writes = place.countWrites();
    for (let n = 0; n < 3; n++) expect(opening(() => place.read("full", turned))).toEqual(["ann"]);
    expect(opening(() => place.read("full", all))).toEqual([]);
    expect(writes()).toBe(0);
  });

  test("opens whose record a delta has changed since, also when they come as before that", () => {
    const place = begun();
    place.read("delta", [[{ type: "changed", kind: "user", id: "ann", set: { title: "C" }, cleared: [] }]]);
    expect(opening(() => place.read("full", all))).toEqual(["ann"]);
    expect(recordOf(place, "ann")).toEqual({ name: "Ann", title: "A" });
  });

  test("opens a group whose members a delta has changed since", () => {
    const place = begun();
    const gone = { type: "members", group: "team", mode: "remove", ids: ["ben"], last: false } as const;
    place.read("delta", [[gone]]);
    expect(membersOf(place, "team")).toEqual(["ann"]);
    expect(opening(() => place.read("full", all))).toEqual(["team"]);
    expect(membersOf(place, "team")).toEqual(["ann", "ben"]);
  });

  test("opens a group that lost a deleted member, when the member is back", () => {
    const place = begun();
    place.read("delta", [[{ type: "absent", kind: "user", id: "ben", evidence: "tombstone" }]]);
    expect(membersOf(place, "team")).toEqual(["ann"]);
    expect(opening(() => place.read("full", all))).toEqual(["ben", "team"]);
    expect(membersOf(place, "team")).toEqual(["ann", "ben"]);
  });

  test("knows a member who was deleted behind the group's entry", () => {
    const place = begun();
    const gone = { type: "absent", kind: "user", id: "ben", evidence: "tombstone" } as const;
    const renamed = group("team", { name: "Crew", members: ["ann", "ben"] });
    place.read("full", [[ann, ben, renamed, gone], end]);
    expect(membersOf(place, "team")).toEqual(["ann"]);
    expect(opening(() => place.read("full", [[ann, ben, renamed], end]))).toContain("team");
    expect(membersOf(place, "team")).toEqual(["ann", "ben"]);
  });

  test("opens a group again that came in two pieces, and keeps all of both", () => {
    const place = begun();
    const pieces = [
      [ann, ben],
      [
        group("team", { name: "Team", members: ["ann"] }),
        group("team", { name: "Team", members: ["ben", "cem"] }),
        empty,
      ],
      end,
    ];
    for (let n = 0; n < 2; n++) {
      expect(opening(() => place.read("full", pieces))).toEqual(["team", "team"]);
      expect(membersOf(place, "team")).toEqual(["ann", "ben", "cem"]);
    }
  });

  test("adds what comes behind an entry that came before as the whole list", () => {
    const place = begun();
    const longer = [[ann, ben], [team, group("team", { name: "Team", members: ["cem"] }), empty], end];
    expect(opening(() => place.read("full", longer))).toEqual(["team"]);
    expect(membersOf(place, "team")).toEqual(["ann", "ben", "cem"]);
    place.read("full", all);
    expect(membersOf(place, "team")).toEqual(["ann", "ben"]);
  });

  test("that dies leaves a group's list to be opened again", () => {
    const place = begun();
    const smaller = [[ann, ben], [group("team", { name: "Team", members: ["ann"] }), empty], end];
    place.read("full", smaller, { dies: true });
    expect(membersOf(place, "team")).toEqual(["ann", "ben"]);
    place.read("full", smaller);
    expect(membersOf(place, "team")).toEqual(["ann"]);
  });

  test("lays what comes a second time over the first, also where the first was not opened", () => {
    const place = begun();
    const partly = person("ann", { title: "Z" });
    place.read("full", [[ann, ben, partly], [team, empty], end]);
    expect(recordOf(place, "ann")).toEqual({ name: "Ann", title: "Z" });
    place.read("full", all);
    expect(recordOf(place, "ann")).toEqual({ name: "Ann", title: "A" });
  });

  test("takes the last of several that one page tells of the same person", () => {
    const place = begun();
    const other = person("ann", { name: "Ann", title: "Z", cleared: [] });
    place.read("full", [[other, ann, ben], [team, empty], end]);
    expect(recordOf(place, "ann")).toEqual({ name: "Ann", title: "A" });
  });

  test("opens everybody once in thirty days, and keeps how they come by now", () => {
    const place = begun();
    const turned = [[person("ann", { title: "A", name: "Ann" }), ben], [team, empty], end];
    place.clock.pass(31 * day);
    expect(opening(() => place.read("full", turned)).length).toBe(4);
    expect(opening(() => place.read("full", turned))).toEqual([]);
  });

  test("opens everybody after a clock that was ahead", () => {
    const place = begun();
    place.clock.pass(-2 * day);
    expect(opening(() => place.read("full", all)).length).toBe(4);
    expect(opening(() => place.read("full", all))).toEqual([]);
  });

  test("opens everybody of a snapshot that knows of no seals yet", () => {
    const place = begun();
    place.file.exec("update resource set seal = null; delete from meta where key = 'sealed_at'");
    expect(opening(() => place.read("full", all)).length).toBe(4);
    expect(opening(() => place.read("full", all))).toEqual([]);
  });

  test("opens whom forgetting somebody has taken a reference from", () => {
    const place = begun();
    place.file.exec("update resource set record_digest = null where source_id = 'ann'");
    expect(opening(() => place.read("full", all))).toEqual(["ann"]);
  });
});

/** Numbers below `n`, the same for the same seed. */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** A directory that sends what it likes: old and new, whole and in part, once and twice, in any order. */
class Directory {
  readonly #roll: (n: number) => number;
  readonly #people = new Map<string, Record<string, Json>>();
  readonly #groups = new Map<string, { record: Record<string, Json>; members: string[] }>();

  constructor(roll: (n: number) => number) {
    this.#roll = roll;
  }

  change(): void {
    const roll = this.#roll;
    for (let n = roll(4); n > 0; n--) {
      const id = `u${roll(8)}`;
      if (roll(5) === 0) this.#people.delete(id);
      else this.#people.set(id, { name: roll(3), inside: roll(4) > 0, title: roll(2) });
    }
    for (let n = roll(3); n > 0; n--) {
      const id = `g${roll(4)}`;
      const members = [...Array(8).keys()].filter(() => roll(3) === 0).map((n) => `u${n}`);
      if (roll(6) === 0) this.#groups.delete(id);
      else
        this.#groups.set(id, {
          record: { name: roll(2) },
          members: roll(4) === 0 ? [...members, "g0"] : members,
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
      const at = roll(4) === 0 ? roll(members.length + 1) : members.length;
      all.push(group(id, { ...record, members: members.slice(0, at) }));
      if (at < members.length) all.push(group(id, { ...record, members: members.slice(at) }));
      if (roll(8) === 0)
        all.push({ type: "members", group: id, mode: "remove", ids: [`u${roll(8)}`], last: false });
    }
    if (roll(5) === 0) all.push({ type: "absent", kind: "user", id: `u${roll(8)}`, evidence: "tombstone" });
    const pages: (Change | Sealed)[][] = [[]];
    for (const each of all) {
      if (roll(4) === 0) pages.push([]);
      pages.at(-1)?.push(each);
    }
    return [...pages, closing(...seen)];
  }

  delta(): Change[][] {
    const roll = this.#roll;
    const id = `u${roll(8)}`;
    const group = `g${roll(4)}`;
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

test.each(Array.from({ length: 15 }, (_, at) => at + 1))(
  "history %i comes out as if everybody had been opened",
  (seed) => {
    const roll = dice(seed);
    const directory = new Directory(roll);
    const [sealed, plain] = [new Place(), new Place()];
    let spared = 0;
    for (let cycle = 0; cycle < 20; cycle++) {
      if (roll(3) > 0) directory.change();
      const isFull = roll(3) > 0;
      const pages = isFull ? directory.everybody() : directory.delta();
      const dies = roll(6) === 0;
      const before = opening(() => sealed.read(isFull ? "full" : "delta", pages, { dies })).length;
      spared += pages.flat().filter(({ type }) => type === "sealed").length - before;
      const open = pages.map((page) => page.flatMap((each) => (each.type === "sealed" ? each.open() : each)));
      plain.read(isFull ? "full" : "delta", open, { dies });
      expect(sealed.content).toEqual(plain.content);
      if (roll(10) === 0) for (const place of [sealed, plain]) place.clock.pass(20 * day);
    }
    expect(spared).toBeGreaterThan(5);
  },
);
