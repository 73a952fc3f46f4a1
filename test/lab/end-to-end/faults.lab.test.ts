import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, stat } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type ScimService, startScimService } from "../../stand-ins/scim-service.ts";
import { type LdapCounter, startLdapCounter } from "../ldap-counter.ts";
import { createCompany } from "../people.ts";
import { COMPANY_DN, companyLdif, personDn } from "../people-ldif.ts";
import { startProxy, type TcpProxy } from "../proxy.ts";
import { type DomainController, type ServiceAccount, startDomainController } from "../samba.ts";
import { expectedState, readIds } from "./expected-state.ts";
import { AD_PASSWORD, directorySection, type Ended, Installation, type Sections } from "./installation.ts";
import { differences, readService } from "./target-state.ts";

const company = createCompany({ seed: 6, people: 120, groups: 8, largeGroup: 100 });
const BLIND_PASSWORD = "BLIND_PASSWORD";
const WRONG_PASSWORD = "WRONG_PASSWORD";

describe("a directory that fails", () => {
  let dc: DomainController;
  let proxy: TcpProxy;
  let account: ServiceAccount;
  let blind: ServiceAccount;
  let service: ScimService;
  /** Has synced before; after the first tests there are removals to do. */
  let settled: Installation;
  const sites: Installation[] = [];
  /** Bytes from the server in a sync that reads everything. */
  let everything: number;

  beforeAll(async () => {
    dc = await startDomainController({ ldif: companyLdif(company) });
    proxy = await startProxy({ host: dc.host, port: 636 });
    account = await dc.createServiceAccount({ directoryChanges: true, deletedObjects: true });
    blind = await dc.createServiceAccount({ blind: true });
    service = await startScimService();
    settled = await site(service);
  });

  afterEach(async () => {
    await proxy.heal();
  });

  afterAll(async () => {
    for (const each of sites) await each.remove();
    await service?.stop();
    await proxy?.stop();
    await dc?.stop();
  });

  function sections(target: ScimService, source: Sections = {}): Sections {
    const url = `ldaps://${proxy.host}:${proxy.port}`;
    return {
      sources: { ad: directorySection(dc, account, { url, baseDn: COMPANY_DN, ...source }) },
      targets: { app: { type: "scim", baseUrl: target.baseUrl, token: { env: "APP_TOKEN" }, settle: "1s" } },
      connections: { staff: { source: "ad", target: "app" } },
    };
  }

  async function site(target: ScimService, source: Sections = {}): Promise<Installation> {
    const secrets = {
      [AD_PASSWORD]: account.password,
      [BLIND_PASSWORD]: blind.password,
      [WRONG_PASSWORD]: "not-the-password",
      APP_TOKEN: target.token,
    };
    const made = await Installation.create(sections(target, source), secrets);
    sites.push(made);
    return made;
  }

  function writes(target: ScimService): number {
    return target.count("POST", "PUT", "PATCH", "DELETE");
  }

  /** What a sync says and writes when the source is like that: as a first sync, and where accounts and removals are at stake. */
  async function bothWays(source: Sections, expectation: { readonly code: number; readonly says: RegExp[] }) {
    const fresh = await startScimService();
    try {
      const first = await site(fresh, source);
      await settled.configure(sections(service, source));
      for (const [where, target] of [
        [first, fresh],
        [settled, service],
      ] as const) {
        const before = writes(target);
        const ended = await where.run("sync");
        for (const words of expectation.says) expect(saidBy(ended)).toMatch(words);
        expect(ended.code).toBe(expectation.code);
        expect(writes(target) - before).toBe(0);
      }
    } finally {
      await settled.configure(sections(service));
      await fresh.stop();
    }
  }

  async function cutAt(where: Installation, bytes: number, ...args: readonly string[]): Promise<Ended> {
    await proxy.heal();
    proxy.cutAfter(bytes);
    return where.run("sync", ...args);
  }

  /** Bytes from the server that a sync takes when nothing is cut. */
  async function bytesOf(work: () => Promise<unknown>): Promise<number> {
    const before = proxy.bytesToClient;
    await work();
    return proxy.bytesToClient - before;
  }

  /** Bytes of a TLS handshake and nothing more. */
  async function handshake(): Promise<number> {
    return bytesOf(async () => {
      const ca = await readFile(dc.ca);
      const socket = connectTls({
        host: proxy.host,
        port: proxy.port,
        ca,
        checkServerIdentity: () => undefined,
      });
      await once(socket, "secureConnect");
      socket.destroy();
    });
  }

  function expectFailure(ended: Ended, at: number): void {
    const said = saidBy(ended);
    expect(said, `cut after ${at} bytes`).toContain(dc.host);
    expect(said).toMatch(/the next sync/);
    expect(said).toMatch(/Failed after .*; nothing was written/);
    expect(said).not.toContain("This is a bug");
    expect(ended.code, said).toBe(1);
  }

  test("a domain controller cut off in the handshake, in the bind or in mid-read of a first sync: nothing is written", async () => {
    everything = await bytesOf(async () => expect((await settled.run("plan", "--quiet")).code).toBe(0));
    const hello = await handshake();
    const fresh = await site(service);
    const before = writes(service);
    const cuts = [
      Math.floor(hello / 2),
      hello + 10,
      hello + 600,
      Math.floor(everything / 3),
      Math.floor((everything * 2) / 3),
      Math.floor(everything * 0.9),
    ];
    for (const bytes of cuts) expectFailure(await cutAt(fresh, bytes), bytes);
    expect(writes(service) - before).toBe(0);
    expect(service.store.all("Users")).toEqual([]);

    await proxy.heal();
    const { code, stderr } = await fresh.sync();
    expect(code, stderr).toBe(0);
    expect(differences(await readService(service), expectedState(company, await readIds(dc)))).toEqual([]);
    await settled.remove();
    settled = fresh;
  });

  test("cut off in mid-read of a later sync, with people to remove: nobody is removed", async () => {
    const [gone, off] = company.people
      .filter((person) => !person.disabled && person.expires === undefined)
      .slice(50);
    if (gone === undefined || off === undefined) throw new Error("no people");
    const delta = await bytesOf(async () => expect((await settled.run("sync", "--quiet")).code).toBe(0));
    const line = (dn: string): string => `dn:: ${Buffer.from(dn).toString("base64")}`;
    await dc.ldapmodify(
      `${line(personDn(gone))}\nchangetype: delete\n\n${line(personDn(off))}\nchangetype: modify\nreplace: userAccountControl\nuserAccountControl: 514\n`,
    );
    const before = writes(service);
    for (const share of [0.5, 0.8, 0.9, 0.97]) {
      const bytes = Math.floor(delta * share);
      expectFailure(await cutAt(settled, bytes), bytes);
    }
    const late = Math.floor(everything * 0.9);
    expectFailure(await cutAt(settled, late, "--full"), late);
    expect(writes(service) - before).toBe(0);
  });

  test("a wrong password: exit code 5, what to check, and no second try elsewhere", async () => {
    const counters: LdapCounter[] = [await startLdapCounter(dc), await startLdapCounter(dc)];
    try {
      await bothWays(
        { url: counters.map((counter) => counter.url), bindPassword: { env: WRONG_PASSWORD } },
        {
          code: 5,
          says: [
            /the password or the name is wrong/,
            new RegExp(account.dn),
            /check bindDn and bindPassword/,
          ],
        },
      );
      expect(counters.map((counter) => counter.binds)).toEqual([2, 0]);
    } finally {
      for (const counter of counters) await counter.stop();
    }
  });

  test("a certificate for another host: both names, and nothing is sent", async () => {
    const elsewhere = createServer((socket) => {
      const other = connect(636, dc.host);
      for (const [from, to] of [
        [socket, other],
        [other, socket],
      ] as const) {
        from.on("error", () => to.destroy());
        from.pipe(to);
      }
    }).listen(0, "127.0.0.1");
    await once(elsewhere, "listening");
    try {
      const url = `ldaps://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
      await bothWays(
        { url },
        {
          code: 1,
          says: [/its certificate is for dc1\.lab\.example.* not for 127\.0\.0\.1/, /serverName/],
        },
      );
    } finally {
      elsewhere.close();
    }
  });

  test("a base DN that does not exist", async () => {
    const baseDn = "OU=Nowhere,DC=lab,DC=example";
    await bothWays({ baseDn }, { code: 1, says: [new RegExp(baseDn), /baseDn/] });
  });

  test("an account that may not read: an empty answer with result 0 is no empty directory", async () => {
    await bothWays(
      { baseDn: dc.baseDn, bindDn: blind.dn, bindPassword: { env: BLIND_PASSWORD } },
      {
        code: 1,
        says: [/nobody at all/, new RegExp(blind.dn), /let the account list and read DC=lab,DC=example/],
      },
    );
  });

  test("once it works again, the removals that waited are done", async () => {
    const before = writes(service);
    const { code, printed, stderr } = await settled.sync();
    expect(code, stderr).toBe(0);
    expect(printed.applied?.["deactivate"]).toBe(2);
    expect(writes(service) - before).toBeGreaterThanOrEqual(2);
  });

  test("a second sync at the same time is told that the connection is busy", async () => {
    const slow = await startScimService({ switches: { slowMs: 200 } });
    try {
      const here = await site(slow);
      const first = here.start("sync", "--json");
      await slow.busy();
      const second = await here.run("sync");
      expect(second.stderr).toMatch(/staff: another rollcall is working on this connection/);
      expect(second.code).toBe(75);
      slow.switches.slowMs = 0;
      expect((await first.ended).code).toBe(0);
    } finally {
      await slow.stop();
    }
  });

  test.each([
    ["there already", "."],
    ["to be made in it", "below/state"],
  ])("a state folder that may not be written to, %s, is named with what to check", async (_case, state) => {
    const here = await site(service);
    const folder = join(here.folder, "read-only");
    await mkdir(folder);
    await here.configure({ ...sections(service), state: join(folder, state) });
    await chmod(folder, 0o555);
    const before = writes(service);
    const ended = await here.run("sync");
    expect(ended.stderr).toContain(folder);
    expect(ended.stderr).toMatch(/owner|write/);
    expect(ended.stderr).not.toContain("This is a bug");
    expect(ended.code).toBe(2);
    expect(writes(service) - before).toBe(0);
  });

  test("a state that is there and may not be written to any more is named, and nothing is sent", async () => {
    const own = await startScimService();
    try {
      const here = await site(own);
      expect((await here.run("sync")).code).toBe(0);
      const below = (await readdir(here.state, { recursive: true })).map((name) => join(here.state, name));
      const inside = await Promise.all(
        below.map(async (path) => [path, (await stat(path)).isDirectory()] as const),
      );
      for (const [path, isFolder] of inside) await chmod(path, isFolder ? 0o555 : 0o444);
      await chmod(here.state, 0o555);
      const before = writes(own);
      const ended = await here.run("sync");
      expect(ended.stderr).toContain(here.state);
      expect(ended.stderr).toMatch(/owner|write/);
      expect(ended.stderr).not.toMatch(/This is a bug|move it away/);
      expect(ended.code).toBe(2);
      expect(writes(own) - before).toBe(0);
    } finally {
      await own.stop();
    }
  });
});

/** Everything on the screen, as if lines had no end. */
function saidBy({ stdout, stderr }: Ended): string {
  return `${stdout} ${stderr}`.replace(/\s+/g, " ");
}
