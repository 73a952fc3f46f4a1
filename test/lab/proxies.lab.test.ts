import { readFile } from "node:fs/promises";
import { Client } from "ldapts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "./children.ts";
import { startLdapCounter } from "./ldap-counter.ts";
import { startProxy } from "./proxy.ts";
import { type DomainController, startDomainController } from "./samba.ts";

describe("what stands between a client and the domain controller", () => {
  let dc: DomainController;

  beforeAll(async () => {
    dc = await startDomainController();
  });

  afterAll(async () => {
    await dc?.stop();
  });

  async function countUsers(url: string, timeout = 10_000): Promise<number> {
    const client = new Client({
      url,
      tlsOptions: { ca: await readFile(dc.ca) },
      timeout,
      connectTimeout: timeout,
    });
    try {
      await client.bind(dc.adminDn, dc.adminPassword);
      const found = await client.search(dc.baseDn, {
        filter: "(objectClass=user)",
        attributes: ["sAMAccountName"],
      });
      return found.searchEntries.length;
    } finally {
      await client.unbind();
    }
  }

  test("the proxy cuts after the given bytes, refuses, goes silent, and heals", async () => {
    const direct = await countUsers(dc.url);
    const proxy = await startProxy({ host: dc.host, port: 636 });
    const url = `ldaps://${proxy.host}:${proxy.port}`;
    try {
      expect(await countUsers(url)).toBe(direct);
      expect(proxy.connections).toBe(1);
      const usual = proxy.bytesToClient;

      proxy.cutAfter(usual - 200);
      await expect(countUsers(url)).rejects.toThrow();
      expect(proxy.bytesToClient).toBe(2 * usual - 200);

      await proxy.heal();
      await proxy.refuse();
      await expect(countUsers(url)).rejects.toThrow(/ECONNREFUSED/);

      await proxy.heal();
      proxy.goSilent();
      await expect(countUsers(url, 300)).rejects.toThrow(/time|TLS|closed/i);

      await proxy.heal();
      proxy.delay(20);
      expect(await countUsers(url)).toBe(direct);
    } finally {
      await proxy.stop();
    }
  });

  test("the counter counts binds, searches and their entries", async () => {
    const counter = await startLdapCounter(dc);
    try {
      const users = await countUsers(counter.url);
      expect(counter.connections).toBe(1);
      expect(counter.binds).toBe(1);
      expect(counter.writes).toBe(0);
      expect(counter.searches).toEqual([
        {
          connection: 1,
          base: dc.baseDn,
          attributes: ["sAMAccountName"],
          controls: [],
          entries: users,
          references: expect.any(Number),
          resultCode: 0,
        },
      ]);
      expect(counter.dirSyncs).toEqual([]);
    } finally {
      await counter.stop();
    }
  });

  test("the counter tells a DirSync from other searches, by its control", async () => {
    const counter = await startLdapCounter(dc);
    try {
      const ask = ["-x", "-H", counter.url, "-D", dc.adminDn, "-w", dc.adminPassword, "-b", dc.baseDn];
      const filter = "(sAMAccountName=Administrator)";
      const env = { ...process.env, LDAPTLS_CACERT: dc.ca };
      await run("/usr/bin/ldapsearch", [...ask, "-E", "!dirSync=0/1000000", filter, "sAMAccountName"], {
        env,
      });
      await run("/usr/bin/ldapsearch", [...ask, filter], { env });
      expect(counter.searches.length).toBe(2);
      expect(counter.dirSyncs.map((search) => search.entries)).toEqual([1]);
      const input = `dn: ${dc.adminDn}\nchangetype: modify\nreplace: title\ntitle: Boss\n`;
      await run("/usr/bin/ldapmodify", ask.slice(0, 7), { env, input });
      expect(counter.writes).toBe(1);
    } finally {
      await counter.stop();
    }
  });
});
