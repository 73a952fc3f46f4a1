import { describe, expect, test, vi } from "vitest";
import { domain, hire } from "./company.ts";

// Whole companies over real sockets: a machine that is busy takes its time.
vi.setConfig({ testTimeout: 60_000 });

describe("whom the configuration names", () => {
  test("zulip/zulip#36402: a sync would have deactivated all owners of the organisation", async () => {
    await using company = await domain();
    const { directory } = company;
    const people = hire(directory, 40);
    directory.objects.group("staff", people);
    company.configure({ protect: { users: ["p0@corp.example", "p1@corp.example"] } });
    await company.goodSync();
    // Three are too few for any limit; two of them are all the owners there are.
    for (const id of people.slice(0, 3)) directory.objects.set(id, { userAccountControl: "514" });
    await company.sync();
    expect(company.active()).toHaveLength(39);
    expect(company.account("p0")).toMatchObject({ active: true });
    expect(company.account("p1")).toMatchObject({ active: true });
    expect((await company.site.rollcall("plan")).said).toContain(
      'protected: protect.users names "p0@corp.example"',
    );
    // Everybody goes, also by a person's yes: they stay.
    for (const id of people.slice(3)) directory.objects.set(id, { userAccountControl: "514" });
    expect((await company.sync()).code).toBe(3);
    await company.approve("deactivations");
    await company.sync();
    expect(company.active()).toEqual(["p0@corp.example", "p1@corp.example"]);
  });

  test("h44z/wg-portal#744: a full read that does not show the canary is no read, however many others it shows", async () => {
    await using company = await domain();
    const { directory } = company;
    const people = hire(directory, 60);
    company.configure({ canary: { user: "p0@corp.example" } });
    await company.goodSync();
    // Five of sixty are gone from sight, and for once a person would say yes.
    for (const id of people.slice(0, 5)) directory.objects.hidden.objects.add(id);
    for (const _ of [1, 2]) {
      const ended = await company.wrongSync("--full");
      expect(ended.code).toBe(1);
      expect(ended.said).toMatch(/canary/);
    }
    directory.objects.hidden.objects.clear();
    expect(await company.goodSync("--full")).toEqual([]);
    expect(company.active()).toHaveLength(60);
  });

  test("a group called app-admins that an employee made, or joined, gives nobody rights before a person said so", async () => {
    await using company = await domain();
    const { directory } = company;
    const [employee = "", friend = "", admin = "", ...others] = hire(directory, 12);
    directory.objects.group("app-users", others);
    const admins = directory.objects.group("app-admins", [admin]);
    company.configure({ scope: { groups: 'group.cn.startsWith("app-")' }, privilegedGroups: ["app-admins"] });
    expect((await company.sync()).said).toContain("1 membership would be added to groups that give rights");
    expect(company.members("app-admins")).toEqual([]);
    await company.approve("privileged-additions");
    await company.goodSync();
    expect(company.members("app-admins")).toEqual(["p2"]);

    // Another one of the same name, in a corner where employees may make groups.
    directory.objects.add(`OU=Own,${directory.objects.root}`, { objectClass: ["top", "organizationalUnit"] });
    const own = directory.objects.add(`CN=app-admins,OU=Own,${directory.objects.root}`, {
      objectClass: ["top", "group"],
      sAMAccountName: "app-admins-2",
      groupType: "-2147483646",
    });
    directory.objects.setMember(own, employee, true);
    const made = await company.wrongSync();
    expect(made.code).toBeOneOf([3, 4]);
    expect(company.members("app-admins")).toEqual(["p2"]);
    directory.objects.remove(own);
    await company.goodSync();

    directory.objects.setMember(admins, friend, true);
    const joined = await company.wrongSync();
    expect(joined.code).toBe(3);
    expect(joined.said).toContain("1 membership would be added to groups that give rights");
    directory.objects.setMember(admins, friend, false);
    expect(await company.goodSync()).toEqual([]);
    expect(company.members("app-admins")).toEqual(["p2"]);
  });
});
