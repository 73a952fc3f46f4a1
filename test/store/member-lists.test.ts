/** A list of members that comes as it came before is not looked at member by member, and everything is as if it had been. */
import { describe, expect, test } from "vitest";
import type { Change, Sealed } from "../../src/sources/source.ts";
import { closing, Directory, dice, group, Place, person } from "./sealed-reads.ts";

const day = 86_400_000;

/** A GUID for each name. */
function guid(name: string): string {
  const digits = Buffer.from(name).toString("hex").padStart(12, "0");
  return `5f2c9d10-77aa-4b1e-9c3d-${digits}`;
}

const [ann, ben, cem, dan, eve, team] = ["ann", "ben", "cem", "dan", "eve", "team"].map(guid) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const everybody = [ann, ben, cem, dan, eve];
const people = everybody.map((id) => person(id, { name: id }));
const piece = (...members: string[]) => group(team, { name: "Team", members });
const listed = (ids: readonly string[], last = false): Change => ({
  type: "members",
  group: team,
  mode: "listed",
  ids,
  last,
});
const gone = (id: string): Change => ({ type: "absent", kind: "user", id, evidence: "tombstone" });

/** The team, read twice: the first time its list had no sum yet. */
function begun(...members: string[]): Place {
  const place = new Place();
  for (let n = 0; n < 2; n++) read(place, [piece(...members.slice(0, 2)), piece(...members.slice(2))]);
  return place;
}

function read(
  place: Place,
  team_: readonly (Change | Sealed)[],
  end: readonly Change[] = closing(team),
): void {
  place.read("full", [people, ...team_.map((each) => [each]), end]);
}

/** Behind the store's back: only who looks at each member notices. */
function loseSilently(place: Place, member: string): void {
  const { sql } = place.file
    .prepare("select sql from sqlite_schema where name = 'seal_falls_with_member_who_goes'")
    .get() as { sql: string };
  place.file.exec("drop trigger seal_falls_with_member_who_goes");
  place.file
    .prepare("delete from edge where member = (select id from resource where source_id = ?)")
    .run(member);
  place.file.exec(sql);
}

describe("a list in pieces", () => {
  test("that is as before writes nothing and looks at nobody, whatever the order and the pieces", () => {
    const place = begun(ann, ben, cem, dan);
    const writes = place.countWrites();
    read(place, [piece(dan), piece(ben, ann), piece(cem)]);
    read(place, [piece(), listed([cem, dan]), listed([ann, ben])]);
    read(place, [piece(ann, ben), piece(cem)], [listed([dan], true)]);
    expect(writes()).toBe(0);
    loseSilently(place, ben);
    read(place, [piece(ann, ben), piece(cem, dan)]);
    expect(place.membersOf(team)).toEqual([ann, cem, dan]);
  });

  test("is looked at after thirty days, and known again from then on", () => {
    const place = begun(ann, ben, cem, dan);
    loseSilently(place, ben);
    place.clock.pass(31 * day);
    read(place, [piece(ann, ben), piece(cem, dan)]);
    expect(place.membersOf(team)).toEqual([ann, ben, cem, dan]);
    loseSilently(place, ben);
    read(place, [piece(ann, ben), piece(cem, dan)]);
    expect(place.membersOf(team)).toEqual([ann, cem, dan]);
  });

  test.each([
    ["one more", [ann, ben, cem, dan, eve]],
    ["one less", [ann, ben, cem]],
    ["one in the place of another", [ann, ben, cem, eve]],
    ["others altogether", [eve]],
    ["nobody", []],
    ["somebody whom nobody knows", [ann, ben, cem, dan, guid("fay")]],
  ])("with %s is taken for what it says, also the time after", (_what, members) => {
    const place = begun(ann, ben, cem, dan);
    for (const at of [1, 3, members.length]) {
      read(place, [piece(...members.slice(0, at)), piece(...members.slice(at))]);
      expect(place.membersOf(team)).toEqual(members.toSorted());
      read(place, [piece(ann, ben), piece(cem, dan)]);
      expect(place.membersOf(team)).toEqual([ann, ben, cem, dan]);
    }
  });

  test("that names somebody twice is no other list", () => {
    const place = begun(ann, ben, cem, dan);
    for (let n = 0; n < 3; n++) {
      read(place, [piece(ann, ben), piece(ann, cem, dan)]);
      expect(place.membersOf(team)).toEqual([ann, ben, cem, dan]);
    }
    read(place, [piece(ann, ben), piece(ann, cem)]);
    expect(place.membersOf(team)).toEqual([ann, ben, cem]);
  });

  test("whose end never comes removes nobody and adds whom it named", () => {
    const place = begun(ann, ben, cem, dan);
    read(place, [piece(ann, eve)], []);
    expect(place.membersOf(team)).toEqual([ann, ben, cem, dan, eve]);
  });

  test("with a delta in between is looked at again", () => {
    const place = begun(ann, ben, cem, dan);
    place.read("delta", [[{ type: "members", group: team, mode: "remove", ids: [ben], last: false }]]);
    read(place, [piece(ann, ben), piece(cem, dan)]);
    expect(place.membersOf(team)).toEqual([ann, ben, cem, dan]);
  });

  test("of ids that are no GUIDs is looked at each time", () => {
    const place = new Place();
    const pages = [
      [person("u1", {}), person("u2", {})],
      [group("g", { members: ["u1"] })],
      [group("g", { members: ["u2"] })],
    ];
    for (let n = 0; n < 3; n++) place.read("full", [...pages, closing("g")]);
    loseSilently(place, "u2");
    place.read("full", [...pages, closing("g")]);
    expect(place.membersOf("g")).toEqual(["u1", "u2"]);
  });
});

describe("a list that came in one piece before", () => {
  const whole = [piece(ann, ben)];

  function once(): Place {
    const place = new Place();
    read(place, whole);
    return place;
  }

  test("writes nothing when it comes in two, however often", () => {
    const place = once();
    const writes = place.countWrites();
    for (let n = 0; n < 2; n++) {
      read(place, [piece(ann), piece(ben)]);
      read(place, whole);
    }
    expect(writes()).toBe(0);
  });

  test("and is longer by another piece is not known by that piece alone", () => {
    const place = once();
    read(place, [...whole, piece(cem)]);
    expect(place.membersOf(team)).toEqual([ann, ben, cem]);
    read(place, [piece(), piece(cem)]);
    expect(place.membersOf(team)).toEqual([cem]);
  });
});

describe("somebody who is deleted while a list waits", () => {
  test("behind their place in it is no member", () => {
    const place = begun(ann, ben, cem, dan);
    read(place, [piece(ann, ben), gone(ben), piece(cem, dan)]);
    expect(place.membersOf(team)).toEqual([ann, cem, dan]);
    read(place, [piece(ann, ben), piece(cem, dan)]);
    expect(place.membersOf(team)).toEqual([ann, ben, cem, dan]);
  });

  test("before their place in it has come back", () => {
    const place = begun(ann, ben, cem, dan);
    read(place, [piece(ann, ben), gone(dan), piece(cem, dan)]);
    expect(place.membersOf(team)).toEqual([ann, ben, cem, dan]);
  });

  test("and was not known before is none either", () => {
    const place = begun(ann, ben, cem, dan);
    read(place, [piece(ann, guid("fay")), gone(guid("fay")), piece(ben, cem, dan)]);
    expect(place.membersOf(team)).toEqual([ann, ben, cem, dan]);
  });
});

test.each(Array.from({ length: 20 }, (_, at) => at + 1))(
  "history %i comes out as if each list had been looked at",
  (seed) => {
    const roll = dice(seed);
    const directory = new Directory(roll, guid);
    const [summed, plain] = [new Place(), new Place()];
    let isFull = true;
    for (let cycle = 0; cycle < 20; cycle++) {
      if (roll(3) > 0) directory.change();
      const pages = isFull ? directory.everybody() : directory.delta();
      const type = isFull ? "full" : "delta";
      const dies: boolean = isFull && roll(6) === 0;
      plain.forgetSeals();
      for (const place of [summed, plain]) place.read(type, pages, { dies });
      // What a read that died had named already, the one after it names as well: that one starts from the same cursor.
      if (!dies) expect(summed.contentByName).toEqual(plain.contentByName);
      isFull = dies || roll(3) > 0;
    }
  },
);
