import { describe, expect, test, vi } from "vitest";
import type { LdapDirectory } from "../stand-ins/ldap-directory.ts";
import { type Company, domain, hire } from "./company.ts";

// Whole companies over real sockets: a machine that is busy takes its time.
vi.setConfig({ testTimeout: 60_000 });

const OU = { objectClass: ["top", "organizationalUnit"] };

/** A base `OU=Staff` with some people, `OU=Team` inside it with others, and `OU=Elsewhere` beside it. */
async function staffWith(team: number): Promise<{
  readonly company: Company<LdapDirectory>;
  readonly ou: string;
  readonly places: { readonly staff: string; readonly elsewhere: string };
}> {
  const company = await domain();
  const { objects } = company.directory;
  const staff = `OU=Staff,${objects.root}`;
  const elsewhere = `OU=Elsewhere,${objects.root}`;
  for (const dn of [staff, elsewhere]) objects.add(dn, OU);
  const ou = objects.add(`OU=Team,${staff}`, OU);
  const person = (name: string, parent: string) =>
    objects.add(`CN=${name},${parent}`, {
      objectClass: ["top", "person", "organizationalPerson", "user"],
      sAMAccountName: name,
      userPrincipalName: `${name}@corp.example`,
      userAccountControl: "512",
      primaryGroupID: "513",
    });
  for (let at = 0; at < 20; at++) person(`p${at}`, staff);
  for (let at = 0; at < team; at++) person(`t${at}`, `OU=Team,${staff}`);
  company.configure({}, { baseDn: staff });
  await company.goodSync();
  expect(company.active()).toHaveLength(team + 20);
  return { company, ou, places: { staff, elsewhere } };
}

describe("an organisational unit that is moved", () => {
  test.each([
    ["DirSync", true],
    ["uSNChanged", false],
  ])("out of the base switches nobody off unasked, with 500 people in it (%s)", async (_, mayReplicate) => {
    const { company, ou, places } = await staffWith(mayReplicate ? 500 : 60);
    await using _company = company;
    const { directory } = company;
    directory.rules.mayReplicate = mayReplicate;
    const team = mayReplicate ? 500 : 60;
    directory.objects.move(ou, `OU=Team,${places.elsewhere}`);
    const ended = await company.wrongSync();
    expect(ended.code).toBe(3);
    expect(ended.said).toContain(`${team} of ${team + 20} people would be deactivated`);
    const held = await company.site.rollcall("held list --limit 1");
    expect(held.said).toContain("moved out of the part of the directory that is read");
    // A full read says the same, and so does everything after it.
    expect((await company.wrongSync("--full")).code).toBe(3);
    directory.objects.move(ou, `OU=Team,${places.staff}`);
    expect(await company.goodSync()).toEqual([]);
    expect(company.active()).toHaveLength(team + 20);
  });

  test("inside the base, with 500 people in it, changes nothing at the application", async () => {
    const { company, ou, places } = await staffWith(500);
    await using _company = company;
    const { directory } = company;
    directory.objects.add(`OU=Berlin,${places.staff}`, OU);
    directory.objects.move(ou, `OU=Squad,OU=Berlin,${places.staff}`);
    expect(await company.goodSync()).toEqual([]);
    expect(await company.goodSync("--full")).toEqual([]);
    expect(company.active()).toHaveLength(520);
  });
});

describe("a group that an employee made, with a name that fits the filter", () => {
  const scope = { scope: { groups: 'group.cn.startsWith("app-")' } };

  test("takes over no group of the application without a person's word", async () => {
    await using company = await domain();
    const { directory } = company;
    const [employee = "", ...others] = hire(directory, 12);
    directory.objects.group("app-users", others);
    company.configure(scope);
    await company.goodSync();
    const schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    const members = [{ value: String(company.account("p11")?.["id"]) }];
    company.service.store.create("Groups", { schemas, displayName: "app-admins", members });
    directory.objects.group("app-admins", [employee]);
    for (const _ of [1, 2]) {
      const ended = await company.wrongSync();
      expect(ended.code).toBe(3);
      expect(ended.said).toContain("1 existing account or group would be taken over");
    }
    expect(company.members("app-admins")).toEqual(["p11"]);
  });
});
