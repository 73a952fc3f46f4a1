import { describe, expect, test, vi } from "vitest";
import { domain, enrol, hire, tenant } from "./company.ts";

// Whole companies over real sockets: a machine that is busy takes its time.
vi.setConfig({ testTimeout: 60_000 });

const inDepartment = (name: string) => ({ scope: { users: `user.department == "${name}"` } });

describe("an edit of the configuration", () => {
  test("a scope that becomes false deactivates nobody, and says what it would do", async () => {
    await using company = await domain();
    hire(company.directory, 60);
    await company.goodSync();
    company.configure({ scope: { users: "false" } });
    const ended = await company.wrongSync();
    expect(ended.code).toBe(3);
    expect(ended.said).toContain("the edit of the configuration deactivates 60 of 60 people");
    company.configure();
    expect(await company.goodSync()).toEqual([]);
  });

  test("a scope that would take out five of sixty, too few for any limit, waits too; whom the directory disables goes", async () => {
    await using company = await domain();
    const { directory } = company;
    const people = hire(directory, 60);
    for (const id of people.slice(0, 5)) directory.objects.set(id, { department: "Temp" });
    await company.goodSync();
    company.configure({ scope: { users: 'user.department != "Temp"' } });
    const edited = await company.wrongSync();
    expect(edited.code).toBe(3);
    expect(edited.said).toContain("the edit of the configuration deactivates 5 of 60 people");
    directory.objects.set(people[59] ?? "", { userAccountControl: "514" });
    expect((await company.sync()).code).toBe(3);
    expect(company.active()).toHaveLength(59);
    company.configure();
    expect(await company.goodSync()).toEqual([]);
    expect(company.active()).toHaveLength(59);
  });

  test("a scope that becomes true lets nobody in", async () => {
    await using company = await domain();
    const { directory } = company;
    for (const id of hire(directory, 30)) directory.objects.set(id, { department: "Sales" });
    hire(directory, 90, "q");
    company.configure(inDepartment("Sales"));
    await company.goodSync();
    company.site.clock.pass(24 * 3_600_000);
    await company.goodSync();
    company.configure({ scope: { users: "true" } });
    const ended = await company.wrongSync();
    expect(ended.code).toBe(3);
    expect(ended.said).toContain(
      "90 of 31 people or groups would be created or switched on again (limit 15: 50 %, at least 10)",
    );
    company.configure(inDepartment("Sales"));
    expect(await company.goodSync()).toEqual([]);
    expect(company.service.store.all("Users")).toHaveLength(30);
  });

  test("a scope for groups that becomes true pushes no crowd of groups", async () => {
    await using company = await domain();
    const { directory } = company;
    const people = hire(directory, 30);
    directory.objects.group("app-users", people);
    for (let at = 0; at < 40; at++) directory.objects.group(`file share ${at}`, people.slice(0, 3));
    company.configure({ scope: { groups: 'group.cn.startsWith("app-")' } });
    await company.goodSync();
    company.site.clock.pass(24 * 3_600_000);
    await company.goodSync();
    company.configure({ scope: { groups: "true" } });
    const ended = await company.wrongSync();
    expect(ended.code).toBe(3);
    expect(ended.said).toContain("41 of 31 people or groups would be created or switched on again");
    company.configure({ scope: { groups: 'group.cn.startsWith("app-")' } });
    expect(await company.goodSync()).toEqual([]);
  });

  test("a scope that becomes true switches nobody on again who left long ago", async () => {
    await using company = await domain();
    const { directory } = company;
    const people = hire(directory, 60);
    for (const id of people.slice(0, 20)) directory.objects.set(id, { department: "Sales" });
    company.configure({ scope: { users: "true", groups: "false" } });
    await company.goodSync();
    company.configure({ scope: { ...inDepartment("Sales").scope, groups: "false" } });
    await company.sync();
    await company.approve("configuration");
    await company.goodSync();
    company.site.clock.pass(30 * 24 * 3_600_000);
    await company.goodSync();
    company.configure({ scope: { users: "true", groups: "false" } });
    const ended = await company.wrongSync();
    expect(ended.code).toBe(3);
    expect(ended.said).toContain("40 of 20 people or groups would be created or switched on again");
    await company.approve("creations");
    expect(await company.goodSync()).toHaveLength(40);
    expect(company.active()).toHaveLength(60);
  });

  test("a group of the scope that was deleted is an error, and takes nobody out", async () => {
    await using company = await domain();
    const { directory } = company;
    const people = hire(directory, 40);
    const group = directory.objects.group("App-Users", people);
    company.configure({ scope: { assigned: { groups: ["App-Users"] } } });
    await company.goodSync();
    directory.objects.remove(group);
    for (const options of [[], ["--full"]]) {
      const ended = await company.wrongSync(...options);
      expect(ended.code, ended.screen).toBeOneOf([1, 2]);
      expect(ended.said).toContain("App-Users");
    }
    company.configure();
    expect(await company.goodSync("--full")).toEqual([]);
    expect(company.active()).toHaveLength(40);
  });

  test("75asu.pages.dev, a bridge that suspended every member: the group that assigns was empty, and a secret was lost", async () => {
    await using company = await domain();
    const { directory } = company;
    const people = hire(directory, 25);
    const group = directory.objects.group("App-Users", people);
    const assigned = { scope: { assigned: { groups: ["App-Users"] } } };
    company.configure(assigned);
    await company.goodSync();
    for (const id of people) directory.objects.setMember(group, id, false);
    const ended = await company.wrongSync();
    expect(ended.code).toBe(3);
    expect(ended.said).toContain("25 of 25 people would be deactivated");

    company.site.secret("ad-password", "");
    const withoutSecret = await company.wrongSync();
    expect(withoutSecret.code).toBe(2);
    expect(withoutSecret.said).toMatch(/empty/);
    company.site.secret("ad-password", "correct horse");

    for (const id of people) directory.objects.setMember(group, id, true);
    expect(await company.goodSync()).toEqual([]);
    expect(company.active()).toHaveLength(25);
  });

  test("Slack, October 2018: a change in the handling of groups deactivated accounts, and the way back overloaded the service", async () => {
    await using company = await domain();
    const { directory } = company;
    const people = hire(directory, 60);
    directory.objects.group("everybody", people);
    const few = directory.objects.group("everybody-new", people.slice(0, 5));
    company.configure({ scope: { assigned: { groups: ["everybody"] } } });
    await company.goodSync();
    const ids = company.service.store.all("Users").map(({ id }) => id);
    company.configure({ scope: { assigned: { groups: ["everybody-new"] } } });
    const ended = await company.wrongSync();
    expect(ended.code).toBe(3);
    expect(ended.said).toContain("the edit of the configuration deactivates 55 of 60 people");

    // Somebody says yes all the same. The way back: every account once, the same ones, no faster than the service takes them.
    await company.approve("configuration");
    await company.sync();
    expect(company.active()).toHaveLength(5);
    for (const id of people.slice(5)) directory.objects.setMember(few, id, true);
    company.service.switches.limit = { writes: 20, windowMs: 300 };
    const from = company.service.log.length;
    const back = await company.sync();
    expect(back.code, back.screen).toBe(0);
    expect(company.active()).toHaveLength(60);
    expect(company.service.store.all("Users").map(({ id }) => id)).toEqual(ids);
    const taken = company.service.log
      .slice(from)
      .filter(({ method, status }) => method === "PATCH" && status === 204);
    expect(taken.filter(({ path }) => path.startsWith("/Users"))).toHaveLength(55);
    expect(company.members("everybody")).toHaveLength(60);
  });
});

describe("an edit of the directory", () => {
  test("a UPN domain that is renamed for everybody renames nobody before a person said so, and then keeps every account", async () => {
    await using company = await tenant();
    const { directory } = company;
    const people = enrol(directory, 60);
    await company.goodSync();
    const ids = company.service.store.all("Users").map(({ id }) => id);
    const move = (to: string) => {
      for (const [at, id] of people.entries())
        directory.updateUser(id, { userPrincipalName: `p${at}@${to}`, mail: `p${at}@${to}` });
    };
    move("newcorp.example");
    const ended = await company.wrongSync();
    expect(ended.code).toBe(3);
    expect(ended.said).toContain(
      "60 of 60 people would get another user name, external id or e-mail address",
    );
    move("corp.example");
    expect(await company.goodSync()).toEqual([]);

    move("newcorp.example");
    await company.sync();
    await company.approve("identifier-changes");
    await company.goodSync();
    expect(company.service.store.all("Users").map(({ id }) => id)).toEqual(ids);
    expect(company.account("p7@newcorp.example")).toMatchObject({
      active: true,
      userName: "p7@newcorp.example",
    });
  });

  test.each([
    ["DirSync", true],
    ["uSNChanged", false],
  ])("an ACL that hides mail from us clears no address (%s)", async (_, mayReplicate) => {
    await using company = await domain();
    const { directory } = company;
    directory.rules.mayReplicate = mayReplicate;
    hire(directory, 60);
    await company.goodSync();
    directory.objects.hidden.attributes.add("mail");
    expect(await company.goodSync()).toEqual([]);
    const ended = await company.wrongSync("--full");
    expect(ended.code).toBe(3);
    expect(ended.said).toMatch(
      /60 of 60 people would (lose a value|get another user name, external id or e-mail address)/,
    );
    directory.objects.hidden.attributes.clear();
    expect(await company.goodSync("--full")).toEqual([]);
  });
});
