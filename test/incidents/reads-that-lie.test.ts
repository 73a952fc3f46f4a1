import { describe, expect, test, vi } from "vitest";
import type { LdapDirectory } from "../stand-ins/ldap-directory.ts";
import { domain, enrol, hire, organisation, register, tenant } from "./company.ts";

// Whole companies over real sockets: a machine that is busy takes its time.
vi.setConfig({ testTimeout: 60_000 });

/** The account that reads may see these people no more: nothing says that they are there. Call what comes back to show them again. */
function hide({ objects }: LdapDirectory, ids: readonly string[]): () => void {
  for (const id of ids) objects.hidden.objects.add(id);
  return () => objects.hidden.objects.clear();
}

describe("an answer without an error, and without people", () => {
  test("h44z/wg-portal#744: a successful search with no entries disabled every user", async () => {
    await using company = await domain();
    const { directory } = company;
    const people = hire(directory, 40);
    directory.objects.group("vpn", people);
    await company.goodSync();
    const show = hide(directory, people);
    expect(await company.goodSync()).toEqual([]);
    const ended = await company.wrongSync("--full");
    expect(ended.code).toBe(1);
    expect(ended.said).toMatch(/nobody|no people/);
    show();
    expect(await company.goodSync("--full")).toEqual([]);
    expect(company.active()).toHaveLength(40);
  });

  test("h44z/wg-portal#744: a search whose rights ended for most removes none of them, now or later", async () => {
    await using company = await domain();
    const { directory } = company;
    const people = hire(directory, 40);
    directory.objects.group("vpn", people);
    await company.goodSync();
    const show = hide(directory, people.slice(1));
    for (const _ of [1, 2]) {
      const ended = await company.wrongSync("--full");
      expect(ended.code).toBe(3);
      expect(ended.said).toContain(
        "39 people or groups would lose access, no longer visible in the directory",
      );
    }
    show();
    expect(await company.goodSync("--full")).toEqual([]);
    expect(company.active()).toHaveLength(40);
    expect(company.members("vpn")).toHaveLength(40);
  });

  test("go-gitea/gitea#7949: an empty list deactivated everybody, also after errors were seen to", async () => {
    await using company = await organisation();
    const { directory } = company;
    register(directory, 30);
    await company.goodSync();
    const headers = { "content-type": "application/json" };
    directory.faults.push({ path: "/api/v1/users", how: "answer", status: 200, headers, body: "[]" });
    const ended = await company.wrongSync("--full");
    expect(ended.code).toBe(1);
    expect(ended.said).toMatch(/nobody/);
    directory.faults.splice(0);
    expect(await company.goodSync("--full")).toEqual([]);
    expect(company.active()).toHaveLength(30);
  });

  test("bitwarden/directory-connector#107: 0 users and 0 groups were passed on, to overwrite what was there", async () => {
    await using company = await tenant();
    const { directory } = company;
    const people = enrol(directory, 30);
    directory.createGroup({ displayName: "vault" }, people);
    await company.goodSync();
    directory.faults.push({ path: /delta/, times: Number.POSITIVE_INFINITY, how: { type: "emptied" } });
    const ended = await company.wrongSync("--full");
    expect(ended.code).toBe(1);
    expect(ended.said).toContain("answered with nobody at all");
    directory.faults.splice(0);
    expect(await company.goodSync("--full")).toEqual([]);
    expect(company.members("vault")).toHaveLength(30);
  });

  test("bitwarden/directory-connector#107: groups without a single member are held, although people are there", async () => {
    await using company = await tenant();
    const { directory } = company;
    const people = enrol(directory, 30);
    for (const displayName of ["vault", "keys"]) directory.createGroup({ displayName }, people);
    await company.goodSync();
    for (const group of directory.live("group"))
      for (const id of people) directory.removeMember(group.id, id);
    const ended = await company.wrongSync();
    expect(ended.code).toBe(3);
    expect(ended.said).toContain("60 of 60 memberships would be removed");
  });
});

describe("a read that shows less than before", () => {
  test("Atlassian CWD-3093: an incremental pass with too few rights wanted to delete 397 users and add none", async () => {
    await using company = await domain();
    const { directory } = company;
    directory.rules.mayReplicate = false;
    const people = hire(directory, 420);
    await company.goodSync();
    const show = hide(directory, people.slice(0, 397));
    expect(await company.goodSync()).toEqual([]);
    const ended = await company.wrongSync("--full");
    expect(ended.code).toBe(3);
    expect(ended.said).toContain(
      "397 people or groups would lose access, no longer visible in the directory",
    );
    show();
    expect(await company.goodSync("--full")).toEqual([]);
    expect(company.active()).toHaveLength(420);
  });

  test.each([
    ["DirSync", true],
    ["uSNChanged", false],
  ])(
    "larskanis/pg-ldap-sync#32: a group that grew from 1,498 to 1,501 members was emptied (%s)",
    async (_, mayReplicate) => {
      await using company = await domain();
      const { directory } = company;
      Object.assign(directory.rules, { mayReplicate, maxValRange: 1500 });
      // Most are of another department: the group is read whole, and few accounts are made.
      const people = hire(directory, 1501);
      for (const id of people.slice(0, 60)) directory.objects.set(id, { department: "Database" });
      for (const id of people.slice(1498)) directory.objects.set(id, { department: "Database" });
      company.configure({ scope: { users: 'user.department == "Database"' } });
      const group = directory.objects.group("db-readers", people.slice(0, 1498));
      await company.goodSync();
      expect(company.members("db-readers")).toHaveLength(60);
      for (const id of people.slice(1498)) directory.objects.setMember(group, id, true);
      expect(await company.goodSync()).toEqual(["PATCH Groups"]);
      expect(company.members("db-readers")).toHaveLength(63);
      expect(await company.goodSync("--full")).toEqual([]);
      const ranges = directory.searches
        .flatMap(({ attributes }) => attributes)
        .filter((name) => /range=/.test(name));
      expect(ranges.length > 0).toBe(!mayReplicate);
    },
  );
});
