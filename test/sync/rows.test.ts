/** What a row of the mapping says, seen at the target. */
import { describe, expect, test } from "vitest";
import { ENTERPRISE_SCHEMA, type StoredResource } from "../../src/scim/resource.ts";
import { type World, worlds } from "../world.ts";

const world = worlds();
const BADGE = "urn:example:params:scim:schemas:extension:badge:2.0:User";

const mapping = (rows: string) => `
users:
  match: [externalId, userName]
  attributes:
    userName: user.login
    externalId: user.id
    active: user.enabled
${rows.replace(/^/gm, "    ")}
groups:
  match: [externalId]
  attributes: { displayName: group.name, externalId: group.id }
`;

const all = mapping(`displayName: { value: user.name, ifEmpty: user.login }
title: { value: user.title, write: ifPresent }
nickName: { value: user.title, write: onCreate }
timezone: { constant: Europe/London }
'emails[type eq "work"].value': user.mail
'emails[type eq "home"].value': 'user.mail == null ? null : "home-" + user.mail'
roles: split(user.title, ",")
'${ENTERPRISE_SCHEMA}:department': user.department
'${BADGE}:tags': split(user.department, "/")
'${BADGE}:level': size(user.name)`);

async function ann(w: World): Promise<StoredResource | undefined> {
  return (await w.users()).get("ann@example.com");
}

const person = { name: "Ann", mail: "ann@x.example", title: "b,a", department: "IT/Ops" };

describe("the rows of a mapping", () => {
  test("all come to the target", async () => {
    const w = world({ mapping: all });
    w.directory.person("ann", person);
    expect((await w.sync()).applied).toEqual({ create: 1 });
    expect(await ann(w)).toMatchObject({
      userName: "ann@example.com",
      externalId: "ann",
      active: true,
      displayName: "Ann",
      title: "b,a",
      nickName: "b,a",
      timezone: "Europe/London",
      emails: [
        { type: "home", value: "home-ann@x.example" },
        { type: "work", value: "ann@x.example", primary: true },
      ],
      roles: [{ value: "a" }, { value: "b" }],
      [ENTERPRISE_SCHEMA]: { department: "IT/Ops" },
      [BADGE]: { tags: ["IT", "Ops"], level: 3 },
    });
    expect((await w.sync({ reconcile: true })).applied).toEqual({});
  });

  test("clear what became empty, but for what is written at creation or only if present", async () => {
    const w = world({ mapping: all });
    w.directory.person("ann", person);
    await w.sync();
    for (const attribute of ["name", "mail", "title", "department"]) w.directory.clear("ann", attribute);
    const { items } = await w.plan();
    expect(items[0]?.values.map(({ path, after }) => [path, after])).toEqual([
      ["displayName", "ann@example.com"],
      ['emails[type eq "home"].value', null],
      ['emails[type eq "work"].value', null],
      ["roles", null],
      [`${BADGE}:level`, 0],
      [`${BADGE}:tags`, null],
      [`${ENTERPRISE_SCHEMA}:department`, null],
    ]);
    expect((await w.sync()).applied).toEqual({ update: 1 });
    const account = await ann(w);
    expect(account).toMatchObject({ displayName: "ann@example.com", title: "b,a", nickName: "b,a" });
    expect(account).toMatchObject({ timezone: "Europe/London", [BADGE]: { level: 0 } });
    expect(Object.keys(account ?? {})).not.toContain("emails");
    expect(Object.keys(account ?? {})).not.toContain("roles");
    expect(account?.[ENTERPRISE_SCHEMA]).toBeUndefined();
    expect((await w.sync({ reconcile: true })).applied).toEqual({});
  });

  test("of ifPresent write again when there is a value again", async () => {
    const w = world({ mapping: all });
    w.directory.person("ann", person);
    await w.sync();
    w.directory.clear("ann", "title");
    await w.sync();
    w.directory.person("ann", { ...person, title: "c" });
    await w.sync();
    expect(await ann(w)).toMatchObject({ title: "c", roles: [{ value: "c" }] });
  });

  test("a list in another order is no change", async () => {
    const w = world({ mapping: all });
    w.directory.person("ann", person);
    await w.sync();
    w.directory.person("ann", { ...person, department: "Ops/IT/IT" });
    const { items } = await w.plan();
    expect(items[0]?.values.map(({ path }) => path)).toEqual([`${ENTERPRISE_SCHEMA}:department`]);
  });
});

describe("what is left to chance", () => {
  const chance = mapping(`nickName: { value: guid(), write: onCreate }
title: { value: 'user.name + "-" + randomString(12, 0, 0, 0, 12)', write: onCreate }
profileUrl: { value: 'formatDateTime(now(), "yyyy-MM-dd")', write: onCreate }
displayName: user.name`);
  const shownAt = (items: Awaited<ReturnType<World["plan"]>>["items"], path: string) =>
    items[0]?.values.find((each) => each.path === path)?.after;

  test("is in the account as the plan showed it, although the person changed in between", async () => {
    const w = world({ mapping: chance });
    w.directory.person("ann", person);
    const { items } = await w.plan();
    w.directory.person("ann", { ...person, name: "Anna" });
    await w.sync();
    const account = await ann(w);
    expect(account?.["nickName"]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(account?.["nickName"]).toBe(shownAt(items, "nickName"));
    expect(account?.["title"]).toBe(String(shownAt(items, "title")).replace("Ann-", "Anna-"));
    expect(account?.["profileUrl"]).toBe("2026-11-01");
  });

  test("is another for everybody, and for another snapshot", async () => {
    const [one, two] = [world({ mapping: chance }), world({ mapping: chance })];
    for (const w of [one, two]) {
      w.directory.people("p", 20);
      await w.sync();
    }
    const names = [...(await one.users()).values(), ...(await two.users()).values()];
    expect(new Set(names.map((each) => each["nickName"])).size).toBe(40);
    expect(new Set(names.map((each) => String(each["title"]).slice(-12))).size).toBe(40);
  });

  test("changes nobody who has an account, however often they are judged again", async () => {
    const w = world({ mapping: chance });
    w.directory.person("ann", person);
    await w.sync();
    const before = await ann(w);
    w.clock.pass(48 * 3_600_000);
    w.directory.person("ann", { ...person, department: "Law" });
    const report = await w.sync({ full: true, reconcile: true });
    expect(report.applied).toEqual({});
    expect(await ann(w)).toEqual(before);
  });
});
