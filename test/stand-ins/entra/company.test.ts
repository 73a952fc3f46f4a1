import { expect, test } from "vitest";
import { fillWithCompany } from "./company.ts";
import { Directory } from "./directory.ts";

const options = { seed: 7, people: 60, groups: 8, largeGroup: 40 };

test("the same seed makes the same people, groups, members and managers", () => {
  const [one, other] = [new Directory(), new Directory()];
  const filled = fillWithCompany(one, options);
  expect(fillWithCompany(other, options)).toEqual(filled);
  const picture = (directory: Directory): unknown => [
    directory
      .live("user")
      .map(({ id, manager, properties }) => [id, manager, { ...properties, createdDateTime: "" }]),
    directory.live("group").map(({ id }) => [id, directory.membersOf(id).map((member) => member.id)]),
  ];
  expect(picture(one)).toEqual(picture(other));
  expect(fillWithCompany(new Directory(), { ...options, seed: 8 }).people).not.toEqual(filled.people);
});

test("a company has disabled people, groups in groups, a large group, managers, and names of every kind", () => {
  const directory = new Directory();
  const { people, groups } = fillWithCompany(directory, options);
  const live = directory.live("user");
  expect([people.length, groups.length]).toEqual([60, 8]);
  expect(live.some(({ properties }) => properties["accountEnabled"] === false)).toBe(true);
  expect(live.some(({ manager }) => manager !== undefined)).toBe(true);
  expect(live.some(({ properties }) => String(properties["displayName"]).includes("O'Brien"))).toBe(true);
  expect(live.some(({ properties }) => /[\u4e00-\u9fff]/.test(String(properties["displayName"])))).toBe(true);
  const members = groups.map((group) => directory.membersOf(group));
  expect(Math.max(...members.map(({ length }) => length))).toBeGreaterThanOrEqual(40);
  expect(members.flat().some(({ kind }) => kind === "group")).toBe(true);
});
