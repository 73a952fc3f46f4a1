/** Whoever comes as they came before is not taken apart again, and everything is as if they had been. */
import { describe, expect, test } from "vitest";
import { closing, Directory, dice, group, opening, Place, person } from "./sealed-reads.ts";

const day = 86_400_000;

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
    expect(place.membersOf("team")).toEqual(["ann"]);
    expect(opening(() => place.read("full", all))).toEqual(["team"]);
    expect(place.membersOf("team")).toEqual(["ann", "ben"]);
  });

  test("opens a group that lost a deleted member, when the member is back", () => {
    const place = begun();
    place.read("delta", [[{ type: "absent", kind: "user", id: "ben", evidence: "tombstone" }]]);
    expect(place.membersOf("team")).toEqual(["ann"]);
    expect(opening(() => place.read("full", all))).toEqual(["ben", "team"]);
    expect(place.membersOf("team")).toEqual(["ann", "ben"]);
  });

  test("knows a member who was deleted behind the group's entry", () => {
    const place = begun();
    const gone = { type: "absent", kind: "user", id: "ben", evidence: "tombstone" } as const;
    const renamed = group("team", { name: "Crew", members: ["ann", "ben"] });
    place.read("full", [[ann, ben, renamed, gone], end]);
    expect(place.membersOf("team")).toEqual(["ann"]);
    expect(opening(() => place.read("full", [[ann, ben, renamed], end]))).toContain("team");
    expect(place.membersOf("team")).toEqual(["ann", "ben"]);
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
      expect(place.membersOf("team")).toEqual(["ann", "ben", "cem"]);
    }
  });

  test("adds what comes behind an entry that came before as the whole list", () => {
    const place = begun();
    const longer = [[ann, ben], [team, group("team", { name: "Team", members: ["cem"] }), empty], end];
    expect(opening(() => place.read("full", longer))).toEqual(["team"]);
    expect(place.membersOf("team")).toEqual(["ann", "ben", "cem"]);
    place.read("full", all);
    expect(place.membersOf("team")).toEqual(["ann", "ben"]);
  });

  test("that dies leaves a group's list to be opened again", () => {
    const place = begun();
    const smaller = [[ann, ben], [group("team", { name: "Team", members: ["ann"] }), empty], end];
    place.read("full", smaller, { dies: true });
    expect(place.membersOf("team")).toEqual(["ann", "ben"]);
    place.read("full", smaller);
    expect(place.membersOf("team")).toEqual(["ann"]);
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
    place.forgetSeals();
    expect(opening(() => place.read("full", all)).length).toBe(4);
    expect(opening(() => place.read("full", all))).toEqual([]);
  });

  test("opens whom forgetting somebody has taken a reference from", () => {
    const place = begun();
    place.file.exec("update resource set record_digest = null where source_id = 'ann'");
    expect(opening(() => place.read("full", all))).toEqual(["ann"]);
  });
});

test.each(Array.from({ length: 15 }, (_, at) => at + 1))(
  "history %i comes out as if everybody had been opened",
  (seed) => {
    const roll = dice(seed);
    const directory = new Directory(roll, (name) => name);
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
