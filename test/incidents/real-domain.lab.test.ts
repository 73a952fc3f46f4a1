import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Site } from "../clouds/site.ts";
import { type DomainController, type ServiceAccount, startDomainController } from "../lab/samba.ts";
import { SambaWorld } from "../sources/active-directory/samba-world.ts";
import { startScimService } from "../stand-ins/scim-service.ts";
import { Company } from "./company.ts";

describe("what the access rights of a real domain hide", () => {
  let dc: DomainController;
  let world: SambaWorld;
  const people = Array.from({ length: 20 }, (_, at) => `p${at}`);

  beforeAll(async () => {
    dc = await startDomainController();
    const staff = `OU=Staff,${dc.baseDn}`;
    await dc.ldapmodify(
      [
        `dn: ${staff}\nobjectClass: organizationalUnit\n`,
        ...people.map(
          (name) =>
            `dn: CN=${name},${staff}\nobjectClass: user\nsAMAccountName: ${name}\nuserPrincipalName: ${name}@corp.example\n` +
            `mail: ${name}@corp.example\nuserAccountControl: 544\n`,
        ),
      ].join("\n"),
    );
    world = new SambaWorld(dc, await dc.adminClient(), { baseDn: staff });
  });

  afterAll(async () => {
    await world?.close();
    await dc?.stop();
  });

  async function company(account: ServiceAccount): Promise<Company<DomainController>> {
    const site = new Site();
    const source = {
      ...{ type: "active-directory", url: dc.url, baseDn: world.base, bindDn: account.dn },
      bindPassword: { file: site.secret("ad-password", account.password) },
      ca: { file: dc.ca },
    };
    const one = new Company({
      site,
      service: await startScimService(),
      directory: dc,
      source,
      stop: async () => {},
    });
    await one.goodSync();
    expect(one.active()).toHaveLength(people.length);
    return one;
  }

  test("an ACL that hides mail from us clears no address", async () => {
    const account = await dc.createServiceAccount();
    await using one = await company(account);
    await dc.hideMail(account.dn);
    const ended = await one.wrongSync("--full");
    expect(ended.code).toBe(3);
    expect(ended.said).toContain("20 of 20 people would");
    expect(one.account("p7")).toMatchObject({
      emails: [expect.objectContaining({ value: "p7@corp.example" })],
    });
  });

  test("h44z/wg-portal#744: an account that lost its rights finds nobody, without an error, and nobody is switched off", async () => {
    const account = await dc.createServiceAccount();
    await using one = await company(account);
    await dc.blind(account.dn);
    const ended = await one.wrongSync("--full");
    expect(ended.code).toBe(1);
    expect(ended.said).toMatch(/nobody|does not exist|may not/);
    expect(one.active()).toHaveLength(people.length);
  });
});
