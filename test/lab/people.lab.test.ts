import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createCompany } from "./people.ts";
import { expectedDirectory } from "./people-expected.ts";
import { COMPANY_DN, companyLdif, personDn, teamDn } from "./people-ldif.ts";
import { type DomainController, startDomainController } from "./samba.ts";

describe("the made-up company", () => {
  const company = createCompany({ seed: 7, people: 300, groups: 20, largeGroup: 250 });
  let dc: DomainController;

  beforeAll(async () => {
    dc = await startDomainController({ ldif: companyLdif(company) });
  });

  afterAll(async () => {
    await dc?.stop();
  });

  test("the same seed gives the same company, another seed another", () => {
    expect(createCompany({ seed: 7, people: 300, groups: 20, largeGroup: 250 })).toEqual(company);
    expect(createCompany({ seed: 8, people: 300, groups: 20, largeGroup: 250 })).not.toEqual(company);
  });

  test("the domain controller gives back every odd name as it was made", async () => {
    const client = await dc.adminClient();
    const { searchEntries } = await client.search(COMPANY_DN, {
      filter: "(&(objectCategory=person)(objectClass=user))",
      attributes: ["sAMAccountName", "displayName", "streetAddress", "manager"],
    });
    const found = new Map(searchEntries.map((entry) => [entry["sAMAccountName"], entry]));
    expect(found.size).toBe(300);
    for (const person of company.people) {
      expect(found.get(person.login)?.["displayName"]).toEqual(person.displayName ?? []);
      expect(found.get(person.login)?.["streetAddress"]).toEqual(person.street ?? []);
      const { searchEntries: byDn } = await client.search(personDn(person), {
        scope: "base",
        attributes: ["sAMAccountName"],
      });
      expect(byDn[0]?.["sAMAccountName"]).toBe(person.login);
    }
    await client.unbind();
  });

  test("inner groups count, the disabled and expired do not", async () => {
    const { users, groups } = expectedDirectory(company);
    const away = company.people.filter(
      (person) => person.disabled || (person.expires ?? Infinity) < Date.now(),
    );
    expect(away.length).toBeGreaterThan(10);
    expect(users.length).toBe(300 - away.length);
    expect(groups.length).toBe(20);
    expect(company.teams.filter((team) => team.teams.length > 0).length).toBeGreaterThan(2);

    const client = await dc.adminClient();
    for (const [index, group] of groups.entries()) {
      const team = company.teams[index];
      const dn = team && teamDn(team).replace(/[\\*()]/g, (sign) => `\\${sign.charCodeAt(0).toString(16)}`);
      // The server's own rule for nested membership (MS-ADTS 3.1.1.3.4.4.3), without people who are switched off.
      const inside = await client.search(COMPANY_DN, {
        filter: `(&(objectCategory=person)(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2))(memberOf:1.2.840.113556.1.4.1941:=${dn}))`,
        attributes: ["userPrincipalName", "sAMAccountName"],
      });
      const expired = new Set(away.map((person) => person.login));
      const names = inside.searchEntries
        .filter((entry) => !expired.has(String(entry["sAMAccountName"])))
        .map((entry) => String([entry["userPrincipalName"]].flat()[0] ?? entry["sAMAccountName"]));
      expect(names.toSorted()).toEqual(group.members);
    }
    await client.unbind();
  });
});
