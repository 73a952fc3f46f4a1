import { readFile } from "node:fs/promises";
import { Client } from "ldapts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "./children.ts";
import { type DomainController, type ServiceAccount, startDomainController } from "./samba.ts";

describe("the lab's domain controller", () => {
  let dc: DomainController;

  beforeAll(async () => {
    dc = await startDomainController();
  });

  afterAll(async () => {
    await dc?.stop();
  });

  async function bound(dn: string, password: string, url = dc.url): Promise<Client> {
    const ca = await readFile(dc.ca);
    const client = new Client({
      url,
      ...(url.startsWith("ldaps") ? { tlsOptions: { ca } } : {}),
      timeout: 10_000,
    });
    if (!url.startsWith("ldaps")) await client.startTLS({ ca, host: dc.host });
    await client.bind(dn, password);
    return client;
  }

  async function people(client: Client): Promise<number> {
    const found = await client.search(dc.baseDn, { filter: "(objectClass=user)", scope: "sub" });
    await client.unbind();
    return found.searchEntries.length;
  }

  test("serves LDAPS and StartTLS with a certificate that fits its address", async () => {
    expect(await people(await bound(dc.adminDn, dc.adminPassword))).toBeGreaterThan(0);
    expect(await people(await bound(dc.adminDn, dc.adminPassword, dc.startTlsUrl))).toBeGreaterThan(0);
  });

  test("keeps its data over a restart and takes people loaded offline", async () => {
    await dc.ldapmodify(`dn: OU=Kept,${dc.baseDn}\nobjectClass: organizationalUnit\n`);
    await dc.load(
      `dn: CN=Loaded One,OU=Kept,${dc.baseDn}\nobjectClass: user\nsAMAccountName: loaded1\nuserAccountControl: 512\n`,
    );
    await dc.restart();
    const client = await dc.adminClient();
    const { searchEntries } = await client.search(`OU=Kept,${dc.baseDn}`, {
      filter: "(sAMAccountName=loaded1)",
      attributes: ["userAccountControl"],
    });
    await client.unbind();
    expect(searchEntries.map((entry) => entry["userAccountControl"])).toEqual(["512"]);
  });

  test("a blind account binds and finds nobody", async () => {
    const ordinary = await dc.createServiceAccount();
    const blind = await dc.createServiceAccount({ blind: true });
    expect(await people(await bound(ordinary.dn, ordinary.password))).toBeGreaterThan(0);
    expect(await people(await bound(blind.dn, blind.password))).toBe(0);
  });

  test("only an account with the right to replicate changes may ask for them", async () => {
    const ask = async (account: ServiceAccount): Promise<string> =>
      run(
        "/usr/bin/ldapsearch",
        [
          ...["-x", "-H", dc.url, "-D", account.dn, "-w", account.password, "-b", dc.baseDn],
          ...["-E", "!dirSync=0/1000000", "(sAMAccountName=Administrator)", "sAMAccountName"],
        ],
        { env: { ...process.env, LDAPTLS_CACERT: dc.ca } },
      );
    await expect(ask(await dc.createServiceAccount())).rejects.toThrow(/insufficient access/i);
    expect(await ask(await dc.createServiceAccount({ directoryChanges: true }))).toContain(
      "# DirSync control",
    );
  });

  test("sets passwords", async () => {
    const account = await dc.createServiceAccount();
    await dc.setPassword(account.dn, "Another-Passw0rd");
    await expect(bound(account.dn, "never-was-Passw0rd")).rejects.toThrow();
    await (await bound(account.dn, "Another-Passw0rd")).unbind();
  });

  test("a second domain controller runs beside the first", async () => {
    const second = await startDomainController();
    try {
      expect(second.host).not.toBe(dc.host);
      expect(await people(await bound(dc.adminDn, dc.adminPassword))).toBeGreaterThan(0);
    } finally {
      await second.stop();
    }
  });
});
